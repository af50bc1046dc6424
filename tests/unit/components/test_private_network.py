"""Private endpoints, the network they lie in, and budgets: what is made, adopted and left alone."""

from typing import Any

import pytest

from llama_azure import AiHub, Budget, PrivateEndpoint, PrivateNetwork
from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_types import STORAGE_ACCOUNT
from tests.unit.components.recording import RecordingMonitor, record
from tests.unit.components.test_ai_hub import ADOPTED, MADE, PLACE

GROUP = "/subscriptions/s/resourceGroups/rg"
SUBNET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/pe"
ZONE = "privatelink.vaultcore.azure.net"
ZONE_ID = f"/subscriptions/s/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/{ZONE}"
WHERE = {"resource_group_name": "rg", "location": "eastus2"}


def network(**args: Any) -> RecordingMonitor:
    monitor, _ = record(lambda: PrivateNetwork("it", {**WHERE, **args}))  # type: ignore[typeddict-item]
    return monitor


def kinds(monitor: RecordingMonitor) -> list[str]:
    return sorted(one.type.rsplit(":", 1)[-1] for one in monitor.registrations if one.custom)


def hub(**args: Any) -> RecordingMonitor:
    monitor, _ = record(lambda: AiHub("it", {**PLACE, **args}))  # type: ignore[typeddict-item]
    return monitor


def test_a_network_is_made_with_a_subnet_and_linked_zones() -> None:
    monitor = network(virtual_network_name="vnet", address_space="10.0.0.0/24", private_dns_zone_names=[ZONE])
    assert kinds(monitor) == ["PrivateZone", "Subnet", "VirtualNetwork", "VirtualNetworkLink"]
    subnet = monitor.one("Subnet").inputs
    assert (subnet["addressPrefix"], subnet["defaultOutboundAccess"]) == ("10.0.0.0/24", False)
    assert monitor.one("PrivateZone").inputs["location"] == "global"
    assert "subnets" in monitor.one("VirtualNetwork").ignored
    link = monitor.one("VirtualNetworkLink").inputs
    assert (link["privateZoneName"], link["registrationEnabled"]) == (ZONE, False)


