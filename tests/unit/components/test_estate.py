"""From settings to components."""

import itertools
from typing import Any

import pulumi
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from llama_azure.estate import build_estate
from llama_azure_core.limits import limits
from llama_azure_core.settings import SettingsError, parse_settings
from tests.support.stack_strategies import projects_of_any_kind
from tests.unit.components.recording import RecordingMonitor, record

LLAMA_2 = "Llama-2-7b-chat"
VM_SIZE = "Standard_NC48ads_A100_v4"
LLAMA_8B, LLAMA_70B = "Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"


HUB_ID = "/subscriptions/s/resourceGroups/rg-other/providers/Microsoft.MachineLearningServices/workspaces/hub"
PROJECT_ID = HUB_ID.removesuffix("hub") + "found"


def build(
    projects: dict[str, Any], resource_group: str = "rg-llama", **settings_by_key: Any
) -> tuple[RecordingMonitor, Any]:
    settings = parse_settings(
        {
            "azure-native:location": "East US 2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": resource_group,
            "llama-azure:hub": {"name": "hub-llama"},
            "llama-azure:projects": projects,
        }
        | {f"llama-azure:{key}": value for key, value in settings_by_key.items()},
        source="test",
    )
    built = []
    monitor, _ = record(lambda: built.append(build_estate(settings)))
    return monitor, built[0]


def names(monitor: RecordingMonitor, kind: str) -> list[str]:
    """Return the names in order of the alphabet: registrations arrive in any order."""
    of_kind = f"azure-native:machinelearningservices:{kind}"
    return sorted(r.inputs["name"] for r in monitor.registrations if r.type == of_kind)


def test_a_project_subscribes_once_to_an_offer_however_many_endpoints_it_has() -> None:
    twice = [{"model": LLAMA_8B, "name": "one"}, {"model": LLAMA_8B, "name": "two"}, {"model": LLAMA_70B}]
    monitor, _ = build({"chat": {"serverless": twice}})
    assert names(monitor, "MarketplaceSubscription") == sorted([LLAMA_8B.lower(), LLAMA_70B.lower()])
    assert len(names(monitor, "ServerlessEndpoint")) == 3


def test_each_project_has_subscriptions_and_endpoint_names_of_its_own() -> None:
    monitor, _ = build({key: {"serverless": [{"model": LLAMA_8B}]} for key in ("chat", "search")})
    assert len(names(monitor, "MarketplaceSubscription")) == 2
    assert len(set(names(monitor, "ServerlessEndpoint"))) == 2


def test_derived_names_differ_between_resource_groups() -> None:
    projects = {"chat": {"serverless": [{"model": LLAMA_8B}]}}
    first, second = (names(build(projects, group)[0], "ServerlessEndpoint") for group in ("rg-one", "rg-two"))
    assert first != second


def test_the_estate_tells_of_each_endpoint() -> None:
    _, estate = build({"chat": {"name": "chat-project", "serverless": [{"model": LLAMA_8B, "name": "llama"}]}})
    endpoint = {
        key: value for key, value in estate.endpoints["llama"].items() if key not in ("uri", "baseUrl", "routes")
    }
    assert endpoint == {
        "kind": "serverless",
        "backend": "serverless",
        "model": LLAMA_8B,
        "deployment": LLAMA_8B,
        "auth": "key",
        "project": "chat-project",
        "region": "eastus2",
        "api": "chat",
        "limits": {"tokensPerMinute": limits()["tokensPerMinute"], "requestsPerMinute": limits()["requestsPerMinute"]},
    }
    assert estate.endpoints["llama"]["routes"].keys() == {"chat", "models"}
    assert estate.endpoint_keys.keys() == {"llama"}


def test_a_capacity_is_exported_as_the_endpoints_that_it_takes() -> None:
    capacity = {"requestsPerMinute": 2 * limits()["requestsPerMinute"], "retiring": 1}
    chat = {"model": LLAMA_8B, "backEnd": "serverless", "capacity": capacity}
    monitor, estate = build({"chat": {"endpoints": {"chat": chat}}})
    assert {name: one.get("retiring", False) for name, one in estate.endpoints.items()} == {
        "chat": False,
        "chat-2": False,
        "chat-3": True,
    }
    assert len(names(monitor, "MarketplaceSubscription")) == 3
    assert estate.litellm is None


