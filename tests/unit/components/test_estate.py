"""From settings to components."""

from typing import Any

from llama_azure.estate import build_estate
from llama_azure_core.settings import parse_settings
from tests.unit.components.recording import RecordingMonitor, record

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
    endpoint = {key: value for key, value in estate.endpoints["llama"].items() if key != "uri"}
    assert endpoint == {
        "kind": "serverless",
        "model": LLAMA_8B,
        "project": "chat-project",
        "region": "eastus2",
        "api": "chat",
    }
    assert estate.endpoint_keys.keys() == {"llama"}


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
