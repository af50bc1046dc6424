"""A gateway: what is closed, who signs in, where its keys are; and an API of API Management in its place."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pulumi
import pytest

from llama_azure import ApiManagementBackends, ModelGateway
from llama_azure._arguments import ArgumentError
from llama_azure._gateway_keys import JobRun, VaultKey
from llama_azure_core.gateway import gateway_facts, team_secret
from llama_guardrails.resource_types import CONTAINER_APPS_JOB
from tests.unit.components.recording import RecordingMonitor, record
from tests.unit.components.test_components import API_MANAGEMENT_ARGS, GATEWAY_ARGS, THERE

PRIVATE: dict[str, Any] = {key: one for key, one in GATEWAY_ARGS.items() if key not in ("access", "sign_in")}


def build(**changes: Any) -> RecordingMonitor:
    args = {key: one for key, one in {**PRIVATE, **changes}.items() if one is not None}
    monitor, _ = record(lambda: ModelGateway("it", args))  # type: ignore[arg-type]
    return monitor


def app_of(monitor: RecordingMonitor) -> dict[str, Any]:
    inputs: dict[str, Any] = monitor.one("ContainerApp").inputs
    return inputs


def test_two_replicas_run_and_more_come_with_requests() -> None:
    scale = app_of(build())["template"]["scale"]
    assert (scale["minReplicas"], scale["maxReplicas"]) == (2, 10)
    assert scale["rules"][0]["http"]["metadata"] == {"concurrentRequests": "50"}


def test_the_proxy_is_asked_whether_it_lives_and_is_ready() -> None:
    container = app_of(build())["template"]["containers"][0]
    asked = {probe["type"]: probe["httpGet"]["path"] for probe in container["probes"]}
    facts = gateway_facts("proxy")
    assert asked == {"Startup": facts["live"], "Liveness": facts["live"], "Readiness": facts["ready"]}


def test_no_secret_is_written_into_the_app_and_none_is_in_clear() -> None:
    monitor = build()
    for inputs in (app_of(monitor), monitor.one("app:Job").inputs):
        assert "KEY-IN-CLEAR" not in json.dumps(inputs)
        assert all(set(one) == {"name", "keyVaultUrl", "identity"} for one in inputs["configuration"]["secrets"])
        variables = {one["name"]: one for one in inputs["template"]["containers"][0]["env"]}
        assert variables["LITELLM_MASTER_KEY"] == {"name": "LITELLM_MASTER_KEY", "secretRef": "master-key"}
    variables = {one["name"]: one for one in app_of(monitor)["template"]["containers"][0]["env"]}
    assert variables["LLAMA_KEY_CHAT"] == {"name": "LLAMA_KEY_CHAT", "secretRef": "llama-key-chat"}


def test_it_signs_in_to_its_database_and_its_redis_by_identity_and_neither_takes_a_password() -> None:
    monitor = build()
    server = monitor.one("Server").inputs
    assert server["authConfig"] == {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled", "tenantId": "t"}
    assert "administratorLoginPassword" not in server
    assert server["network"] == {"publicNetworkAccess": "Disabled"}
    assert monitor.one("RedisEnterprise").inputs["publicNetworkAccess"] == "Disabled"
    assert monitor.one("redisenterprise:Database").inputs["accessKeysAuthentication"] == "Disabled"
    variables = {one["name"]: one.get("value") for one in app_of(monitor)["template"]["containers"][0]["env"]}
    assert variables["AZURE_POSTGRESQL_AUTH"] == variables["REDIS_AZURE_AD_TOKEN"] == "true"
    assert variables["DATABASE_USER"] == monitor.one("AdministratorsMicrosoftEntra").inputs["principalName"]


def test_its_vault_is_closed_and_keeps_what_is_deleted() -> None:
    vault = build().one("Vault").inputs["properties"]
    assert vault["publicNetworkAccess"] == "Disabled"
    assert vault["enableRbacAuthorization"] is vault["enablePurgeProtection"] is True


def test_a_private_gateway_is_found_in_its_network_and_a_public_one_asks_for_sign_in() -> None:
    private = build()
    assert private.one("ManagedEnvironment").inputs["vnetConfiguration"]["internal"] is True
    assert private.one("PrivateRecordSet").inputs["relativeRecordSetName"] == "*"
    assert not [one for one in private.registrations if one.type.endswith(":ContainerAppsAuthConfig")]
    public = build(access="public", sign_in={"client_id": "client"})
    assert public.one("ManagedEnvironment").inputs["vnetConfiguration"]["internal"] is False
    door = public.one("ContainerAppsAuthConfig").inputs
    assert door["authConfigName"] == "current"
    assert door["globalValidation"] == {"unauthenticatedClientAction": "Return401"}
    entra = door["identityProviders"]["azureActiveDirectory"]
    assert entra["registration"]["openIdIssuer"] == "https://login.microsoftonline.com/t/v2.0"
    assert entra["validation"]["allowedAudiences"] == ["client", "api://client"]
    assert not [one for one in public.registrations if one.type.endswith(":PrivateRecordSet")]


def test_another_configuration_is_another_revision() -> None:
    def fingerprint(text: str) -> str:
        variables = app_of(build(configuration=text))["template"]["containers"][0]["env"]
        return str(next(one["value"] for one in variables if one["name"] == "CONFIGURATION_SHA256"))

    assert fingerprint("model_list: []") == fingerprint("model_list: []") != fingerprint("model_list: [1]")


def test_each_team_has_a_secret_and_the_job_is_told_its_limits_and_no_key() -> None:
    monitor = build()
    keys = [one for one in monitor.registrations if one.type.endswith(":VaultKey")]
    assert team_secret("search") in {one.inputs["secret_name"] for one in keys}
    variables = {
        one["name"]: one.get("value") for one in monitor.one("app:Job").inputs["template"]["containers"][0]["env"]
    }
    told = json.loads(variables["TEAMS"])["search"]
    assert told["id"] == "gateway-search"
    assert told["limits"] == {
        "models": ["chat"],
        "tpm_limit": 1000,
        "rpm_limit": None,
        "max_budget": 5,
        "budget_duration": "30d",
    }
    assert monitor.outputs["it"]["team_secrets"] == {"search": f"https://vault.example/secrets/{team_secret('search')}"}


def test_the_job_runs_again_when_a_team_changes_and_not_otherwise() -> None:
    def revision(budget: int) -> str:
        return str(build(teams={"search": {"budget": budget}}).one("JobRun").inputs["revision"])

    assert revision(1) == revision(1) != revision(2)


def test_without_teams_there_is_no_job() -> None:
    made = {one.type for one in build(teams={}).registrations}
    assert CONTAINER_APPS_JOB not in made


def test_what_is_there_is_used_and_not_made() -> None:
    monitor = build(
        database={"server_id": f"{THERE}/Microsoft.DBforPostgreSQL/flexibleServers/psql", "user": "gateway"},
        redis={"cluster_id": f"{THERE}/Microsoft.Cache/redisEnterprise/redis"},
        key_vault_id=f"{THERE}/Microsoft.KeyVault/vaults/kv",
        key_vault_name=None,
        network={**PRIVATE["network"], "subnet_name": None, "virtual_network_id": None, "subnet_address_prefix": None,
                 "subnet_id": f"{THERE}/Microsoft.Network/virtualNetworks/vnet/subnets/gateway"},
    )  # fmt: skip
    read = {one.name for one in monitor.registrations if one.name in ("it-database", "it-redis", "it-vault")}
    made = {one.type.rsplit(":", 1)[-1] for one in monitor.registrations}
    assert not made & {"Server", "Configuration", "AdministratorsMicrosoftEntra", "Subnet", "PrivateEndpoint"}
    assert monitor.one("AccessPolicyAssignment").inputs["clusterName"] == "redis"
    assert read == set()


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"gateway_name": "Gateway"}, "gateway_name", "lower-case"),
        ({"gateway_name": "g" * 27}, "gateway_name", "1 to 26"),
        ({"access": "public"}, "sign_in", "everybody could call"),
        ({"sign_in": {"client_id": "c"}}, "sign_in", "public gateway"),
        ({"access": "open"}, "access", "private or public"),
        ({"network": {"endpoints_subnet_id": "/s"}}, "network.subnet_name", "found neither"),
        ({"network": {"endpoints_subnet_id": "/s", "subnet_name": "g"}}, "network.virtual_network_id", "give virtual"),
        ({"network": {"endpoints_subnet_id": "/s", "subnet_id": f"{THERE}/A/b/c"}}, "network.subnet_id", "not the id"),
        ({"database": {"server_name": "p", "sku": "Basic"}}, "database.sku", "Standard_B"),
        (
            {"database": {"server_name": "p", "sku": "Standard_B1ms", "high_availability": True}},
            "database.sku",
            "no high availability",
        ),
        ({"database": {}}, "database.server_name", "found neither"),
        ({"replicas": {"minimum": 0}}, "replicas.minimum", "whole number"),
        ({"replicas": {"minimum": 5, "maximum": 3}}, "replicas.maximum", "5 to"),
        ({"teams": {"a b": {}}}, "teams.a b", "letters, digits"),
    ],
)
def test_what_cannot_be_is_told_by_its_argument(changes: dict[str, Any], path: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said) as refused:
        build(**changes)
    assert refused.value.path == path


def test_a_configuration_that_no_vault_holds_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match="25600"):
        build(configuration="x" * 25601)


def test_keys_and_runs_are_resources_of_this_package() -> None:
    assert VaultKey._resource_type_name == "dynamic/llama-azure:VaultKey"
    assert JobRun._resource_type_name == "dynamic/llama-azure:JobRun"


def policy(**changes: Any) -> ET.Element:
    monitor, _ = record(lambda: ApiManagementBackends("it", {**API_MANAGEMENT_ARGS, **changes}))  # type: ignore[typeddict-item]
    return ET.fromstring(monitor.one("ApiPolicy").inputs["value"])  # noqa: S314 - our own


def test_every_backend_has_a_circuit_breaker_and_several_are_a_pool() -> None:
    monitor, _ = record(lambda: ApiManagementBackends("it", API_MANAGEMENT_ARGS))  # type: ignore[arg-type]
    backends = [one.inputs for one in monitor.registrations if one.type.endswith(":Backend")]
    singles = [one for one in backends if one["type"] == "Single"]
    assert len(singles) == 2
    for one in singles:
        (rule,) = one["circuitBreaker"]["rules"]
        ranges = [(r["min"], r["max"]) for r in rule["failureCondition"]["statusCodeRanges"]]
        assert ranges == [(429, 429), (500, 599)]
        assert rule["acceptRetryAfter"] is True
    (pool,) = (one for one in backends if one["type"] == "Pool")
    members = [(one["id"], one["priority"], one["weight"]) for one in pool["pool"]["services"]]
    assert members == [("/backends/llama-chat-1", 1, 1), ("/backends/llama-chat-2", 2, 1)]


def test_the_policy_sends_a_model_to_its_pool_limits_tokens_and_counts_them() -> None:
    document = policy()
    (when,) = document.findall("inbound/choose/when")
    assert '"chat"' in when.attrib["condition"]
    assert when.find("set-backend-service").attrib == {"backend-id": "llama-chat"}  # type: ignore[union-attr]
    limit = document.find("inbound/llm-token-limit")
    assert limit is not None
    assert (limit.attrib["tokens-per-minute"], limit.attrib["counter-key"]) == ("1000", "@(context.Subscription.Id)")
    assert document.find("inbound/llm-emit-token-metric") is not None
    assert document.find("inbound/authentication-managed-identity") is not None
    assert document.find("backend/retry/forward-request") is not None


def test_a_model_that_is_not_there_is_answered_404_and_no_limit_is_no_policy() -> None:
    document = policy(tokens_per_minute=None)
    assert document.find("inbound/llm-token-limit") is None
    status = document.find("inbound/choose/otherwise/return-response/set-status")
    assert status is not None
    assert status.attrib["code"] == "404"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service_id": f"{THERE}/Microsoft.App/containerApps/x"}, "not the id of an API Management"),
        ({"models": {}}, "at least one model"),
        ({"models": {"chat": []}}, "at least one backend"),
        ({"models": {"a b": [{"url": "u"}], "a-b": [{"url": "u"}]}}, "rename one"),
        ({"circuit_breaker": {"failures": 0}}, "whole number"),
    ],
)
def test_an_api_that_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        policy(**changes)
