"""What the rules have found, and how it is written so that the report can read it back."""

import re
from dataclasses import dataclass
from enum import StrEnum

from llama_guardrails.rule import Level


class Kind(StrEnum):
    """What a finding says."""

    VIOLATION = "violation"
    UNDECIDED = "undecided"
    """The rule could not decide: what decides is not known yet."""
    CRASHED = "crashed"
    """The rule itself failed; it says nothing about the resource."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of one rule on one resource."""

    rule_id: str
    rule_name: str
    kind: Kind
    level: Level
    """The rule's level in force, also where the engine is told less because nothing is decided."""
    urn: str
    """The resource; empty for the stack as a whole."""
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that was not asked about a resource, or whose finding is exempt."""

    rule_name: str
    urn: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trailer:
    """What the last line of a finding's message says."""

    rule_id: str
    kind: Kind
    level: Level
    path: str


# The engine hands a policy's message on as one text, so what a machine wants to know of it is its last line.
_TRAILER = re.compile(
    r"\[(?P<id>LLA-[A-Z]{3}-\d{3}) (?P<kind>violation|undecided|crashed) (?P<level>advisory|mandatory)"
    r"(?: at (?P<path>[^\s\]]+(?:\[\d+\][^\s\]]*)*))?\]\s*$"
)


def write_trailer(finding: Finding) -> str:
    """Return the last line of a finding's message: ``[LLA-REG-001 violation mandatory at location]``."""
    at = f" at {finding.path}" if finding.path else ""
    return f"[{finding.rule_id} {finding.kind} {finding.level}{at}]"


def read_trailer(message: str) -> Trailer | None:
    """Return what a message's last line says; ``None`` for a message of another pack."""
    lines = message.rstrip().splitlines()
    found = _TRAILER.search(lines[-1]) if lines else None
    if found is None:
        return None
    return Trailer(found["id"], Kind(found["kind"]), Level(found["level"]), found["path"] or "")
