"""What a preview would delete or replace, judged by the rules that are about it.

The engine tells policies what resources are to be, and nobody but the reader of its events what it does for that.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llama_azure_core.resource_ids import name_of
from llama_guardrails.configuration import Configuration
from llama_guardrails.context import Context
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Finding
from llama_guardrails.resource_types import ENDPOINT_TRAFFIC, ONLINE_DEPLOYMENT
from llama_guardrails.rules import no_loss_of_data, no_replacement_under_traffic
from llama_guardrails.view import Resource
from llama_guardrails.wire import unversioned

_RULES = (no_loss_of_data.RULE, no_replacement_under_traffic.RULE)
_TYPES = frozenset(one for rule in _RULES for one in rule.types)


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
    """Yield the rules' findings."""
    there = {one.urn: one for one in steps}
    today = dt.date.today()
    evaluator = Evaluator(_RULES, configuration, Context(on=today, regions_on=today, today=today))
    # Of a replacement the engine tells three steps, one of which is the replacement.
    for one in [found for found in steps if found.type in _TYPES and found.operation in {"delete", "replace"}]:
        resource = Resource(
            type=one.type,
            urn=one.urn,
            name=one.urn.rsplit("::", 1)[-1],
            properties=one.inputs,
            operation=one.operation,
            azure_name=name_of(one.id),
            contents=_requests(one, steps) if one.type == ONLINE_DEPLOYMENT else _inside(one, there.values()),
        )
        yield from evaluator.judge(resource).findings


def _inside(one: Step, others: Iterable[Step]) -> tuple[str, ...]:
    return tuple(sorted({name_of(other.id) for other in others if _lies_in(other, one)}))


def _requests(deployment: Step, steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the share of requests that a deployment has now, in words; nothing where it has none."""
    endpoint = deployment.id.rpartition("/deployments/")[0]
    for one in steps:
        if one.type == ENDPOINT_TRAFFIC and one.id.casefold() == endpoint.casefold():
            share = int((one.inputs.get("traffic") or {}).get(name_of(deployment.id)) or 0)
            return (f"{share} % of the requests of {name_of(endpoint)}",) if share else ()
    return ()


def _lies_in(other: Step, one: Step) -> bool:
    inside = f"{one.id}/".casefold()
    hub = str(other.inputs.get("hubResourceId") or "")
    return other.id.casefold().startswith(inside) or hub.casefold() == one.id.casefold()
