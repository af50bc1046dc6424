"""What a preview would delete or replace, judged by the one rule that is about it.

The engine tells policies what resources are to be, and nobody but the reader of its events what it does for that.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_ids import name_of
from llama_guardrails.configuration import Configuration
from llama_guardrails.context import Context
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Finding
from llama_guardrails.rules.operations.losses import RULE
from llama_guardrails.view import Resource
from llama_guardrails.wire import unversioned


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine would do to a resource that is there."""

    operation: str
    """As the engine spells it: same, update, delete, replace and so on."""
    urn: str
    type: str
    id: str
    """Its Azure id."""
    inputs: Mapping[str, Any]


def step(metadata: Mapping[str, Any]) -> Step | None:
    """Return the step that an event tells of; ``None`` for what is not there yet, or is none of Azure's."""
    old = metadata.get("old") or {}
    if not str(old.get("id") or "").startswith("/"):
        return None
    kind = unversioned(str(metadata.get("type") or old.get("type")))
    return Step(str(metadata["op"]), str(metadata["urn"]), kind, str(old["id"]), old.get("inputs") or {})


def losses(steps: Sequence[Step], configuration: Configuration) -> Iterator[Finding]:
    """Yield the rule's findings."""
    there = {one.urn: one for one in steps}
    today = dt.date.today()
    evaluator = Evaluator([RULE], configuration, Context(on=today, regions_on=today, today=today))
    # Of a replacement the engine tells three steps, one of which is the replacement.
    for one in [found for found in steps if found.type in RULE.types and found.operation in {"delete", "replace"}]:
        resource = Resource(
            type=one.type,
            urn=one.urn,
            name=one.urn.rsplit("::", 1)[-1],
            properties=one.inputs,
            operation=one.operation,
            azure_name=name_of(one.id),
            contents=tuple(sorted({name_of(other.id) for other in there.values() if _lies_in(other, one)})),
        )
        yield from evaluator.judge(resource).findings


def _lies_in(other: Step, one: Step) -> bool:
    inside = f"{one.id}/".casefold()
    hub = str(other.inputs.get("hubResourceId") or "")
    return other.id.casefold().startswith(inside) or hub.casefold() == one.id.casefold()