def test_a_subnet_that_is_there_stays_as_it_is_and_a_zone_that_is_there_gets_a_link() -> None:
    monitor = network(subnet_id=SUBNET, linked_private_dns_zone_ids=[ZONE_ID])
    assert kinds(monitor) == ["VirtualNetworkLink"]
    link = monitor.one("VirtualNetworkLink").inputs
    assert link["resourceGroupName"] == "rg-dns"
    assert link["virtualNetwork"]["id"] == SUBNET.partition("/subnets/")[0]
    assert monitor.outputs["it"]["private_dns_zone_ids"] == {ZONE: ZONE_ID}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "give virtual_network_name, .* or subnet_id, .*neither"),
        ({"virtual_network_name": "vnet", "subnet_id": SUBNET}, "found both"),
        ({"virtual_network_name": "vnet"}, "give address_space"),
    ],
)
def test_a_network_is_either_made_or_there(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network(**args)


@pytest.mark.parametrize(("zones", "made"), [({}, ["PrivateEndpoint"]), ({ZONE: ZONE_ID}, None)])
def test_an_endpoint_has_its_names_written_where_it_is_told(zones: dict[str, str], made: list[str] | None) -> None:
    args = {
        **WHERE,
        "private_endpoint_name": "pe",
        "resource_id": "/their/vault",
        "subresource": "vault",
        "subnet_id": SUBNET,
        "private_dns_zone_ids": zones,
    }
    monitor, _ = record(lambda: PrivateEndpoint("it", args))  # type: ignore[arg-type]
    assert kinds(monitor) == (made or ["PrivateDnsZoneGroup", "PrivateEndpoint"])
    (connection,) = monitor.one("PrivateEndpoint").inputs["privateLinkServiceConnections"]
    assert (connection["privateLinkServiceId"], connection["groupIds"]) == ("/their/vault", ["vault"])


def endpoints(monitor: RecordingMonitor) -> dict[str, tuple[str, str]]:
    """Return what private endpoints lead to, and the part of it, by their names."""
    found = {}
    for one in monitor.registrations:
        if one.type == "azure-native:network:PrivateEndpoint":
            (connection,) = one.inputs["privateLinkServiceConnections"]
            found[one.inputs["privateEndpointName"]] = (
                connection["privateLinkServiceId"],
                connection["groupIds"][0],
            )
    return found


def test_a_hub_and_what_it_makes_get_private_endpoints() -> None:
    monitor = hub(**MADE, container_registry_name="crllama", private_endpoints={"subnet_id": SUBNET})
    assert endpoints(monitor) == {
        "pe-hub-llama-hub": ("/it-hub", "amlworkspace"),
        "pe-hub-llama-storage-blob": ("/it-storage", "blob"),
        "pe-hub-llama-storage-file": ("/it-storage", "file"),
        "pe-hub-llama-vault": ("/it-vault", "vault"),
        "pe-hub-llama-registry": ("/it-registry", "registry"),
    }
    assert monitor.one("Registry").inputs["sku"]["name"] == "Premium"
    assert "PrivateDnsZoneGroup" not in kinds(monitor)


def test_what_a_hub_adopts_keeps_the_private_endpoints_of_its_owner() -> None:
    monitor = hub(**ADOPTED, private_endpoints={"subnet_id": SUBNET})
    assert list(endpoints(monitor)) == ["pe-hub-llama-hub"]


def test_an_endpoint_of_a_hub_is_written_into_the_zones_of_its_own_names() -> None:
    (blob,) = dns_zones(STORAGE_ACCOUNT, "blob")
    wanted = {"subnet_id": SUBNET, "private_dns_zone_ids": {blob: "/zones/blob", ZONE: "/zones/vault"}}
    monitor = hub(**MADE, private_endpoints=wanted)
    groups = {
        one.inputs["privateEndpointName"]: [each["privateDnsZoneId"] for each in one.inputs["privateDnsZoneConfigs"]]
        for one in monitor.registrations
        if one.type.endswith(":PrivateDnsZoneGroup")
    }
    assert sorted(map(tuple, groups.values())) == [("/zones/blob",), ("/zones/vault",)]


def test_a_hub_as_it_was_says_nothing_of_networks() -> None:
    monitor = hub(**MADE, container_registry_name="crllama")
    said = {"networkRuleSet", "encryption", "identity"}
    assert not {*said, "publicNetworkAccess"} & set(monitor.one("StorageAccount").inputs)
    registry = monitor.one("Registry").inputs
    assert not said & set(registry)
    assert registry["publicNetworkAccess"] == "Enabled", "it is the SDK's own default"
    vault = monitor.one("Vault").inputs["properties"]
    assert not {"networkAcls", "enablePurgeProtection"} & set(vault)
    assert (vault["publicNetworkAccess"], vault["softDeleteRetentionInDays"]) == ("enabled", 90), "the SDK's defaults"
    assert monitor.one("Registry").inputs["sku"]["name"] == "Standard"
    assert monitor.one("operationalinsights:Workspace").inputs["retentionInDays"] == 30


@pytest.mark.parametrize(("addresses", "access"), [([], "Disabled"), (["203.0.113.0/24"], "Enabled")])
def test_what_a_hub_stands_on_is_closed_but_for_those_who_are_let_in(addresses: list[str], access: str) -> None:
    monitor = hub(
        **MADE,
        container_registry_name="crllama",
        resources_public_network_access=False,
        allowed_addresses=addresses,
        purge_protection=True,
        vault_retention_days=7,
    )
    storage, registry = monitor.one("StorageAccount").inputs, monitor.one("Registry").inputs
    vault = monitor.one("Vault").inputs["properties"]
    assert {one["publicNetworkAccess"] for one in (storage, registry, vault)} == {access}
    assert {one["defaultAction"] for one in (storage["networkRuleSet"], registry["networkRuleSet"], vault["networkAcls"])} == {"Deny"}  # fmt: skip  # noqa: E501
    assert [one["iPAddressOrRange"] for one in storage["networkRuleSet"]["ipRules"]] == addresses
    assert storage["allowCrossTenantReplication"] is False
    assert (storage["networkRuleSet"]["bypass"], vault["networkAcls"]["bypass"]) == ("AzureServices", "AzureServices")
    assert (vault["enablePurgeProtection"], vault["softDeleteRetentionInDays"]) == (True, 7)


def test_a_key_of_ones_own_encrypts_what_the_hub_stands_on_and_is_followed_when_it_rotates() -> None:
    key = {
        "key_vault_id": "/keys",
        "key_identifier": "https://keys.vault.azure.net/keys/llama/0123",
        "identity_id": "/identity",
        "identity_client_id": "client",
        "resources": True,
    }
    monitor = hub(**MADE, container_registry_name="crllama", encryption=key)
    storage, registry = monitor.one("StorageAccount").inputs, monitor.one("Registry").inputs
    assert storage["encryption"]["keyVaultProperties"] == {"keyVaultUri": "https://keys.vault.azure.net", "keyName": "llama"}  # fmt: skip  # noqa: E501
    assert storage["encryption"]["encryptionIdentity"] == {"encryptionUserAssignedIdentity": "/identity"}
    assert registry["encryption"]["keyVaultProperties"] == {
        "keyIdentifier": "https://keys.vault.azure.net/keys/llama",
        "identity": "client",
    }


LOGS = {"diagnostics": True, "resource_diagnostics": True}


def test_logs_of_everything_that_a_hub_makes_are_kept() -> None:
    monitor = hub(**MADE, container_registry_name="crllama", **LOGS, log_retention_days=90)
    logged = {one.inputs["resourceUri"] for one in monitor.registrations if one.type.endswith(":DiagnosticSetting")}
    services = {f"/it-storage/{one}Services/default" for one in ("blob", "file")}
    assert logged == {"/it-hub", "/it-vault", "/it-registry", *services}
    assert monitor.one("operationalinsights:Workspace").inputs["retentionInDays"] == 90


def test_locks_lie_on_what_keeps_data() -> None:
    monitor = hub(**MADE, locks=True)
    locked = {one.inputs["scope"] for one in monitor.registrations if one.type.endswith(":ManagementLockByScope")}
    assert locked == {"/it-hub", "/it-storage", "/it-vault"}


BUDGET = {"scope": GROUP, "budget_name": "llama", "amount": 100, "start_date": "2024-07-01"}


def test_a_budget_tells_what_was_spent_and_what_is_likely() -> None:
    args = {**BUDGET, "contact_roles": ["Owner"], "alert_percents": [50]}
    monitor, _ = record(lambda: Budget("it", args))  # type: ignore[arg-type]
    budget = monitor.one("Budget")
    told = {name: (one["thresholdType"], one["threshold"]) for name, one in budget.inputs["notifications"].items()}
    assert told == {"actual-50": ("Actual", 50), "forecast-100": ("Forecasted", 100)}
    assert budget.inputs["timePeriod"] == {"startDate": "2024-07-01T00:00:00Z"}
    assert budget.ignored == ["timePeriod"]


def test_a_budget_that_tells_nobody_is_none() -> None:
    with pytest.raises(ValueError, match="nobody would be told"):
        record(lambda: Budget("it", BUDGET))  # type: ignore[arg-type]
