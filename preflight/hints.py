"""From what a deployment printed when it failed to the checks that explain it (``hints.yaml``)."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from preflight.check import Check
from preflight.checks import find_check


class Hint(BaseModel):
    """What an error looks like, and the checks that explain it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str | None = None
    text: str | None = None
    checks: tuple[str, ...]
    source: tuple[str, ...]

    @model_validator(mode="after")
    def _looks_like_something(self) -> "Hint":
        if self.code is None and self.text is None:
            raise ValueError("a hint has a code, a text or both")
        return self

    def fits(self, error: str) -> bool:
        """Whether an error is of this kind."""
        code = self.code is None or re.search(rf"\b{re.escape(self.code)}\b", error) is not None
        return code and (self.text is None or re.search(self.text, error, re.IGNORECASE) is not None)


@cache
def hints() -> tuple[Hint, ...]:
    """Return every hint, the more exact ones of a code first."""
    text = files(__package__).joinpath("hints.yaml").read_text(encoding="utf-8")
    return tuple(Hint.model_validate(row) for row in yaml.safe_load(text))


def checks_of_code(code: str) -> tuple[Check, ...]:
    """Return the checks that explain an error code, whatever its case; none for a code that is not known."""
    ids = [check for hint in hints() if hint.code and hint.code.casefold() == code.casefold() for check in hint.checks]
    return tuple(find_check(check) for check in dict.fromkeys(ids))


def checks_of_output(output: str) -> dict[Check, str]:
    """Return the checks that explain the errors of an update, each with the code or words that point to it.

    ``output`` is what ``pulumi up`` printed, or the engine events that it wrote as JSON lines.
    """
    found: dict[Check, str] = {}
    for error in _errors(output):
        told: set[str] = set()
        for hint in hints():
            kind = hint.code or str(hint.text)
            if kind not in told and hint.fits(error):
                told.add(kind)
                for check in hint.checks:
                    found.setdefault(find_check(check), hint.code or "its message")
    return found


def hint_lines(output: str, stack: str) -> list[str]:
    """Return what to tell a person of a failed update of a stack; nothing of ``output`` is in it."""
    lines = []
    for check, sign in checks_of_output(output).items():
        lines.append(f"preflight: {check.id}, {check.title.lower()}, explains {sign}: {check.remedy}")
        lines.append(f"  preflight explain {check.id}, or preflight --stack {stack} --only {check.id}")
    return lines


def _errors(output: str) -> Iterator[str]:
    """Return what went wrong, one text per resource: of engine events the errors, otherwise each paragraph."""
    lines = output.splitlines()
    events = list(_events(lines))
    if not events:
        yield from re.split(r"\n\s*\n", output)
        return
    for event in events:
        diagnostic = event.get("diagnosticEvent") or {}
        if diagnostic.get("severity") == "error":
            yield str(diagnostic.get("message", ""))


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith('{"'):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "sequence" in event:
                yield event