def test_a_stack_that_asks_for_it_exports_a_gateways_configuration() -> None:
    found: list[Any] = []
    chat = {"model": LLAMA_8B, "backEnd": "serverless"}
    settings = parse_settings(
        {
            "azure-native:location": "eastus2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": "rg-llama",
            "llama-azure:hub": {"name": "hub-llama"},
            "llama-azure:projects": {"chat": {"endpoints": {"chat": chat}}},
            "llama-azure:litellm": {},
        },
        source="test",
    )

    def program() -> None:
        estate = build_estate(settings)
        assert estate.litellm is not None
        estate.litellm.apply(found.append)

    record(program)
    ((entry,),) = [one["model_list"] for one in found]
    assert entry["model_name"] == LLAMA_8B
    assert entry["litellm_params"]["api_base"].endswith("/v1/")
    assert "KEY-IN-CLEAR" not in str(found)


def test_a_project_stays_subscribed_to_an_offer_without_an_endpoint() -> None:
    monitor, _ = build({"chat": {"subscriptions": [LLAMA_8B]}})
    assert names(monitor, "MarketplaceSubscription") == [LLAMA_8B.lower()]
    assert names(monitor, "ServerlessEndpoint") == []


def test_the_offer_of_an_endpoint_and_of_the_project_is_subscribed_to_once() -> None:
    monitor, _ = build({"chat": {"subscriptions": [LLAMA_8B], "serverless": [{"model": LLAMA_8B}]}})
    assert names(monitor, "MarketplaceSubscription") == [LLAMA_8B.lower()]


def test_a_project_that_is_subscribed_already_is_not_subscribed_again() -> None:
    monitor, _ = build({"chat": {"serverless": [{"model": LLAMA_8B, "subscribe": False}]}})
    assert names(monitor, "MarketplaceSubscription") == []
    assert len(names(monitor, "ServerlessEndpoint")) == 1


def test_a_hub_that_is_there_is_used_and_not_made() -> None:
    monitor, estate = build({"chat": {}}, hub={"existing": HUB_ID})
    workspace = monitor.one("machinelearningservices:Workspace").inputs
    assert (workspace["kind"], workspace["hubResourceId"]) == ("Project", HUB_ID)
    assert estate.hub == {"id": HUB_ID, "region": "eastus2"}


def test_a_project_that_is_there_is_used_where_it_lies_and_not_made() -> None:
    monitor, _ = build({"chat": {"existing": PROJECT_ID, "serverless": [{"model": LLAMA_8B}]}})
    endpoint = monitor.one("ServerlessEndpoint").inputs
    assert (endpoint["resourceGroupName"], endpoint["workspaceName"]) == ("rg-other", "found")
    workspaces = [r for r in monitor.registrations if r.type.endswith(":Workspace") and "kind" in r.inputs]
    assert [workspace.inputs["kind"] for workspace in workspaces] == ["Hub"]


def test_a_stacks_tags_are_on_everything_that_takes_tags() -> None:
    monitor, _ = build({"chat": {"serverless": [{"model": LLAMA_8B}]}}, tags={"team": "llama"})
    tags = {str(sorted(r.inputs["tags"].items())) for r in monitor.registrations if "tags" in r.inputs}
    assert tags == {"[('environment', 'test'), ('managed-by', 'pulumi'), ('team', 'llama')]"}


def managed(**changes: Any) -> dict[str, Any]:
    """Return a project with one online endpoint."""
    blue = {"model": LLAMA_2, "vmSize": VM_SIZE, "traffic": 100}
    return {"chat": {"managed": {"llama": {"deployments": {"blue": blue}, **changes}}}}


def by_name(monitor: RecordingMonitor) -> dict[str, Any]:
    return {registration.name: registration for registration in monitor.registrations if registration.custom}


def test_a_managed_endpoint_is_told_of_like_any_other() -> None:
    monitor, estate = build(managed(name="chat-llama"))
    endpoint = {
        key: value for key, value in estate.endpoints["chat-llama"].items() if key not in ("uri", "baseUrl", "routes")
    }
    assert endpoint == {
        "kind": "managed",
        "backend": "managed",
        "model": LLAMA_2,
        "deployment": LLAMA_2,
        "auth": "key",
        "project": "chat",
        "region": "eastus2",
        "api": "chat",
        "limits": {"requestsPerSecond": limits()["requestsPerSecond"]},
    }
    assert estate.endpoints["chat-llama"]["routes"].keys() == {"chat", "score"}
    assert estate.endpoint_keys.keys() == {"chat-llama"}
    deployment = monitor.one("OnlineDeployment").inputs
    assert deployment["endpointName"] == "chat-llama"
    assert deployment["properties"]["model"].endswith(f"/{LLAMA_2}/versions/27")


