"""What a resource costs as long as it is there, read from the resource itself, as Azure or a preview has it. Pure.

``plan.cost`` says it of settings; this says it of what is or would be deployed, whoever wrote it down.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from llama_azure_core.prices import UNKNOWN, PriceList, money
from llama_azure_core.resource_types import (
    CONTAINER_APP,
    CONTAINER_REGISTRY,
    FOUNDRY_DEPLOYMENT,
    LOG_ALERT,
    MANAGED_REDIS,
    METRIC_ALERT,
    ONLINE_DEPLOYMENT,
    POSTGRES_SERVER,
    PRIVATE_DNS_ZONE,
    PRIVATE_ENDPOINT,
    resource_types,
)

# What stands in an event for a value that is known after the update alone.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Halves of a replacement, which is told as a whole too, and resources that are only read.
_NO_STEPS = frozenset(
    {"create-replacement", "delete-replaced", "discard-replaced", "read", "read-replacement", "refresh"}
)
# Explicit versions of azure-native stand in the token's module: azure-native:network/v20240101:PrivateEndpoint.
_API_VERSION = re.compile(r"/v\d{8}\w*:")
_LOOKS = {"PT1M": 1, "PT5M": 5, "PT10M": 10}
_PROVISIONED = "ProvisionedManaged"


@dataclass(frozen=True, slots=True)
class Standing:
    """So many units of a meter that a resource runs up as time passes."""

    key: str
    """The meter's key in the price list."""
    quantity: Decimal | None
    """``None`` where the resource does not say it, as in a preview that does not know it yet."""


def standing(resource_type: str, body: Mapping[str, Any]) -> tuple[Standing, ...]:
    """Return what a resource costs as long as it is there; empty where that is nothing.

    Args:
        resource_type: the ARM type, in whatever case.
        body: the resource as ARM has it, or the inputs of azure-native: ``sku`` and ``properties``.
    """
    kind = _TYPES.get(resource_type.casefold())
    # azure-native has the properties of most types beside the rest, and those of the others where ARM has them.
    return () if kind is None else kind(_part(body, "sku"), {**body, **_part(body, "properties")})


def _one(key: str) -> "_Meters":
    return lambda _sku, _properties: (Standing(key, Decimal(1)),)


