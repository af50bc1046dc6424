"""Who can reach what."""

from llama_guardrails.resource_types import (
    AI_SERVICES_ACCOUNT,
    COMPUTE,
    MANAGED_NETWORK_RULE,
    ONLINE_ENDPOINT,
    PRIVATE_ENDPOINT,
    SEARCH_SERVICE,
    WORKSPACE,
)
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import hub, project, specimen, urn

_HUB_URN = urn(WORKSPACE, "hub-llama")
_RULES = "managedNetwork.outboundRules"
_OPEN = {"properties.publicNetworkAccess": "Enabled"}

CASES = {
    "workspace-not-public": by_example(
        "workspace-not-public",
        bad=[([project(changes={"publicNetworkAccess": None})], {"assistants": "publicNetworkAccess"})],
    ),
    "workspace-managed-network": by_example(
        "workspace-managed-network",
        bad=[
            (
                [hub(changes={"managedNetwork.isolationMode": "AllowInternetOutbound"})],
                {"hub-llama": "managedNetwork.isolationMode"},
            ),
            ([hub(changes={"managedNetwork": None})], {"hub-llama": "managedNetwork.isolationMode"}),
        ],
        not_applicable=[[project()]],
        configured=[
            (
                {"atLeast": "AllowInternetOutbound"},
                [hub(changes={"managedNetwork.isolationMode": "AllowInternetOutbound"})],
                {},
            ),
            (
                {"atLeast": "AllowInternetOutbound"},
                [hub(changes={"managedNetwork.isolationMode": "Disabled"})],
                {"hub-llama": "managedNetwork.isolationMode"},
            ),
        ],
    ),
    "workspace-private-endpoint": Cases(
        good=[
            [hub()],
            [hub(changes={_RULES: None}), specimen(PRIVATE_ENDPOINT, "endpoint", dependencies=(_HUB_URN,))],
            [hub(changes={_RULES: None}), specimen(MANAGED_NETWORK_RULE, "rule", dependencies=(_HUB_URN,))],
        ],
        bad=[
            ([hub(changes={_RULES: None})], {"hub-llama": ""}),
            ([hub(changes={_RULES: {"pypi": {"type": "FQDN"}}})], {"hub-llama": ""}),
            ([hub(changes={_RULES: None}), specimen(PRIVATE_ENDPOINT, "of another hub")], {"hub-llama": ""}),
        ],
        unknown=[([hub(changes={_RULES: UNKNOWN})], {"hub-llama": _RULES})],
        not_applicable=[[project()]],
    ),
    "online-endpoint-not-public": by_example(
        "online-endpoint-not-public",
        bad=[
            (
                [specimen(ONLINE_ENDPOINT, "silent", {"properties.publicNetworkAccess": None})],
                {"silent": "properties.publicNetworkAccess"},
            )
        ],
    ),
    "foundry-network-closed": Cases(
        good=[
            [specimen(AI_SERVICES_ACCOUNT, "closed", {"properties.networkAcls": None})],
            [specimen(AI_SERVICES_ACCOUNT, "listed", _OPEN)],
        ],
        bad=[
            (
                [specimen(AI_SERVICES_ACCOUNT, "open", {**_OPEN, "properties.networkAcls": None})],
                {"open": "properties.publicNetworkAccess"},
            )
        ],
        unknown=[
            (
                [specimen(AI_SERVICES_ACCOUNT, "unknown", {"properties.publicNetworkAccess": UNKNOWN})],
                {"unknown": "properties.publicNetworkAccess"},
            )
        ],
    ),
    "foundry-outbound-restricted": by_example(
        "foundry-outbound-restricted",
        bad=[
            (
                [specimen(AI_SERVICES_ACCOUNT, "nowhere", {"properties.allowedFqdnList": []})],
                {"nowhere": "properties.allowedFqdnList"},
            )
        ],
    ),
    "search-not-public": by_example(
        "search-not-public",
        bad=[
            (
                [specimen(SEARCH_SERVICE, "nobody", {"publicNetworkAccess": None, "networkRuleSet": {"ipRules": []}})],
                {"nobody": "publicNetworkAccess"},
            )
        ],
    ),
    "compute-in-virtual-network": by_example(
        "compute-in-virtual-network",
        path="properties.properties.subnet.id",
        not_applicable=[[specimen(COMPUTE, "attached", {"properties.computeType": "Kubernetes"})]],
    ),
}
