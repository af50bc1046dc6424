"""What resources cost as long as they are there, and what a preview makes of it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from llama_azure_core.metered import Standing, monthly_change, standing
from llama_azure_core.prices import money, price_list
from llama_azure_core.resource_types import (
    CONTAINER_APP,
    CONTAINER_REGISTRY,
    FOUNDRY_DEPLOYMENT,
    KEY_VAULT,
    LOG_ALERT,
    METRIC_ALERT,
    ONLINE_DEPLOYMENT,
    PRIVATE_DNS_ZONE,
    PRIVATE_ENDPOINT,
)

SIZE = "Standard_NC24ads_A100_v4"
ENDPOINT = "azure-native:network:PrivateEndpoint"
MACHINES = "azure-native:machinelearningservices:OnlineDeployment"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def machines(instances: Any = 1, size: str = SIZE, location: str = "eastus") -> dict[str, Any]:
    return {
        "location": location,
        "sku": {"name": "Default", "capacity": instances},
        "properties": {"instanceType": size},
    }


def step(operation: str, old: Any = None, new: Any = None, kind: str = MACHINES, urn: str = "one") -> dict[str, Any]:
    sides = {"old": old, "new": new}
    states = {side: {"type": kind, "inputs": inputs} for side, inputs in sides.items() if inputs is not None}
    return {"op": operation, "urn": urn, "type": kind, **states}


def words(*steps: Mapping[str, Any]) -> str:
    return monthly_change(steps, "eastus", price_list()).words


def month(key: str, count: int = 1) -> str:
    known = price_list()
    return money(known.monthly(known.price(key, "eastus"), Decimal(count)), "USD")


@pytest.mark.parametrize(
    ("kind", "body", "key", "quantity"),
    [
        (ONLINE_DEPLOYMENT, machines(3), f"vm/{SIZE}", 3),
        (ONLINE_DEPLOYMENT.upper(), machines(), f"vm/{SIZE}", 1),
        (ONLINE_DEPLOYMENT, {"properties": {"instanceType": SIZE}}, f"vm/{SIZE}", 1),
        (PRIVATE_ENDPOINT, {}, "privateEndpoint", 1),
        (PRIVATE_DNS_ZONE, {"location": "global"}, "privateDnsZone", 1),
        (CONTAINER_REGISTRY, {"sku": {"name": "Premium"}}, "registry/Premium", 1),
        (FOUNDRY_DEPLOYMENT, {"sku": {"name": "GlobalProvisionedManaged", "capacity": 100}},
         "provisioned/GlobalProvisionedManaged", 100),
    ],
)  # fmt: skip
def test_what_stands_there_is_told_by_meter_and_number(kind: str, body: Any, key: str, quantity: int) -> None:
    assert standing(kind, body) == (Standing(key, Decimal(quantity)),)


@pytest.mark.parametrize(
    ("dimensions", "series"), [([], 1), ([["a", "b"]], 2), ([["a", "b"], ["429", "503", "500"]], 6), ([["*"]], 1)]
)
def test_a_rule_on_metrics_costs_by_each_value_of_its_dimensions(dimensions: list[list[str]], series: int) -> None:
    named = [{"name": str(number), "values": values} for number, values in enumerate(dimensions)]
    body = {"properties": {"criteria": {"allOf": [{"dimensions": named}]}}}
    assert standing(METRIC_ALERT, body) == (Standing("metricAlert", Decimal(series)),)


@pytest.mark.parametrize(
    ("frequency", "minutes"), [("PT1M", 1), ("PT5M", 5), ("pt10m", 10), ("PT15M", 15), ("PT6H", 15)]
)
def test_a_rule_on_logs_costs_by_how_often_it_looks(frequency: str, minutes: int) -> None:
    body = {"properties": {"evaluationFrequency": frequency}}
    assert standing(LOG_ALERT, body) == (Standing(f"logAlert/{minutes}", Decimal(1)),)
    assert f"logAlert/{minutes}" in price_list().meters


def test_a_proxys_least_replicas_cost_by_core_and_gibibyte() -> None:
    each = [{"resources": {"cpu": 0.5, "memory": "1Gi"}}, {"resources": {"cpu": 0.25, "memory": "0.5Gi"}}]
    template = {"scale": {"minReplicas": 2}, "containers": each}
    assert standing(CONTAINER_APP, {"properties": {"template": template}}) == (
        Standing("containerApps/vcpu", Decimal("1.5")),
        Standing("containerApps/memory", Decimal(3)),
    )
    assert standing(CONTAINER_APP, {"template": {"scale": {"minReplicas": 0}, "containers": each}}) == ()
    unsaid = {"scale": {"minReplicas": 1}, "containers": [{"resources": {"cpu": 1}}]}
    assert standing(CONTAINER_APP, {"template": unsaid})[1] == Standing("containerApps/memory", None)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(KEY_VAULT, {}), (FOUNDRY_DEPLOYMENT, {"sku": {"name": "GlobalStandard", "capacity": 10}}), ("none", {})],
)
def test_what_is_paid_by_use_or_not_at_all_costs_nothing_by_standing_there(kind: str, body: Any) -> None:
    assert standing(kind, body) == ()


def test_more_machines_are_told_before_and_after() -> None:
    before, after, more = month(f"vm/{SIZE}"), month(f"vm/{SIZE}", 3), month(f"vm/{SIZE}", 2)
    assert words(step("update", machines(1), machines(3))) == f"{before} → {after} a month (+{more})"


def test_what_is_deleted_costs_nothing_after_it() -> None:
    told = words(step("delete", machines(), machines()), step("create", None, {"a": 1}, ENDPOINT, "two"))
    assert told.startswith(f"{month(f'vm/{SIZE}')} → {month('privateEndpoint')} a month (-")


def test_what_stays_is_counted_and_no_change() -> None:
    assert words(step("same", machines(), machines())) == f"{month(f'vm/{SIZE}')} a month, as before"


def test_a_replacement_is_counted_once() -> None:
    halves = [step(one, machines(1), machines(2)) for one in ("create-replacement", "replace", "delete-replaced")]
    assert words(*halves) == words(step("replace", machines(1), machines(2)))


@pytest.mark.parametrize(
    "new", [machines(location="swedencentral"), machines(UNKNOWN), machines(size=UNKNOWN), machines(size="Standard_X9")]
)
def test_what_is_not_known_is_never_nothing(new: Any) -> None:
    told = words(step("create", None, new))
    assert told.startswith("0.00 USD → unknown a month (+0.00 USD of what is known); no price is known of vm")
    assert UNKNOWN not in told


def test_explicit_versions_of_azure_native_are_the_same_types() -> None:
    versioned = "azure-native:network/v20240501:PrivateEndpoint"
    assert words(step("create", None, {}, versioned)) == words(step("create", None, {}, ENDPOINT))
