"""A hub: what it makes, what it adopts, and how it is closed."""

from typing import Any

import pytest

from llama_azure import AiHub
from tests.unit.components.recording import RecordingMonitor, record

PLACE = {"resource_group_name": "rg", "location": "eastus2", "hub_name": "hub-llama"}
MADE = {
    "storage_account_name": "stllama",
    "key_vault_name": "kv-llama",
    "log_analytics_workspace_name": "log-llama",
    "application_insights_name": "appi-llama",
}
ADOPTED = {
    "storage_account_id": "/their/storage",
    "key_vault_id": "/their/vault",
    "application_insights_id": "/their/insights",
}


def build(**args: Any) -> RecordingMonitor:
    monitor, _ = record(lambda: AiHub("it", {**PLACE, **args}))  # type: ignore[typeddict-item]
    return monitor


def types(monitor: RecordingMonitor) -> list[str]:
    return sorted(one.type.removeprefix("azure-native:") for one in monitor.registrations if one.custom)


def hub(monitor: RecordingMonitor) -> dict[str, Any]:
    return monitor.one("machinelearningservices:Workspace").inputs


def test_a_hub_on_what_is_there_makes_nothing_but_itself() -> None:
    monitor = build(**ADOPTED)
    assert types(monitor) == ["machinelearningservices:Workspace"]
    assert hub(monitor)["storageAccount"] == "/their/storage"
    assert hub(monitor)["keyVault"] == "/their/vault"
    assert hub(monitor)["applicationInsights"] == "/their/insights"
    assert monitor.outputs["it"]["key_vault_id"] == "/their/vault"
    assert monitor.outputs["it"]["log_analytics_workspace_id"] == ""


def test_insights_that_it_makes_report_to_a_workspace_that_is_there() -> None:
    theirs = {"storage_account_id": "/their/storage", "key_vault_id": "/their/vault"}
    monitor = build(**theirs, application_insights_name="appi", log_analytics_workspace_id="/their/logs")
    assert monitor.one("Component").inputs["workspaceResourceId"] == "/their/logs"
    assert "operationalinsights:Workspace" not in types(monitor)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, r"AiHub: give .*_name, to have it made, or .*_id, to use one that is there \(found neither\)"),
        ({**MADE, "storage_account_id": "/their/storage"}, "give storage_account_name, .* or storage_account_id.*both"),
        ({**MADE, "key_vault_id": "/their/vault"}, "give key_vault_name, .* or key_vault_id.*both"),
        ({**ADOPTED, "diagnostics": True}, "give log_analytics_workspace_name, .*neither"),
        (
            {**MADE, "container_registry_name": "a", "container_registry_id": "/b"},
            "give container_registry_name, .*both",
        ),
    ],
)
def test_what_is_made_and_what_is_there_is_said_once(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**args)


def test_a_registry_is_made_without_an_admin_user_or_left_to_azure() -> None:
    assert "containerRegistry" not in hub(build(**MADE))
    monitor = build(**MADE, container_registry_name="crllama")
    assert hub(monitor)["containerRegistry"] == "/it-registry"
    assert monitor.one("Registry").inputs["adminUserEnabled"] is False
    assert hub(build(**MADE, container_registry_id="/their/registry"))["containerRegistry"] == "/their/registry"


@pytest.mark.parametrize(("is_public", "access"), [(None, "Enabled"), (True, "Enabled"), (False, "Disabled")])
def test_a_hub_can_be_closed_to_public_networks(is_public: bool | None, access: str) -> None:
    asked = {} if is_public is None else {"public_network_access": is_public}
    assert hub(build(**MADE, **asked))["publicNetworkAccess"] == access


def test_outbound_rules_are_resources_of_their_own_one_after_the_other() -> None:
    rules = {
        "packages": {"fqdn": "packages.example.com"},
        "data": {"private_endpoint_id": "/their/storage", "subresource": "blob"},
    }
    network = {"isolation_mode": "AllowOnlyApprovedOutbound", "outbound_rules": rules}
    monitor = build(**MADE, managed_network=network)
    assert hub(monitor)["managedNetwork"]["isolationMode"] == "AllowOnlyApprovedOutbound"
    by_name = {one.name: one for one in monitor.registrations}
    packages, data = by_name["it-rule-packages"], by_name["it-rule-data"]
    assert packages.inputs["properties"] == {
        "category": "UserDefined",
        "destination": "packages.example.com",
        "type": "FQDN",
    }
    assert data.inputs["properties"]["destination"] == {
        "serviceResourceId": "/their/storage",
        "sparkEnabled": False,
        "subresourceTarget": "blob",
    }
    assert "it-hub" in packages.depends_on
    assert "it-rule-packages" in data.depends_on


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"isolation_mode": "Closed"}, "managed_network: isolation_mode is 'Closed'; give Disabled, .* or AllowOnly"),
        ({"isolation_mode": "Disabled", "outbound_rules": {"a": {"fqdn": "b"}}}, "isolation_mode other than Disabled"),
        (
            {"isolation_mode": "AllowInternetOutbound", "outbound_rules": {"a": {}}},
            r"outbound_rules\.a: give either fqdn or",
        ),
        (
            {"isolation_mode": "AllowInternetOutbound", "outbound_rules": {"a": {"private_endpoint_id": "/b"}}},
            r"outbound_rules\.a: subresource goes together",
        ),
    ],
)
def test_a_network_that_contradicts_itself_is_refused(network: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**MADE, managed_network=network)


def test_a_key_of_ones_own_encrypts_the_hub() -> None:
    encryption = {"key_vault_id": "/their/vault", "key_identifier": "https://v/keys/k/1"}
    assert hub(build(**MADE, encryption=encryption))["encryption"] == {
        "keyVaultProperties": {"keyIdentifier": "https://v/keys/k/1", "keyVaultArmId": "/their/vault"},
        "status": "Enabled",
    }
    used = hub(build(**MADE, encryption={**encryption, "identity_id": "/identity"}))
    assert used["encryption"]["identity"] == {"userAssignedIdentity": "/identity"}
    assert used["identity"] == {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": ["/identity"]}


def test_diagnostics_go_to_the_log_analytics_workspace() -> None:
    monitor = build(**MADE, diagnostics=True)
    setting = next(one.inputs for one in monitor.registrations if one.name == "it-diagnostics")
    assert (setting["resourceUri"], setting["workspaceId"]) == ("/it-hub", "/it-logs")
    assert setting["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]
    assert "monitor:DiagnosticSetting" not in types(build(**MADE))


def test_deletion_protection_covers_what_holds_data() -> None:
    monitor = build(**MADE, container_registry_name="crllama", deletion_protection=True)
    protected = {one.name for one in monitor.registrations if one.protect}
    assert protected == {"it-storage", "it-vault", "it-logs", "it-registry", "it-hub"}
    assert [one.name for one in build(**MADE).registrations if one.protect] == []


@pytest.mark.parametrize(
    ("args", "filled_in"),
    [
        ({}, {"associatedWorkspaces", "containerRegistry"}),
        ({"container_registry_name": "crllama"}, {"associatedWorkspaces"}),
        (
            {"managed_network": {"isolation_mode": "AllowInternetOutbound"}},
            {"associatedWorkspaces", "containerRegistry", "managedNetwork.outboundRules"},
        ),
    ],
)
def test_what_azure_fills_in_later_is_not_taken_for_a_change(args: dict[str, Any], filled_in: set[str]) -> None:
    assert set(build(**ADOPTED, **args).one("machinelearningservices:Workspace").ignored) == filled_in
