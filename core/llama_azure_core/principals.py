"""Principals that are nobody: ids that were written down to be replaced. Facts: ``facts/principals.yaml``."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from llama_azure_core._facts import load_facts

_OWN_ID = "write the object id that `az ad sp show --id <client id> --query id` or `az ad signed-in-user show` gives"


def placeholder_problem(principal: str) -> str | None:
    """Return why an object id is that of nobody, in Azure and in a sandbox; ``None`` where it may be somebody's."""
    if principal.startswith("<") or principal.endswith(">"):
        return f"{principal} was written to be replaced: {_OWN_ID}"
    if _matches("placeholders", principal):
        return f"{principal} is a placeholder, and a role for it is given to nobody: {_OWN_ID}"
    return None


def example_problem(principal: str) -> str | None:
    """Return why an object id is that of nobody in a cloud of Azure's own; ``None`` where it may be somebody's."""
    problem = placeholder_problem(principal)
    if problem is None and _matches("examples", principal):
        return f"{principal} is somebody in a sandbox, and nobody in Azure: {_OWN_ID}"
    return problem


def example_subject_problem(subject: str) -> str | None:
    """Return why the subject of a job's token is an example's; ``None`` where it may be one's own."""
    if "<" in subject or _matches("exampleSubjects", subject):
        return f"{subject} names an example, and whoever owns that repository would be let in: write your own"
    return None


def principals(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each ``principalId`` in settings, whatever else is wrong with them, by its path."""
    yield from _principals(values, ())


def _principals(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key == "principalId" and isinstance(one, str):
                yield ".".join((*path, key)), one
            else:
                yield from _principals(one, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _principals(one, (*path, str(number)))


def _matches(kind: str, text: str) -> bool:
    return any(one.fullmatch(text.casefold()) for one in _patterns(kind))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(one) for one in load_facts("principals")[kind])
