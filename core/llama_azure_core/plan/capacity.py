"""What a plan can serve, and what limits it. Pure.

Facts: ``facts/limits.yaml``, ``facts/foundry_catalogue.yaml``. Settings that ask for a capacity become endpoints in
``spreading``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import foundry_models, usage_counters
from llama_azure_core.limits import limits
from llama_azure_core.plan.calling import call_limits
from llama_azure_core.plan.items import Endpoint
from llama_azure_core.plan.stack import Plan
from llama_azure_core.quota import cores_needed


def can_be_had(asking: Sequence[Endpoint], needed: int, fitting: int) -> str:
    """Say how much of the capacity that endpoints ask for can be had, as the end of a sentence; nothing if none asks.

    Args:
        asking: endpoints that share a quota.
        needed: what they take of it: deployments, units or cores.
        fitting: what they could take of it, what they hold already included.
    """
    wanted = {name: sum(one.asked.get(name, 0) for one in asking) for name in ("tokensPerMinute", "requestsPerMinute")}
    share = max(0, fitting) / max(1, needed)
    words = {"tokensPerMinute": "tokens", "requestsPerMinute": "requests"}
    had = [f"{int(value * share):,} of {value:,} {words[name]} a minute" for name, value in wanted.items() if value]
    return f"; of the capacity that is asked for, some {' and '.join(had)} can be had" if had else ""


@dataclass(frozen=True, slots=True)
class Part:
    """What one endpoint adds to what a stack serves of a model."""

    endpoint: str
    """What the stack's outputs call it."""
    back_end: str
    region: str
    tokens_per_minute: int | None
    """``None`` where it is not known."""
    requests_per_minute: int | None
    retiring: bool
    limited_by: str
    """What keeps it from serving more, for a person to read."""


@dataclass(frozen=True, slots=True)
class ModelCapacity:
    """What a stack serves of a model in a minute, over all endpoints and back ends."""

    model: str
    tokens_per_minute: int
    """Of the endpoints of which it is known, without those that retire."""
    requests_per_minute: int
    is_complete: bool
    """Whether it is known of every endpoint."""
    asked_tokens_per_minute: int | None
    """What the settings ask for; ``None`` where they ask for nothing."""
    asked_requests_per_minute: int | None
    parts: tuple[Part, ...]
    more: tuple[str, ...]
    """What another thousand requests a minute would take, a line for each back end."""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "model": self.model,
            "tokensPerMinute": self.tokens_per_minute,
            "requestsPerMinute": self.requests_per_minute,
            "isComplete": self.is_complete,
            "asked": {
                "tokensPerMinute": self.asked_tokens_per_minute,
                "requestsPerMinute": self.asked_requests_per_minute,
            },
            "endpoints": [
                {
                    "name": one.endpoint,
                    "backEnd": one.back_end,
                    "region": one.region,
                    "tokensPerMinute": one.tokens_per_minute,
                    "requestsPerMinute": one.requests_per_minute,
                    "retiring": one.retiring,
                    "limitedBy": one.limited_by,
                }
                for one in self.parts
            ],
            "anotherThousandRequests": list(self.more),
        }


def served(made: Plan) -> tuple[ModelCapacity, ...]:
    """Return for each model what a plan's endpoints serve, what limits them, and what more would take."""
    by_model: dict[str, list[Endpoint]] = {}
    for endpoint in made.endpoints:
        if endpoint.model is not None:
            by_model.setdefault(endpoint.model.name, []).append(endpoint)
    return tuple(_of_model(model, endpoints, made) for model, endpoints in by_model.items())


def _of_model(model: str, endpoints: list[Endpoint], made: Plan) -> ModelCapacity:
    parts = tuple(_part(one, made) for one in endpoints)
    counting = [one for one in parts if not one.retiring]
    asked = [one.asked for one in endpoints if one.asked]
    backs = {one.back_end: one for one in reversed(endpoints)}
    return ModelCapacity(
        model=model,
        tokens_per_minute=sum(one.tokens_per_minute or 0 for one in counting),
        requests_per_minute=sum(one.requests_per_minute or 0 for one in counting),
        is_complete=all(None not in (one.tokens_per_minute, one.requests_per_minute) for one in counting),
        asked_tokens_per_minute=_sum(one.get("tokensPerMinute") for one in asked),
        asked_requests_per_minute=_sum(one.get("requestsPerMinute") for one in asked),
        parts=parts,
        more=tuple(_more(one, made) for one in backs.values()),
    )


def _sum(values: Any) -> int | None:
    known = [one for one in values if one is not None]
    return sum(known) if known else None


def _part(endpoint: Endpoint, made: Plan) -> Part:
    found = call_limits(endpoint)
    return Part(
        endpoint=endpoint.exported,
        back_end=endpoint.back_end.value,
        region=made.region,
        tokens_per_minute=found.get("tokensPerMinute"),
        requests_per_minute=found.get("requestsPerMinute"),
        retiring=endpoint.retiring,
        limited_by=_limit(endpoint, made),
    )


def _limit(endpoint: Endpoint, made: Plan) -> str:
    match endpoint.back_end:
        case BackEnd.SERVERLESS:
            return "Azure's limits of a serverless deployment, one per model and project; its support raises them"
        case BackEnd.FOUNDRY:
            return f"its units of capacity, {endpoint.capacity}; {_counter(endpoint, made)}"
    instances = sum(one.instances for one in endpoint.deployments)
    known = "" if endpoint.per_instance else "; what one serves is not known: measure it, give capacity.perInstance"
    return f"its instances, {instances}{known}; Azure passes {limits()['requestsPerSecond']} requests a second"


def _counter(endpoint: Endpoint, made: Plan) -> str:
    counter = usage_counters().get(endpoint.counter)
    taken = made.usage.capacity.get(endpoint.counter, 0)
    if counter is None:
        return f"the stack takes {taken} of the counter {endpoint.counter}, whose limit is not known"
    scope = "of the whole subscription" if counter.is_pooled else f"of {made.region}"
    return f"the stack takes {taken} of the {counter.limit} that a counter {scope} was seen with, {endpoint.counter}"


def _more(endpoint: Endpoint, made: Plan) -> str:
    """Say what another thousand requests a minute takes of an endpoint's back end."""
    match endpoint.back_end:
        case BackEnd.SERVERLESS:
            count = math.ceil(1000 / limits()["requestsPerMinute"])
            return f"serverless: {count} more deployment, in a project and with a Marketplace subscription of its own"
        case BackEnd.FOUNDRY:
            row = foundry_models().get(str(endpoint.arguments.get("model_name")))
            version = None if row is None else row.version(str(endpoint.arguments.get("model_version")))
            sku = None if version is None else version.sku(str(endpoint.arguments.get("sku_name")))
            if sku is None or not sku.rate_limits.requests_per_minute:
                return "foundry: not known; no table says what a unit serves"
            units = math.ceil(1000 / sku.rate_limits.requests_per_minute)
            counter = usage_counters().get(sku.usage_name)
            taken = made.usage.capacity.get(sku.usage_name, 0)
            left = "" if counter is None else f"; {max(0, counter.limit - taken)} are left of the limit last seen"
            return f"foundry: {units} more of {sku.usage_name}{left}"
    per = endpoint.per_instance.get("requestsPerMinute")
    if not per:
        return "managed: not known; give capacity.perInstance, what one instance serves, as you measured it"
    size = endpoint.deployments[0].vm_size if endpoint.deployments else None
    count = math.ceil(1000 / per)
    cores = "" if size is None else f" of {size.name}, {cores_needed(size, count)} cores of quota"
    return f"managed: {count} more of its instances{cores}"