def _registry(sku: Mapping[str, Any], _properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    return (Standing(f"registry/{sku.get('name')}", Decimal(1)),)


def _machines(sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    size = properties.get("instanceType")
    return (Standing(f"vm/{size}" if isinstance(size, str) else "vm", _count(sku.get("capacity", 1))),)


def _provisioned(sku: Mapping[str, Any], _properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    name = str(sku.get("name") or "")
    units = _count(sku.get("capacity"))
    return (Standing(f"provisioned/{name}", units),) if name.endswith(_PROVISIONED) else ()


def _postgres(sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    # A second server in another zone, and what it keeps, are charged like the first.
    servers = 2 if _part(properties, "highAvailability").get("mode") not in {None, "Disabled"} else 1
    kept = _count(_part(properties, "storage").get("storageSizeGB"))
    return (
        Standing(f"postgres/{sku.get('name')}", Decimal(servers)),
        Standing("postgres/storage", None if kept is None else kept * servers),
    )


def _redis(sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    nodes = 1 if properties.get("highAvailability") == "Disabled" else 2
    return (Standing(f"redis/{sku.get('name')}", Decimal(nodes)),)


def _metric_alert(_sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    return (Standing("metricAlert", _time_series(_part(properties, "criteria").get("allOf"))),)


def _log_alert(_sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    return (Standing(log_alert_key(str(properties.get("evaluationFrequency"))), Decimal(1)),)


def log_alert_key(frequency: str) -> str:
    """Return the key of the meter of a rule on logs, by how often it looks, such as PT15M: at most each 15 minutes."""
    return f"logAlert/{_LOOKS.get(frequency.upper(), 15)}"


def _time_series(criteria: Any) -> Decimal:
    """Return how many time series a rule on metrics looks at: one for each value of its dimensions."""
    found = Decimal(0)
    for one in criteria if isinstance(criteria, list) else []:
        dimensions = one.get("dimensions") if isinstance(one, Mapping) else None
        values = [each.get("values") or [None] for each in dimensions or () if isinstance(each, Mapping)]
        found += math.prod(map(len, values))
    return found or Decimal(1)


def _replicas(_sku: Mapping[str, Any], properties: Mapping[str, Any]) -> tuple[Standing, ...]:
    """Return what the least number of copies takes of cores and of memory, in GiB."""
    template = _part(properties, "template")
    least = _count(_part(template, "scale").get("minReplicas", 0))
    given = template.get("containers")
    each = [_part(one, "resources") for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []
    cores = [_count(one.get("cpu")) for one in each]
    memory = [_count(str(one.get("memory") or "").removesuffix("Gi")) for one in each]
    if least == 0:
        return ()
    return tuple(
        Standing(
            key, None if least is None or None in counts else least * sum(one for one in counts if one is not None)
        )
        for key, counts in (("containerApps/vcpu", cores), ("containerApps/memory", memory))
    )


def _part(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else {}


def _count(value: Any) -> Decimal | None:
    try:
        return None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


_Meters = Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Standing, ...]]
"""From a resource's SKU and its properties to what it costs."""
_TYPES: Mapping[str, _Meters] = {
    kind.casefold(): meters
    for kind, meters in {
        CONTAINER_APP: _replicas,
        CONTAINER_REGISTRY: _registry,
        FOUNDRY_DEPLOYMENT: _provisioned,
        LOG_ALERT: _log_alert,
        MANAGED_REDIS: _redis,
        METRIC_ALERT: _metric_alert,
        ONLINE_DEPLOYMENT: _machines,
        POSTGRES_SERVER: _postgres,
        PRIVATE_DNS_ZONE: _one("privateDnsZone"),
        PRIVATE_ENDPOINT: _one("privateEndpoint"),
    }.items()
}


@dataclass(frozen=True, slots=True)
class Monthly:
    """What a month of some resources costs."""

    amount: Decimal
    """Of everything with a known price."""
    unknown: tuple[str, ...]
    """The keys of the meters that have no known price, or no known number, each once."""


def monthly(resources: Iterable[tuple[str, str, Mapping[str, Any]]], prices: PriceList) -> Monthly:
    """Return what an average month of resources costs.

    Args:
        resources: each with its ARM type, its region, and its body as for :func:`standing`.
        prices: the price list.
    """
    amount, unknown = Decimal(0), []
    for resource_type, region, body in resources:
        for one in standing(resource_type, body):
            cost = None if one.quantity is None else prices.monthly(prices.price(one.key, region), one.quantity)
            if cost is None:
                unknown.append(one.key)
            else:
                amount += cost
    return Monthly(amount, tuple(dict.fromkeys(unknown)))


@dataclass(frozen=True, slots=True)
class MonthlyChange:
    """What a preview would make of a month's cost of what stands there."""

    before: Monthly
    after: Monthly
    currency: str

    @property
    def words(self) -> str:
        """The change for people, in a line."""
        before, after = (_known(one, self.currency) for one in (self.before, self.after))
        unknown = sorted({*self.before.unknown, *self.after.unknown})
        also = f"; no price is known of {', '.join(unknown)}" if unknown else ""
        if self.before == self.after:
            return f"{after} a month, as before{also}"
        difference = self.after.amount - self.before.amount
        sign, known = "+" if difference >= 0 else "", " of what is known" if unknown else ""
        return f"{before} → {after} a month ({sign}{money(difference, self.currency)}{known}){also}"


def _known(one: Monthly, currency: str) -> str:
    if not one.unknown:
        return money(one.amount, currency)
    return f"{money(one.amount, currency)} and what is unknown" if one.amount else UNKNOWN


def monthly_change(steps: Iterable[Mapping[str, Any]], region: str, prices: PriceList) -> MonthlyChange:
    """Return what a preview would make of a month's cost.

    Args:
        steps: the metadata of the engine's events of resources (``resourcePreEvent``), also of those that stay.
        region: where a resource lies that names no region of its own.
        prices: the price list.
    """
    told = {str(one.get("urn")): one for one in steps if one.get("op") not in _NO_STEPS}
    before, after = (
        monthly(filter(None, (_resource(one, side, region) for one in told.values())), prices)
        for side in ("old", "new")
    )
    return MonthlyChange(before, after, prices.currency)


def _resource(step: Mapping[str, Any], side: str, region: str) -> tuple[str, str, Mapping[str, Any]] | None:
    """Return a resource as a step has it before or after, where it is there."""
    state = step.get(side)
    if not isinstance(state, Mapping) or (side == "new" and step.get("op") == "delete"):
        return None
    kind = resource_types().get(_API_VERSION.sub(":", str(state.get("type") or step.get("type") or ""), count=1))
    if kind is None:
        return None
    inputs = _without_unknown(state.get("inputs") or {})
    return kind.name, str(inputs.get("location") or region), inputs


def _without_unknown(value: Any) -> Any:
    """Put nothing in the place of what a preview cannot know yet: a default is no answer either."""
    if isinstance(value, Mapping):
        return {key: _without_unknown(one) for key, one in value.items()}
    return None if value == _UNKNOWN else value