def test_an_endpoint_without_a_name_gets_one_of_its_own_scope() -> None:
    first, second = (build(managed(), group)[1].endpoints for group in ("rg-one", "rg-two"))
    assert all(name.startswith("llama-") for name in (*first, *second))
    assert first.keys() != second.keys()


def test_a_managed_endpoint_called_like_a_serverless_model_has_another_name() -> None:
    projects = managed()
    projects["chat"] = {
        "managed": {LLAMA_8B: projects["chat"]["managed"]["llama"]},
        "serverless": [{"model": LLAMA_8B}],
    }
    _, estate = build(projects)
    assert len(estate.endpoints) == 2


def test_deployments_are_made_one_after_the_other_and_the_traffic_last() -> None:
    colours = {
        name: {"model": LLAMA_2, "vmSize": VM_SIZE, "traffic": share}
        for name, share in {"blue": 90, "green": 10, "red": 0}.items()
    }
    monitor, _ = build(managed(deployments=colours))
    waits = {one.name: one.depends_on for one in monitor.registrations if one.type.endswith(":OnlineDeployment")}
    for earlier, later in itertools.pairwise(["blue", "green", "red"]):
        assert f"chat-llama-{earlier}-deployment" in waits[f"chat-llama-{later}"]
    traffic = monitor.one("EndpointTraffic")
    assert traffic.inputs["traffic"] == {"blue": 90, "green": 10}
    assert {f"chat-llama-{name}-deployment" for name in colours} <= traffic.depends_on


def test_an_endpoint_that_is_there_gets_deployments_and_its_traffic_is_left_alone() -> None:
    blue = {"model": LLAMA_2, "vmSize": VM_SIZE}
    monitor, _ = build(managed(existing="theirs", deployments={"blue": blue}))
    kinds = {registration.type.rsplit(":", 1)[-1] for registration in monitor.registrations if registration.custom}
    assert not kinds & {"OnlineEndpoint", "EndpointTraffic"}
    assert monitor.one("OnlineDeployment").inputs["endpointName"] == "theirs"


def test_shares_of_others_count_on_an_endpoint_that_is_there() -> None:
    green = {"model": LLAMA_2, "vmSize": VM_SIZE, "traffic": 10}
    monitor, _ = build(managed(existing="theirs", otherTraffic={"blue": 90}, deployments={"green": green}))
    assert monitor.one("EndpointTraffic").inputs["traffic"] == {"blue": 90, "green": 10}


@pytest.mark.parametrize("mode", ["AADToken", "AMLToken"])
def test_endpoints_that_take_no_keys_export_none(mode: str) -> None:
    projects = managed(authMode=mode)
    projects["chat"]["serverless"] = [{"model": LLAMA_8B, "authMode": "AAD"}]
    _, estate = build(projects)
    assert len(estate.endpoints) == 2
    assert estate.endpoint_keys == {}


def test_a_stack_that_deploys_in_what_others_own_makes_no_resource_group() -> None:
    monitor, _ = build(
        {"found": {"existing": PROJECT_ID, "serverless": [{"model": LLAMA_8B}]}}, hub={"existing": HUB_ID}
    )
    assert [one for one in monitor.registrations if one.type.endswith(":ResourceGroup")] == []
    assert monitor.one("ServerlessEndpoint").inputs["resourceGroupName"] == "rg-other"


def test_an_endpoint_on_shared_quota_says_when_it_ends() -> None:
    _, estate = build(managed(name="trial", sharedQuota=True))
    assert "deletionTime" in estate.endpoints["trial"]
    assert "deletionTime" not in build(managed(name="chat"))[1].endpoints["chat"]


