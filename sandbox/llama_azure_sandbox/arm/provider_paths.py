"""Paths of Azure Resource Manager that are no resource: rows of a method, a path and the function that answers it.

Each provider's module has its rows in a table, and `sandbox routes` lists all of them.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.world import World

Answer = Callable[[World, ArmRequest, dict[str, str]], ArmAnswer]
"""Answers a request; the last argument holds the values of the path's ``{names}``, as the request spells them."""

ANY = "*"
"""As a row's method: every method that no row above has."""


@dataclass(frozen=True)
class PathRow:
    """A path, and who answers a request for it."""

    method: str
    path: str
    """Whatever the case; ``{name}`` is one part, ``{scope*}`` is at least one and ``{scope**}`` any number of them."""
    answer: Answer

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression."""
        text = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        text = re.sub(r"\\\{(\w+)\\\*\\\*\\\}", r"(?P<\1>.*)", text)
        return re.compile(re.sub(r"\\\{(\w+)\\\*\\\}", r"(?P<\1>.+)", text) + "/?", re.IGNORECASE)

    def values(self, method: str, path: str) -> dict[str, str] | None:
        """Return the values of the path's names in a request; ``None`` if the row does not fit it."""
        match = self.pattern.fullmatch(path) if self.method in (method, ANY) else None
        return None if match is None else match.groupdict()


def answer_rows(rows: Iterable[PathRow], world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer a request by the first row that fits; ``None`` if none does."""
    for row in rows:
        values = row.values(request.method, request.path)
        if values is not None:
            return row.answer(world, request, values)
    return None


def not_allowed(_world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    """Refuse a method that a path does not have.

    Raises:
        ArmError: 405.
    """
    raise ArmError(405, "MethodNotAllowed", f"The method {request.method} is not allowed on '{request.path}'.")
