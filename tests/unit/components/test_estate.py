"""From settings to components."""

from typing import Any

from llama_azure.estate import build_estate
from llama_azure_core.settings import parse_settings
from tests.unit.components.recording import RecordingMonitor, record

LLAMA_8B, LLAMA_70B = "Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"


def build(projects: dict[str, Any], resource_group: str = "rg-llama") -> tuple[RecordingMonitor, Any]:
    settings = parse_settings(
        {
            "azure-native:location": "East US 2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": resource_group,
            "llama-azure:hub": {"name": "hub-llama"},
            "llama-azure:projects": projects,
        },
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
