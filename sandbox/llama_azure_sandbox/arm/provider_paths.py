"""Paths of Azure Resource Manager that are no resource: rows of a method, a path and who answers it.

Each provider's module has its rows in a table, so that who answers a path is found by looking for the path.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.world import World

Answer = Callable[[World, ArmRequest, dict[str, str]], ArmAnswer]
"""Answers a request; the last argument holds the values of the path's ``{names}``, as the request spells them."""


@dataclass(frozen=True)
class PathRow:
    """A path, and who answers a request for it."""

    method: str
    path: str
    """From the first slash on, whatever the case; ``{name}`` is one part, ``{scope*}`` is at least one."""
    answer: Answer

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as a regular expression."""
        text = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        return re.compile(re.sub(r"\\\{(\w+)\\\*\\\}", r"(?P<\1>.+)", text) + "/?", re.IGNORECASE)


def answer_rows(rows: Iterable[PathRow], world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer a request by the first row that fits; ``None`` if none does."""
    for row in rows:
        match = row.pattern.fullmatch(request.path) if row.method == request.method else None
        if match is not None:
            return row.answer(world, request, match.groupdict())
    return None