def test_the_hubs_options_reach_the_hub() -> None:
    monitor, _ = build(
        {"chat": {}},
        deletionProtection=True,
        hub={
            "name": "hub-llama",
            "storageAccount": f"{HUB_ID}-storage",
            "applicationInsights": f"{HUB_ID}-insights",
            "containerRegistry": f"{HUB_ID}-registry",
            "publicNetworkAccess": False,
            "diagnostics": True,
            "managedNetwork": {
                "isolationMode": "AllowInternetOutbound",
                "outboundRules": {"pypi": {"fqdn": "packages.example.com"}},
            },
            "encryption": {"keyVault": f"{HUB_ID}-vault", "keyIdentifier": "https://v/keys/k/1"},
        },
    )
    steps = by_name(monitor)
    hub = steps["hub-llama-hub"]
    assert hub.protect
    assert hub.inputs["storageAccount"] == f"{HUB_ID}-storage"
    assert hub.inputs["containerRegistry"] == f"{HUB_ID}-registry"
    assert hub.inputs["publicNetworkAccess"] == steps["chat-project"].inputs["publicNetworkAccess"] == "Disabled"
    assert hub.inputs["encryption"]["status"] == "Enabled"
    assert steps["hub-llama-diagnostics"].inputs["workspaceId"] == "/hub-llama-logs"
    assert steps["hub-llama-rule-pypi"].inputs["properties"]["destination"] == "packages.example.com"
    assert "hub-llama-storage" not in steps


def test_deployers_get_roles_in_the_projects_that_the_stack_makes() -> None:
    deployer = {"principalId": "00000000-0000-0000-0000-00000000d3b1", "principalType": "Group"}
    projects = {**managed(), "found": {"existing": PROJECT_ID}}
    monitor, _ = build(projects, deployers={"team": {**deployer, "maySubscribe": False}})
    scopes = {one.inputs["scope"] for one in monitor.registrations if one.type.endswith(":RoleAssignment")}
    assert {scope.rsplit("/", 1)[-1] for scope in scopes} == {"chat", "rg-llama"}
    actions = [one.inputs["permissions"][0]["actions"] for one in monitor.registrations if "permissions" in one.inputs]
    assert any("onlineEndpoints" in action for action in itertools.chain(*actions))


def test_deployers_of_a_stack_without_a_project_of_its_own_are_refused() -> None:
    deployer = {"principalId": "00000000-0000-0000-0000-00000000d3b1", "principalType": "User"}
    with pytest.raises(SettingsError, match="deployers: the stack makes no project"):
        build({"found": {"existing": PROJECT_ID}}, deployers={"me": deployer})


def test_a_connection_leads_to_an_endpoint_of_another_project() -> None:
    projects = {"search": {"connections": {"llama": {"endpoint": "llama"}}}, "chat": {"serverless": [LLAMA]}}
    monitor, _ = build(projects)
    connection = monitor.one("WorkspaceConnection").inputs
    assert (connection["workspaceName"], connection["connectionName"]) == ("search", "llama")
    assert connection["properties"]["value"]["target"] == "https://llama.example"  # a secret, for the key is in it


LLAMA = {"model": LLAMA_8B, "name": "llama"}


@pytest.mark.parametrize(
    ("chat", "endpoint", "message"),
    [
        ({"serverless": [LLAMA]}, "lama", "connections.ccc.endpoint: this stack has no endpoint lama; it has llama"),
        ({}, "llama", "this stack has no endpoint llama; it has none"),
        ({"serverless": [{**LLAMA, "authMode": "AAD"}]}, "llama", "llama of this stack takes no keys"),
        (managed(name="llama")["chat"], "llama", "llama of this stack is not a serverless endpoint"),
    ],
)
def test_a_connection_to_what_cannot_be_used_is_refused(chat: dict[str, Any], endpoint: str, message: str) -> None:
    with pytest.raises(pulumi.RunError, match=message):
        build({"search": {"connections": {"ccc": {"endpoint": endpoint}}}, "chat": chat})


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(projects_of_any_kind)
def test_whatever_settings_are_valid_can_be_built_and_everything_is_owned_and_tagged(projects: dict[str, Any]) -> None:
    monitor, estate = build(projects)
    wanted = sum(len(p.get("serverless", ())) + len(p.get("managed", {})) for p in projects.values())
    assert len(estate.endpoints) == wanted
    assert estate.endpoint_keys.keys() <= estate.endpoints.keys()
    owners = {registration.name: registration.parent for registration in monitor.registrations if registration.custom}
    assert {name for name, parent in owners.items() if parent.startswith("llama-azure-")} == {"rg-llama"}
    tagged = [one.inputs["tags"] for one in monitor.registrations if "tags" in one.inputs]
    assert all(tags["managed-by"] == "pulumi" for tags in tagged)
    assert len({(one.type, one.name) for one in monitor.registrations}) == len(monitor.registrations)
