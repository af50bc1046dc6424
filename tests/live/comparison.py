"""Where two recordings answer otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.live.recording import Answer, Exchange

# Headers that a client acts on.
_COMPARED_HEADERS = (
    "azure-asyncoperation",
    "content-type",
    "location",
    "retry-after",
    "www-authenticate",
    "x-ms-error-code",
)
_NOTHING = "nothing"


@dataclass(frozen=True)
class Difference:
    """One thing that the sandbox answers otherwise."""

    scenario: str
    request: str
    api_version: str
    what: str
    """``status``, ``code``, ``message``, ``header <name>``, ``body <path>``, each after ``end:`` if an operation's."""
    answered: Any
    """By the target: Azure, or a sandbox in its place."""
    sandbox: Any

    def as_row(self) -> dict[str, Any]:
        """Return it as a row for a file of facts, but for where and when it was observed."""
        row = {"request": self.request, "apiVersion": self.api_version, "what": self.what}
        return {**row, "answered": self.answered, "sandbox": self.sandbox}


def differences(target: list[Exchange], sandbox: list[Exchange]) -> list[Difference]:
    """Compare what was answered to the same requests; requests that only one of them got are left out."""
    others = {(one.scenario, one.step): one for one in sandbox}
    return [
        Difference(one.scenario, one.request, one.api_version, what, answered, other_answered)
        for one in target
        if (other := others.get((one.scenario, one.step))) is not None
        for what, answered, other_answered in _of_exchange(one, other)
        if not one.is_shape or type(answered) is not type(other_answered)
    ]


def _of_exchange(one: Exchange, other: Exchange) -> Iterator[tuple[str, Any, Any]]:
    if one.failure or other.failure:
        if one.failure != other.failure:
            yield "failure", one.failure or _NOTHING, other.failure or _NOTHING
        return
    yield from _of_answer(one.answer, other.answer, "")
    yield from _of_answer(one.end, other.end, "end: ")


def _of_answer(one: Answer | None, other: Answer | None, where: str) -> Iterator[tuple[str, Any, Any]]:
    if one is None or other is None:
        if one is not other:
            yield (
                f"{where}answer",
                one.status if one is not None else _NOTHING,
                other.status if other is not None else _NOTHING,
            )
        return
    if one.status != other.status:
        yield f"{where}status", one.status, other.status
    for name in _COMPARED_HEADERS:
        # Where an operation is asked about differs in what is nobody's business.
        has, other_has = one.headers.get(name), other.headers.get(name)
        if (has is None) != (other_has is None) or (name == "content-type" and _media(has) != _media(other_has)):
            yield f"{where}header {name}", has or _NOTHING, other_has or _NOTHING
    for path, value, other_value in _of_values(one.body, other.body, ""):
        what = {"error.code": "code", "error.message": "message"}.get(path, f"body {path}".rstrip())
        yield where + what, value, other_value


def _of_values(one: Any, other: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from _of_values(one.get(name, _NOTHING), other.get(name, _NOTHING), f"{path}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _of_values(mine, theirs, f"{path}[{index}]")
    elif one != other or type(one) is not type(other):
        yield path, one, other


def _media(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()
