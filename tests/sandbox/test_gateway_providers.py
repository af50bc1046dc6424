"""What a gateway stands on: container apps, PostgreSQL, Redis and API Management refuse what could not work."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.api_management import policy_xml
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.rbac import built_in_roles
from llama_azure_sandbox.addresses import WORLD_PATH
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import vault_body
from tests.support.in_process import open_application
from tests.support.refusals import refusal

GROUP = "/resourceGroups/rg-gateway"
PROVIDERS = f"{GROUP}/providers"
IDENTITY = f"{PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id-gateway"
VNET = f"{PROVIDERS}/Microsoft.Network/virtualNetworks/vnet"
SUBNET = f"{VNET}/subnets/gateway"
ENVIRONMENT = f"{PROVIDERS}/Microsoft.App/managedEnvironments/cae"
APP = f"{PROVIDERS}/Microsoft.App/containerApps/gateway"
JOB = f"{PROVIDERS}/Microsoft.App/jobs/teams"
VAULT = f"{PROVIDERS}/Microsoft.KeyVault/vaults/kv-gateway"
SECRET = f"{VAULT}/secrets/master"
SERVER = f"{PROVIDERS}/Microsoft.DBforPostgreSQL/flexibleServers/psql-gateway"
REDIS = f"{PROVIDERS}/Microsoft.Cache/redisEnterprise/redis-gateway"
SERVICE = f"{PROVIDERS}/Microsoft.ApiManagement/service/apim"
DELEGATION = {"name": "it", "properties": {"serviceName": gateway_facts("containerApps")["delegation"]}}
READER = built_in_roles()[gateway_facts("containerApps")["secretReaderRole"]].id

Json = dict[str, Any]


def app_body(**template: Any) -> Json:
    reference = {"name": "master", "keyVaultUrl": "https://kv-gateway.vault.azure.net/secrets/master"}
    container = {"name": "proxy", "image": "ghcr.io/x/y:1", "env": [{"name": "KEY", "secretRef": "master"}]}
    return {
        "location": "eastus2",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {f"{SUBSCRIPTION}{IDENTITY}": {}}},
        "properties": {
            "managedEnvironmentId": f"{SUBSCRIPTION}{ENVIRONMENT}",
            "configuration": {
                "ingress": {"external": True, "targetPort": 4000},
                "secrets": [{**reference, "identity": f"{SUBSCRIPTION}{IDENTITY}"}],
            },
            "template": {"containers": [container], "scale": {"minReplicas": 2, "maxReplicas": 4}, **template},
        },
    }


def server_body(**properties: Any) -> Json:
    auth = {"activeDirectoryAuth": "Enabled", "passwordAuth": "Disabled"}
    sku = {"name": "Standard_B2s", "tier": "Burstable"}
    return {"location": "eastus2", "sku": sku, "properties": {"authConfig": auth, "version": "17", **properties}}


def backend_body(**properties: Any) -> Json:
    return {"properties": {"type": "Single", "protocol": "http", "url": "https://one.example", **properties}}


def put(arm: Arm, path: str, body: Json) -> Json:
    answer = arm.call("PUT", path, body)
    assert answer.is_success, answer.text
    shown: Json = arm.call("GET", path).json()
    return shown


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    """A world with everything in place for a container app but the right to read the vault."""
    with open_application(Path(tmp_path_factory.mktemp("gateway"))) as arm:
        put(arm, GROUP, {"location": "eastus2"})
        put(arm, IDENTITY, {"location": "eastus2"})
        subnet = {"name": "gateway", "properties": {"addressPrefix": "10.0.0.0/27", "delegations": [DELEGATION]}}
        small = {"name": "small", "properties": {"addressPrefix": "10.0.0.32/28", "delegations": [DELEGATION]}}
        plain = {"name": "plain", "properties": {"addressPrefix": "10.0.0.64/27"}}
        space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}, "subnets": [subnet, small, plain]}
        put(arm, VNET, {"location": "eastus2", "properties": space})
        put(arm, VAULT, vault_body())
        put(arm, SECRET, {"properties": {"value": "sk-1"}})
        network = {"infrastructureSubnetId": f"{SUBSCRIPTION}{SUBNET}", "internal": True}
        put(arm, ENVIRONMENT, {"location": "eastus2", "properties": {"vnetConfiguration": network}})
        put(arm, SERVICE, {"location": "eastus2", "sku": {"name": "StandardV2", "capacity": 1},
                           "properties": {"publisherEmail": "a@example.com", "publisherName": "A"}})  # fmt: skip
        yield arm


@pytest.fixture(scope="module")
def may_read(arm: Arm) -> None:
    principal = arm.call("GET", IDENTITY).json()["properties"]["principalId"]
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{READER}"
    properties = {"principalId": principal, "principalType": "ServicePrincipal", "roleDefinitionId": role}
    put(arm, f"{VAULT}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-000000000001",
        {"properties": properties})  # fmt: skip


def test_an_app_whose_identity_may_not_read_the_vault_is_refused_until_it_may(arm: Arm) -> None:
    other = f"{APP}-early"
    message = refusal(arm.call("PUT", other, app_body()), 400, "ContainerAppSecretInvalid")
    assert "Unable to get value using Managed identity" in message


@pytest.mark.usefixtures("may_read")
def test_an_app_has_an_address_below_its_environment_and_shows_no_secret(arm: Arm) -> None:
    shown = put(arm, APP, app_body())
    domain = arm.call("GET", ENVIRONMENT).json()["properties"]["defaultDomain"]
    assert shown["properties"]["configuration"]["ingress"]["fqdn"] == f"gateway.{domain}"
    in_clear = app_body()
    in_clear["properties"]["configuration"]["secrets"].append({"name": "other", "value": "sk-hidden"})
    assert "sk-hidden" not in str(put(arm, APP, in_clear))
    refusal(arm.call("DELETE", ENVIRONMENT), 409, "ManagedEnvironmentHasContainerApps")


@pytest.mark.usefixtures("may_read")
def test_a_change_of_the_template_is_another_revision_and_one_of_a_secret_is_not(arm: Arm) -> None:
    before = put(arm, APP, app_body())["properties"]["latestRevisionName"]
    same = app_body()
    same["properties"]["configuration"]["secrets"][0]["keyVaultUrl"] += "/1"
    assert put(arm, APP, same)["properties"]["latestRevisionName"] == before
    other = put(arm, APP, app_body(scale={"minReplicas": 3, "maxReplicas": 4}))
    assert other["properties"]["latestRevisionName"] != before


def _changed(path: str, value: Any) -> Json:
    body = copy.deepcopy(app_body())
    *way, last = path.split(".")
    holder: Any = body
    for step in way:
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    holder[int(last) if last.isdecimal() else last] = value
    return body


_SECRET = "properties.configuration.secrets.0"


@pytest.mark.usefixtures("may_read")
@pytest.mark.parametrize(
    ("path", "value", "code", "said"),
    [
        ("properties.managedEnvironmentId", f"{SUBSCRIPTION}{ENVIRONMENT}x", "ManagedEnvironmentNotFound", "caex"),
        ("properties.template.containers.0.env.0.secretRef", "none", "ContainerAppSecretRefNotFound", "none"),
        ("properties.template.scale.minReplicas", 9, "InvalidParameterValue", "minReplicas is 9"),
        ("properties.template.containers", [], "InvalidParameterValue", "container"),
        ("properties.template.containers.0.image", "", "InvalidParameterValue", "no image"),
        (f"{_SECRET}.identity", "", "InvalidParameterValue", "no identity"),
        (f"{_SECRET}.identity", f"{SUBSCRIPTION}{IDENTITY}x", "InvalidParameterValue", "not among the identities"),
        (
            f"{_SECRET}.keyVaultUrl",
            "https://kv-gateway.vault.azure.net/secrets/none",
            "ContainerAppSecretInvalid",
            "none",
        ),
    ],
)
def test_an_app_that_could_not_run_is_refused(arm: Arm, path: str, value: Any, code: str, said: str) -> None:
    assert said in refusal(arm.call("PUT", f"{APP}-wrong", _changed(path, value)), 400, code)


@pytest.mark.parametrize(
    ("subnet", "code"),
    [
        ("plain", "ManagedEnvironmentSubnetDelegationError"),
        ("small", "ManagedEnvironmentInvalidNetworkConfiguration"),
        ("none", "InvalidParameterValue"),
    ],
)
def test_an_environment_needs_a_delegated_subnet_of_some_size(arm: Arm, subnet: str, code: str) -> None:
    network = {"infrastructureSubnetId": f"{SUBSCRIPTION}{VNET}/subnets/{subnet}"}
    body = {"location": "eastus2", "properties": {"vnetConfiguration": network}}
    refusal(arm.call("PUT", f"{ENVIRONMENT}-{subnet}", body), 400, code)


@pytest.mark.usefixtures("may_read")
def test_a_job_that_is_started_is_noted_as_a_run(arm: Arm) -> None:
    body = app_body()
    body["properties"]["environmentId"] = body["properties"].pop("managedEnvironmentId")
    configuration = {"secrets": body["properties"]["configuration"]["secrets"], "triggerType": "Schedule"}
    body["properties"]["configuration"] = configuration
    body["properties"]["template"].pop("scale")
    assert "scheduleTriggerConfig" in refusal(arm.call("PUT", JOB, body), 400, "InvalidParameterValue")
    configuration["scheduleTriggerConfig"] = {"cronExpression": "*/30 * * * *"}
    configuration["replicaTimeout"] = 60
    put(arm, JOB, body)
    started = arm.call("POST", f"{JOB}/start").json()["name"]
    runs = arm.call("GET", f"{JOB}/executions").json()["value"]
    assert [(one["name"], one["properties"]["status"]) for one in runs] == [(started, "Succeeded")]


@pytest.mark.usefixtures("may_read")
def test_a_front_door_is_called_current_and_names_its_issuer(arm: Arm) -> None:
    put(arm, APP, app_body())
    entra = {"enabled": True, "registration": {"clientId": "c"}}
    body = {"properties": {"identityProviders": {"azureActiveDirectory": entra}}}
    assert "current" in refusal(arm.call("PUT", f"{APP}/authConfigs/other", body), 400, "InvalidParameterValue")
    refusal(arm.call("PUT", f"{APP}/authConfigs/current", body), 400, "InvalidParameterValue")
    entra["registration"] = {"clientId": "c", "openIdIssuer": "https://login.microsoftonline.com/t/v2.0"}
    put(arm, f"{APP}/authConfigs/current", body)


def test_a_secret_has_another_version_for_each_value_and_shows_none(arm: Arm) -> None:
    first = put(arm, f"{VAULT}/secrets/versions", {"properties": {"value": "sk-first"}})["properties"]
    second = put(arm, f"{VAULT}/secrets/versions", {"properties": {"value": "sk-second"}})["properties"]
    assert first["secretUri"] == second["secretUri"]
    assert first["secretUriWithVersion"] != second["secretUriWithVersion"]
    off = arm.call("PATCH", f"{VAULT}/secrets/versions", {"properties": {"attributes": {"enabled": False}}}).json()
    assert off["properties"]["secretUriWithVersion"] == second["secretUriWithVersion"]
    assert off["properties"]["attributes"]["enabled"] is False
    assert "sk-" not in str(arm.call("GET", f"{VAULT}/secrets").json())


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"authConfig": {"passwordAuth": "Disabled"}}, "nobody could sign in"),
        ({"authConfig": {"passwordAuth": "Enabled"}}, "administratorLogin"),
        ({"highAvailability": {"mode": "ZoneRedundant"}}, "Burstable"),
    ],
)
def test_a_server_that_nobody_could_use_is_refused(arm: Arm, properties: Json, said: str) -> None:
    assert said in refusal(arm.call("PUT", f"{SERVER}-x", server_body(**properties)), 400, "InvalidParameterValue")


def test_a_server_has_a_host_and_children_and_shows_no_password(arm: Arm) -> None:
    both = {"activeDirectoryAuth": "Enabled", "passwordAuth": "Enabled"}
    login = {"administratorLogin": "owner", "administratorLoginPassword": "hidden-password"}
    shown = put(arm, SERVER, server_body(authConfig=both, **login))
    assert shown["properties"]["fullyQualifiedDomainName"] == "psql-gateway.postgres.database.azure.com"
    assert "hidden-password" not in str(shown)
    put(arm, f"{SERVER}/databases/litellm", {"properties": {"charset": "UTF8"}})
    setting = f"{SERVER}/configurations/require_secure_transport"
    put(arm, setting, {"properties": {"value": "on", "source": "user-override"}})
    refusal(arm.call("PUT", setting, {"properties": {"value": "maybe"}}), 400, "InvalidParameterValue")
    refusal(arm.call("PUT", f"{SERVER}/administrators/1", {"properties": {}}), 400, "InvalidParameterValue")


def test_a_servers_name_is_unique_in_azure(arm: Arm) -> None:
    assert arm.client.patch(WORLD_PATH, json={"namesOfOthers": ["psql-taken"]}).is_success
    asked = {"name": "psql-taken", "type": "Microsoft.DBforPostgreSQL/flexibleServers"}
    answer = arm.call("POST", "/providers/Microsoft.DBforPostgreSQL/checkNameAvailability", asked).json()
    assert (answer["nameAvailable"], answer["reason"]) == (False, "AlreadyExists")
    taken = SERVER.replace("psql-gateway", "psql-taken")
    refusal(arm.call("PUT", taken, server_body()), 409, "ServerNameAlreadyExists")


def test_a_redis_gives_keys_only_where_it_takes_them(arm: Arm) -> None:
    put(arm, REDIS, {"location": "eastus2", "sku": {"name": "Balanced_B0"}, "properties": {}})
    assert arm.call("GET", REDIS).json()["properties"]["hostName"] == "redis-gateway.eastus2.redis.azure.net"
    body: Json = {"properties": {"accessKeysAuthentication": "Disabled"}}
    put(arm, f"{REDIS}/databases/default", body)
    refusal(arm.call("POST", f"{REDIS}/databases/default/listKeys"), 400, "BadRequest")
    body["properties"]["accessKeysAuthentication"] = "Enabled"
    put(arm, f"{REDIS}/databases/default", body)
    assert arm.call("POST", f"{REDIS}/databases/default/listKeys").json()["primaryKey"]
    refusal(arm.call("PUT", f"{REDIS}/databases/other", body), 400, "BadRequest")
    refusal(arm.call("PUT", f"{REDIS}-x", {"location": "eastus2", "sku": {"name": "Premium"}}), 400, "BadRequest")


def test_a_pool_has_members_and_a_backend_one_rule(arm: Arm) -> None:
    rule = {"name": "r", "tripDuration": "PT30S", "failureCondition": {"count": 3, "interval": "PT30S"}}
    put(arm, f"{SERVICE}/backends/one", backend_body(circuitBreaker={"rules": [rule]}))
    two = backend_body(circuitBreaker={"rules": [rule, rule]})
    assert "one rule" in refusal(arm.call("PUT", f"{SERVICE}/backends/two", two), 400, "ValidationError")
    services = [{"id": "/backends/one", "priority": 1, "weight": 1}]
    put(arm, f"{SERVICE}/backends/pool", {"properties": {"type": "Pool", "pool": {"services": services}}})
    services.append({"id": "/backends/none"})
    wrong = {"properties": {"type": "Pool", "pool": {"services": services}}}
    assert "/backends/none" in refusal(arm.call("PUT", f"{SERVICE}/backends/pool", wrong), 400, "ValidationError")
    assert "pool" in refusal(arm.call("DELETE", f"{SERVICE}/backends/one"), 400, "ValidationError")


def test_a_policy_is_xml_and_names_backends_that_are_there(arm: Arm) -> None:
    put(arm, f"{SERVICE}/backends/there", backend_body())
    put(arm, f"{SERVICE}/apis/llama", {"properties": {"path": "llama", "displayName": "llama"}})
    policy = f"{SERVICE}/apis/llama/policies/policy"
    put(arm, policy, {"properties": {"format": "xml", "value": policy_xml({"chat": "there"}, {"chat": 1}, 1000)}})
    for value, said in (
        ("<policies><inbound>", "Error in element"),
        ("<other/>", "<policies>"),
        (policy_xml({"chat": "gone"}, {"chat": 1}, None), "'gone' could not be found"),
    ):
        body = {"properties": {"format": "xml", "value": value}}
        assert said in refusal(arm.call("PUT", policy, body), 400, "ValidationError")


def test_a_subscriptions_keys_are_shown_to_who_asks_for_them_alone(arm: Arm) -> None:
    shown = put(arm, f"{SERVICE}/subscriptions/team", {"properties": {"scope": "/apis", "displayName": "team"}})
    keys = arm.call("POST", f"{SERVICE}/subscriptions/team/listSecrets").json()
    assert keys["primaryKey"] != keys["secondaryKey"]
    assert keys["primaryKey"] not in str(shown)
