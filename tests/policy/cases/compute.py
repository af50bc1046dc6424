"""Virtual machines that serve models."""

from typing import Any

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.resource_types import (
    AUTOSCALE_SETTING,
    COMPUTE,
    ENDPOINT_TRAFFIC,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
)
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import specimen, urn

_SIZE = "properties.instanceType"
_MODEL = "properties.model"
_SHARED = "properties.properties.SharedComputeCapacityEnabled"
_A100_FAMILY = "standardNCADSA100v4Family"
_T4_FAMILY = "standard NCASv3_T4 Family"
_MAXIMUM = "profiles[0].capacity.maximum"


def _scaled(maximum: object) -> list[dict[str, object]]:
    return [{"name": "default", "capacity": {"minimum": "1", "maximum": maximum, "default": "1"}, "rules": []}]


_UNDER_TRAFFIC: Any = {"operation": "replace", "azure_name": "blue", "contents": ("90 % of the requests of chat",)}

_NO_SHARES: tuple[Any, ...] = ("100", None, [100], {}, True, 99.5)

CASES = {
    "no-replacement-under-traffic": Cases(
        good=[
            [specimen(ONLINE_DEPLOYMENT, "blue", **{**_UNDER_TRAFFIC, "contents": ()})],
            [specimen(ONLINE_DEPLOYMENT, "blue", **{**_UNDER_TRAFFIC, "operation": "update"})],
        ],
        bad=[([specimen(ONLINE_DEPLOYMENT, "blue", **_UNDER_TRAFFIC)], {"blue": ""})],
        unknown=[],
    ),
    "vm-size-fits-model": by_example(
        "vm-size-fits-model",
        good={"larger": "Standard_ND96asr_v4"},
        bad=[
            (
                [
                    specimen(
                        ONLINE_DEPLOYMENT,
                        "no managed model",
                        {_MODEL: f"{REGISTRY_PREFIX}Llama-4-Scout-17B-16E-Instruct/versions/1"},
                    )
                ],
                {"no managed model": _SIZE},
            ),
            ([specimen(ONLINE_DEPLOYMENT, "no size", {_SIZE: "Standard_Nothing"})], {"no size": _SIZE}),
        ],
        not_applicable=[
            [specimen(ONLINE_DEPLOYMENT, "stranger", {_MODEL: "azureml:mine:1"})],
            [specimen(ONLINE_DEPLOYMENT, "sizeless", {_SIZE: None})],
        ],
    ),
    "cores-within-quota": Cases(
        # Four instances of 48 cores, exempt from the upgrade reserve: 192 cores.
        options={"cores": {_A100_FAMILY.upper(): 192}},
        good=[[specimen(ONLINE_DEPLOYMENT, "good")]],
        bad=[
            ([specimen(ONLINE_DEPLOYMENT, "one"), specimen(ONLINE_DEPLOYMENT, "two")], {"two": _SIZE}),
            # A family that is not declared has no cores.
            ([specimen(ONLINE_DEPLOYMENT, "other", {_SIZE: "Standard_NC4as_T4_v3"})], {"other": _SIZE}),
        ],
        unknown=[
            ([specimen(ONLINE_DEPLOYMENT, "unknown", {_SIZE: UNKNOWN})], {"stack": _SIZE}),
            ([specimen(ONLINE_DEPLOYMENT, "unknown", {"sku.capacity": UNKNOWN})], {"stack": "sku.capacity"}),
        ],
        configured=[
            ({}, [specimen(ONLINE_DEPLOYMENT, "undeclared")], {}),
            # One instance of a size that is not exempt takes the quota of two.
            (
                {"cores": {_T4_FAMILY: 7}},
                [specimen(ONLINE_DEPLOYMENT, "t4", {_SIZE: "Standard_NC4as_T4_v3", "sku.capacity": 1.0})],
                {"t4": _SIZE},
            ),
            (
                {"cores": {_T4_FAMILY: 8}},
                [specimen(ONLINE_DEPLOYMENT, "t4", {_SIZE: "Standard_NC4as_T4_v3", "sku.capacity": 1.0})],
                {},
            ),
            # Shared quota is not the subscription's.
            (
                {"cores": {_T4_FAMILY: 0}},
                [specimen(ONLINE_ENDPOINT, "shared", {_SHARED: "true"}), specimen(ONLINE_DEPLOYMENT, "blue")],
                {},
            ),
        ],
    ),
    "no-shared-quota": by_example(
        "no-shared-quota",
        good={"silent": None},
        bad=[([specimen(ONLINE_ENDPOINT, "boolean", {_SHARED: True})], {"boolean": _SHARED})],
    ),
    "deployment-instance-count": by_example(
        "deployment-instance-count",
        bad=[([specimen(ONLINE_DEPLOYMENT, "silent", {"sku": {"name": "Default"}})], {"silent": "sku.capacity"})],
        configured=[
            ({"minimum": 4}, [specimen(ONLINE_DEPLOYMENT, "four")], {}),
            ({"minimum": 5}, [specimen(ONLINE_DEPLOYMENT, "four")], {"four": "sku.capacity"}),
            ({"maximum": 3}, [specimen(ONLINE_DEPLOYMENT, "four")], {"four": "sku.capacity"}),
        ],
    ),
    "traffic-adds-up": by_example(
        "traffic-adds-up",
        good={"none": None, "all off": {"blue": 0, "green": 0}},
        bad=[
            ([specimen(ENDPOINT_TRAFFIC, "half", {"traffic": {"blue": 50}})], {"half": "traffic"}),
            *(
                ([specimen(ENDPOINT_TRAFFIC, "odd", {"traffic": {"blue": share}})], {"odd": "traffic.blue"})
                for share in _NO_SHARES
            ),
            ([specimen(ENDPOINT_TRAFFIC, "both", {"mirror": {"blue": 10}})], {"both": "mirror"}),
            (
                [specimen(ONLINE_ENDPOINT, "copy", {"properties.mirrorTraffic": {"red": 51}})],
                {"copy": "properties.mirrorTraffic"},
            ),
        ],
    ),
    "allowed-vm-sizes": Cases(
        options={"sizes": ["standard_nc*ads_a100_v4"]},
        good=[[specimen(ONLINE_DEPLOYMENT, "good")]],
        bad=[
            ([specimen(ONLINE_DEPLOYMENT, "bad", {_SIZE: "Standard_ND96asr_v4"})], {"bad": _SIZE}),
            (
                [specimen(COMPUTE, "cluster", {"properties.properties.vmSize": "STANDARD_DS3_V2"})],
                {"cluster": "properties.properties.vmSize"},
            ),
        ],
        unknown=[([specimen(ONLINE_DEPLOYMENT, "unknown", {_SIZE: UNKNOWN})], {"unknown": _SIZE})],
        not_applicable=[[specimen(COMPUTE, "sizeless")]],
        configured=[({}, [specimen(ONLINE_DEPLOYMENT, "any", {_SIZE: "Standard_Nothing"})], {})],
    ),
    "deployment-request-timeout": by_example(
        "deployment-request-timeout",
        good={"most": "PT180S", "fractions": "PT1.5S"},
        bad=[
            (
                [specimen(ONLINE_DEPLOYMENT, "words", {"properties.requestSettings.requestTimeout": "3 minutes"})],
                {"words": "properties.requestSettings.requestTimeout"},
            ),
            (
                [specimen(ONLINE_DEPLOYMENT, "hours", {"properties.requestSettings.requestTimeout": "PT1H"})],
                {"hours": "properties.requestSettings.requestTimeout"},
            ),
        ],
        not_applicable=[[specimen(ONLINE_DEPLOYMENT, "silent", {"properties.requestSettings": None})]],
    ),
    "autoscale-within-bounds": Cases(
        good=[
            [specimen(AUTOSCALE_SETTING, "good")],
            # What does not decide need not be known.
            [specimen(AUTOSCALE_SETTING, "new", {"profiles": [{**_scaled("8")[0], "rules": [UNKNOWN]}]})],
        ],
        bad=[
            ([specimen(AUTOSCALE_SETTING, "bad", {"profiles": _scaled("51")})], {"bad": _MAXIMUM}),
            *(
                ([specimen(AUTOSCALE_SETTING, "odd", {"profiles": _scaled(most)})], {"odd": _MAXIMUM})
                for most in ("many", {"x": 1}, [1])
            ),
            (
                [
                    specimen(ONLINE_DEPLOYMENT, "blue"),
                    specimen(
                        AUTOSCALE_SETTING,
                        "by output",
                        {"targetResourceUri": UNKNOWN, "profiles": _scaled("51")},
                        property_dependencies={"targetResourceUri": (urn(ONLINE_DEPLOYMENT, "blue"),)},
                    ),
                ],
                {"by output": _MAXIMUM},
            ),
        ],
        unknown=[
            ([specimen(AUTOSCALE_SETTING, "unknown", {"profiles": _scaled(UNKNOWN)})], {"unknown": _MAXIMUM}),
            (
                [specimen(AUTOSCALE_SETTING, "unknown", {"targetResourceUri": UNKNOWN})],
                {"unknown": "targetResourceUri"},
            ),
        ],
        not_applicable=[
            [specimen(AUTOSCALE_SETTING, "of something else", {"targetResourceUri": "/subscriptions/s/x"})]
        ],
        configured=[({"maximum": 7}, [specimen(AUTOSCALE_SETTING, "eight")], {"eight": _MAXIMUM})],
    ),
    "compute-scales-to-zero": by_example(
        "compute-scales-to-zero",
        not_applicable=[[specimen(COMPUTE, "instance", {"properties.computeType": "ComputeInstance"})]],
    ),
    "compute-idle-shutdown": Cases(
        good=[
            [
                specimen(
                    COMPUTE,
                    "good",
                    {
                        "properties.computeType": "ComputeInstance",
                        "properties.properties.idleTimeBeforeShutdown": "PT60M",
                    },
                )
            ]
        ],
        bad=[
            (
                [specimen(COMPUTE, "bad", {"properties.computeType": "ComputeInstance"})],
                {"bad": "properties.properties.idleTimeBeforeShutdown"},
            )
        ],
        unknown=[
            (
                [specimen(COMPUTE, "unknown", {"properties.computeType": UNKNOWN})],
                {"unknown": "properties.computeType"},
            )
        ],
        not_applicable=[[specimen(COMPUTE, "cluster")]],
    ),
}
