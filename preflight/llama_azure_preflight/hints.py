"""From what a deployment printed when it failed to the checks that explain it, and to what helps.

A check declares its own hints; ``hints.yaml`` has those of errors that no check asks for."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import yaml

from llama_azure_preflight.check import Check, Hint
from llama_azure_preflight.checks import CHECKS, find_check
from llama_azure_report.events import error_of, read_events

_CODE = re.compile(r"""\bCode["']?\s*[=:]\s*["']?(\w+)|\b(AADSTS\d+)""", re.IGNORECASE)
_SUMMARY = re.compile(r"\s*error:\s*(update|preview|destroy|refresh|import) failed\s*", re.IGNORECASE)


@cache
def hints() -> tuple[Hint, ...]:
    """Return every hint, the more exact first: those of a code with words; last those that several checks explain."""
    text = files(__package__).joinpath("hints.yaml").read_text(encoding="utf-8")
    of_none = [Hint.model_validate(row) for row in yaml.safe_load(text)]
    of_checks = [
        hint.model_copy(update={"checks": (check.id, *hint.checks)}) for check in CHECKS for hint in check.hints
    ]
    return tuple(
        sorted(
            of_none + of_checks,
            key=lambda hint: (not (hint.code and hint.text), hint.text is None and len(hint.checks) > 1),
        )
    )


def checks_of_code(code: str) -> tuple[Check, ...]:
    """Return the checks that explain an error code, whatever its case; none for a code that is not known."""
    ids = [check for hint in hints() if hint.code and hint.code.casefold() == code.casefold() for check in hint.checks]
    return tuple(find_check(check) for check in dict.fromkeys(ids))


def remedies_of_code(code: str) -> tuple[str, ...]:
    """Return what helps against an error code beside its checks, whatever its case."""
    return tuple(
        hint.remedy for hint in hints() if hint.code and hint.code.casefold() == code.casefold() and hint.remedy
    )


def checks_of_output(output: str) -> dict[Check, str]:
    """Return the checks that explain the errors of an update, each with the code or words that point to it.

    ``output`` is what ``pulumi up`` printed, or the engine events that it wrote as JSON lines.
    """
    found: dict[Check, str] = {}
    for error in _errors(output):
        for hint in _hints_of(error):
            for check in hint.checks:
                found.setdefault(find_check(check), hint.code or "its message")
    return found


def hint_lines(output: str, stack: str) -> list[str]:
    """Return what to tell a person of a failed update of a stack; of ``output`` only error codes are in it."""
    lines = []
    for check, sign in checks_of_output(output).items():
        lines.append(f"preflight: {check.id}, {check.title.lower()}, explains {sign}: {check.remedy}")
        lines.append(f"  preflight explain {check.id}, or preflight --stack {stack} --only {check.id}")
    for error in _errors(output):
        known = list(_hints_of(error))
        lines += [f"preflight: {hint.code or 'what is said'}: {hint.remedy}" for hint in known if hint.remedy]
        if not known and (unknown := _unknown(error)):
            lines.append(unknown)
    return list(dict.fromkeys(lines))


def _hints_of(error: str) -> Iterator[Hint]:
    """Yield the first hint of each code that fits an error."""
    told: set[str] = set()
    for hint in hints():
        kind = hint.code or str(hint.text)
        if kind not in told and _fits(hint, error):
            told.add(kind)
            yield hint


def _fits(hint: Hint, error: str) -> bool:
    code = hint.code is None or re.search(rf"\b{re.escape(hint.code)}\b", error) is not None
    return code and (hint.text is None or re.search(hint.text, error, re.IGNORECASE) is not None)


def _unknown(error: str) -> str | None:
    """Return what to say of an error that no hint is for; nothing of what is no error, or says only that there are."""
    if "error" not in error.casefold() and _CODE.search(error) is None:
        return None
    if _SUMMARY.fullmatch(error):
        return None
    code = _CODE.search(error)
    name = "an error without a code" if code is None else code[1] or code[2]
    return (
        f"preflight: {name} is not known here: what Azure says above is all there is. Run the command again in case it "
        "passes; if it stays, look the words up in Azure's documentation, or give support the correlation id"
    )


def _errors(output: str) -> Iterator[str]:
    """Return what went wrong, one text per error: of engine events the errors, otherwise each paragraph and each line
    that begins with ``error:``."""
    events = [event for event in read_events(output.splitlines()) if "sequence" in event]
    if not events:
        yield from filter(str.strip, re.split(r"\n\s*\n|\n(?=\s*(?:\S+\t)?error:)", output))
        return
    yield from filter(None, map(error_of, events))
