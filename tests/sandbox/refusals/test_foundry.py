"""What Microsoft.CognitiveServices refuses of Foundry resources: states, conflicts, names, models, capacity, rights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.foundry import account_facts, foundry_models, usage_counters
from llama_azure_core.rbac import built_in_roles
from llama_azure_sandbox.arm.providers.cognitive_services import capacity, catalogue
from llama_azure_sandbox.arm.world import TENANT_ID, Latency
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.by_id import ById, open_by_id
from tests.support.estates import put_and_wait, vault_body, wait_until
from tests.support.foundry import (
    AS_OF,
    LLAMA,
    account,
    account_body,
    deploy_model,
    deployment_body,
    make_account,
    project_body,
)
from tests.support.homes import open_home
from tests.support.in_process import open_application
from tests.support.refusals import refusal

GROUP = "rg-refusals"
WITHIN = account(GROUP, "fnd-refuses")
PARTNER = next(name for name, row in foundry_models().items() if not row.sold_by_azure)
SKU = foundry_models()[LLAMA].default_version.skus[0]
HATE = {"name": "Hate", "enabled": True, "blocking": True, "source": "Prompt", "severityThreshold": "Low"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("foundry"), Latency.NONE, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def azure(home: SandboxHome, arm: Arm) -> Iterator[ById]:
    make_account(arm, GROUP, "fnd-refuses")
    make_account(arm, GROUP, "fnd-plain", allowProjectManagement=False)
    with open_by_id(home) as azure:
        yield azure


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    """A client of a sandbox whose operations take long enough to run into one."""
    with open_home(tmp_path_factory.mktemp("unhurried"), Latency.UNHURRIED, AS_OF) as home, sign_in(home) as arm:
        yield arm


def filters(*entries: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"properties": {"contentFilters": list(entries), **properties}}


def of_model(**model: Any) -> dict[str, Any]:
    body = deployment_body()
    return {**body, "properties": {"model": {**body["properties"]["model"], **model}}}


def connection(**properties: Any) -> dict[str, Any]:
    return {"properties": {"category": "ApiKey", "target": "https://example.org", **properties}}


def encrypted(**key: str) -> dict[str, Any]:
    properties = {"keyVaultUri": "https://kv-fnd.vault.azure.net/", "keyName": "key", **key}
    return {"keySource": "Microsoft.KeyVault", "keyVaultProperties": properties}


@pytest.mark.parametrize(
    ("path", "body", "what", "said"),
    [
        (account(GROUP, "x"), account_body("fnd-short"), (400, "BadRequest"), "2 to 64"),
        (account(GROUP, "fnd-other"), account_body("fnd-REFUSES"), (409, "CustomDomainInUse"), "already used by a"),
        (account(GROUP, "fnd-other"), account_body("bad_domain"), (400, "BadRequest"), "custom subdomain"),
        (WITHIN, account_body("fnd-moved"), (409, "PropertyChangeNotAllowed"), "customSubDomainName"),
        (WITHIN, account_body("fnd-refuses", allowProjectManagement=False), (400, "BadRequest"), "set to false"),
        (
            account(GROUP, "fnd-other"),
            {**account_body("fnd-other"), "identity": {"type": "None"}},
            (400, "BadRequest"),
            "managed identity",
        ),
        (account(GROUP, "fnd-other"), {**account_body("fnd-other"), "kind": "OpenAI"}, (400, "BadRequest"), "AIServ"),
        (account(GROUP, "fnd-other"), account_body("", networkAcls={}), (400, "BadRequest"), "networkAcls"),
        (
            account(GROUP, "fnd-other"),
            account_body("fnd-other", publicNetworkAccess="Maybe"),
            (400, "InvalidRequestPropertyValue"),
            "'Maybe'",
        ),
        (
            account(GROUP, "fnd-other"),
            account_body("fnd-other", restore=True),
            (400, "CanNotRestoreANonExistingResource"),
            "fnd-other",
        ),
        (f"{account(GROUP, 'fnd-plain')}/projects/one", project_body(), (400, "BadRequest"), "allowProjectManagement"),
        (f"{WITHIN}/projects/one", {**project_body(), "identity": {}}, (400, "BadRequest"), "managed identity"),
        (f"{WITHIN}/projects/one", {**project_body(), "location": "westus"}, (400, "BadRequest"), "eastus2"),
        (f"{account(GROUP, 'none')}/projects/one", project_body(), (404, "ParentResourceNotFound"), "none"),
        (f"{WITHIN}/deployments/one", of_model(version="999"), (400, "DeploymentModelNotSupported"), "Version:999"),
        (f"{WITHIN}/deployments/one", of_model(format="OpenAI"), (400, "DeploymentModelNotSupported"), "Format:OpenAI"),
        (f"{WITHIN}/deployments/one", of_model(name=""), (400, "BadRequest"), "model.name"),
        (
            f"{WITHIN}/deployments/one",
            {**deployment_body(), "sku": {"name": "DataZoneStandard"}},
            (400, "InvalidResourceProperties"),
            "SKU 'DataZoneStandard'",
        ),
        (f"{WITHIN}/deployments/one", {**deployment_body(), "sku": {}}, (400, "BadRequest"), "sku.name"),
        (f"{WITHIN}/deployments/one", deployment_body(capacity=0), (400, "InvalidCapacity"), "at least 1."),
        (
            f"{WITHIN}/deployments/one",
            deployment_body(PARTNER, "1", 50),
            (400, "InvalidCapacity"),
            "The specified capacity '50' of account deployment should be at least 1 and no more than 1.",
        ),
        (
            f"{WITHIN}/deployments/one",
            deployment_body(versionUpgradeOption="Never"),
            (400, "InvalidRequestPropertyValue"),
            "NoAutoUpgrade",
        ),
        (
            f"{WITHIN}/deployments/one",
            deployment_body(raiPolicyName="none"),
            (400, "InvalidResourceProperties"),
            "'none'",
        ),
        (
            f"{WITHIN}/raiPolicies/one",
            filters({**HATE, "source": "Tool"}),
            (400, "Resource has invalid content filter"),
            "Hate",
        ),
        (
            f"{WITHIN}/raiPolicies/one",
            filters({**HATE, "blocking": None}),
            (400, "Resource has invalid content filter"),
            "no blocking",
        ),
        (
            f"{WITHIN}/raiPolicies/one",
            filters({**HATE, "severityThreshold": "Extreme"}),
            (400, "Resource has invalid content filter"),
            "'Extreme'",
        ),
        (f"{WITHIN}/raiPolicies/one", filters(basePolicyName="Mine"), (400, "BadRequest"), "'Mine'"),
        (
            f"{WITHIN}/raiPolicies/one",
            filters(customBlocklists=[{"blocklistName": "none", "blocking": True, "source": "Prompt"}]),
            (400, "BadRequest"),
            "blocklist 'none'",
        ),
        (f"{WITHIN}/raiPolicies/Microsoft.DefaultV2", filters(HATE), (400, "BadRequest"), "Microsoft's"),
        (f"{WITHIN}/connections/one", connection(), (400, "BadRequest"), "authType"),
        (f"{WITHIN}/connections/one", connection(authType="Magic"), (400, "BadRequest"), "'Magic'"),
        (f"{WITHIN}/connections/one", connection(authType="ApiKey"), (400, "BadRequest"), "credentials"),
    ],
)
def test_what_cognitive_services_do_not_take_is_refused(
    azure: ById, path: str, body: dict[str, Any], what: tuple[int, str], said: str
) -> None:
    refused = azure.refused_put(path, body, "2026-05-01")
    assert refused.what == what
    assert said in refused.message


def test_a_patch_of_a_deployment_changes_tags_and_sku_only(azure: ById, arm: Arm) -> None:
    path = deploy_model(arm, GROUP, "fnd-refuses", "patched", capacity=1)
    assert "tags" in azure.refused_patch(path, {"properties": {"raiPolicyName": "x"}}).message
    assert azure.refused_patch(path, {"sku": {"capacity": 0}}).code == "InvalidCapacity"
    azure.delete(path)


def test_a_counter_gives_no_more_than_it_has_and_one_region_takes_from_all(
    home: SandboxHome, azure: ById, arm: Arm
) -> None:
    assert usage_counters()[SKU.usage_name].is_pooled
    put_and_wait(arm, account(GROUP, "fnd-else"), {**account_body("fnd-else"), "location": "swedencentral"})
    deploy_model(arm, GROUP, "fnd-else", "chat", capacity=5)
    change_world(home, foundryQuotas={SKU.usage_name: 8})
    refused = azure.refused_put(f"{WITHIN}/deployments/large", deployment_body(capacity=4))
    assert refused.what == (400, "InsufficientQuota")
    assert "4 new capacity" in refused.message
    assert "available capacity 3" in refused.message
    path = deploy_model(arm, GROUP, "fnd-refuses", "fits", capacity=3)
    assert azure.refused_patch(path, {"sku": {"capacity": 4}}).code == "InsufficientQuota"
    azure.patch(path, {"sku": {"capacity": 2}})
    change_world(home, foundryQuotas={})
    for one in (path, account(GROUP, "fnd-else")):
        azure.delete(one)


def test_a_partners_model_that_cannot_be_bought_fails_while_it_is_made(
    home: SandboxHome, azure: ById, arm: Arm
) -> None:
    change_world(home, paymentMethod=False)
    refused = azure.refused_put(f"{WITHIN}/deployments/partner", deployment_body(PARTNER, "1", 1))
    assert "no valid payment method" in refused.message
    assert azure.get(f"{WITHIN}/deployments/partner")["properties"]["provisioningState"] == "Failed"
    deploy_model(arm, GROUP, "fnd-refuses", "own", capacity=1)
    change_world(home, paymentMethod=True)
    put_and_wait(arm, f"{WITHIN}/deployments/partner", deployment_body(PARTNER, "1", 1))
    for name in ("partner", "own"):
        azure.delete(f"{WITHIN}/deployments/{name}")


def test_an_account_with_projects_is_not_deleted(azure: ById, arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-parent")
    put_and_wait(arm, f"{account(GROUP, 'fnd-parent')}/projects/child", project_body())
    refused = azure.refused_delete(account(GROUP, "fnd-parent"))
    assert refused.what == (409, "CannotDeleteResource")
    assert "projects/child" in refused.message
    azure.delete(f"{account(GROUP, 'fnd-parent')}/projects/child")
    azure.delete(account(GROUP, "fnd-parent"))


def test_keys_are_not_told_where_they_are_off(azure: ById, arm: Arm) -> None:
    make_account(arm, GROUP, "fnd-keyless", disableLocalAuth=True)
    for action, body in (("listKeys", None), ("regenerateKey", {"keyName": "Key1"})):
        answer = arm.call("POST", f"{account(GROUP, 'fnd-keyless')}/{action}", body)
        assert "disableLocalAuth is set to be true" in refusal(answer, 400, "BadRequest")


def test_a_key_of_ones_own_takes_an_identity_that_may_use_it(azure: ById, arm: Arm) -> None:
    vault = f"/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults/kv-fnd"
    azure.put(vault, vault_body(enablePurgeProtection=True))
    path, body = account(GROUP, "fnd-encrypted"), account_body("fnd-encrypted", encryption=encrypted())
    assert "identity" in azure.refused_put(path, body).message
    principal = azure.put(path, account_body("fnd-encrypted"))["identity"]["principalId"]
    assert "may not use the key" in azure.refused_put(path, body).message
    assert "keyName" in azure.refused_put(path, account_body("fnd-encrypted", encryption=encrypted(keyName=""))).message
    role = built_in_roles()["Key Vault Crypto User"].id
    assignment = f"{vault}/providers/Microsoft.Authorization/roleAssignments/7c7c7c7c-0000-4000-8000-000000000001"
    definition = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    grant = {"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"}
    azure.put(assignment, {"properties": grant}, "2022-04-01")
    assert azure.put(path, body)["properties"]["encryption"]["keySource"] == "Microsoft.KeyVault"
    azure.delete(assignment)
    assert "may not use the key" in azure.refused_put(path, body).message
    policy = {"objectId": principal, "tenantId": TENANT_ID, "permissions": {"keys": ["wrapKey", "unwrapKey"]}}
    azure.put(f"{vault}/accessPolicies/add", {"properties": {"accessPolicies": [policy]}}, "2023-07-01")
    azure.put(path, body)


def test_a_policy_that_denies_a_model_refuses_its_deployment(azure: ById) -> None:
    definition = "/providers/Microsoft.Authorization/policyDefinitions/aafe3651-cb78-4f68-9f81-e7e41509110f"
    assignment = f"/resourceGroups/{GROUP}/providers/Microsoft.Authorization/policyAssignments/models"
    parameters = {"effect": {"value": "Deny"}, "allowedPublishers": {"value": ["OpenAI"]}}
    azure.put(assignment, {"properties": {"policyDefinitionId": definition, "parameters": parameters}}, "2024-04-01")
    refused = azure.refused_put(f"{WITHIN}/deployments/denied", deployment_body())
    assert refused.what == (403, "RequestDisallowedByPolicy")
    assert "policyAssignments/models" in refused.message
    azure.delete(assignment)


def test_a_soft_deleted_name_takes_the_flag_and_its_purge_a_right_at_the_subscription(
    home: SandboxHome, azure: ById, arm: Arm
) -> None:
    change_world(home, softDelete=True)
    path = account(GROUP, "fnd-held")
    make_account(arm, GROUP, "fnd-held")
    azure.delete(path)
    assert azure.refused_put(path, account_body("fnd-held")).what == (409, "FlagMustBeSetForRestore")
    elsewhere = azure.refused_put(account(GROUP, "fnd-heir"), account_body("fnd-held"))
    assert elsewhere.what == (409, "CustomDomainInUse")
    held = f"/providers/Microsoft.CognitiveServices/locations/eastus2/resourceGroups/{GROUP}/deletedAccounts/fnd-held"
    contributor = add_principal(home, "of-the-group", role="Contributor", scope=f"resourceGroups/{GROUP}")
    with sign_in(home, contributor.secret) as arm_of_group:
        said = refusal(arm_of_group.call("DELETE", held), 403, "AuthorizationFailed")
    assert "'Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete'" in said
    assert arm.call("DELETE", held).status_code == 200
    azure.put(path, account_body("fnd-held"))
    change_world(home, softDelete=False)
    azure.delete(path)


def test_nothing_is_written_into_an_account_before_it_is_ready(unhurried: Arm) -> None:
    put_and_wait(unhurried, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
    path = account(GROUP, "fnd-early")
    assert unhurried.call("PUT", path, account_body("fnd-early")).status_code == 201
    for child, body in (("deployments/chat", deployment_body()), ("projects/one", project_body())):
        answer = unhurried.call("PUT", f"{path}/{child}", body)
        assert "in state Accepted" in refusal(answer, 400, "AccountProvisioningStateInvalid")
    said = refusal(unhurried.call("PATCH", path, {"tags": {"a": "b"}}), 409, "RequestConflict")
    assert "provisioning state is not terminal" in said


def test_a_private_endpoint_waits_for_the_account_and_for_what_is_written_into_it(unhurried: Arm) -> None:
    put_and_wait(unhurried, f"/resourcegroups/{GROUP}", {"location": "eastus2"})
    network = f"/resourceGroups/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": "10.0.1.0/24"}}]
    space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": subnets}
    put_and_wait(unhurried, network, {"location": "eastus2", "properties": space})
    path, target = f"/resourceGroups/{GROUP}/providers/Microsoft.Network/privateEndpoints/pe", account(GROUP, "fnd-pe")
    own = {"privateLinkServiceId": f"{SUBSCRIPTION}{target}", "groupIds": [account_facts().private_link_group]}
    body: dict[str, Any] = {
        "subnet": {"id": f"{SUBSCRIPTION}{network}/subnets/endpoints"},
        "privateLinkServiceConnections": [{"name": "pe", "properties": own}],
    }
    assert unhurried.call("PUT", target, account_body("fnd-pe")).status_code == 201

    def refused() -> bool:
        answer = unhurried.call("PUT", path, {"location": "eastus2", "properties": body})
        return "in state Accepted" in refusal(answer, 400, "AccountProvisioningStateInvalid")

    assert refused()
    wait_until(lambda: unhurried.call("GET", target).json()["properties"]["provisioningState"] == "Succeeded")
    assert unhurried.call("PUT", f"{target}/deployments/chat", deployment_body(capacity=1)).status_code == 201
    assert refused()
    wait_until(
        lambda: (
            unhurried.call("GET", f"{target}/deployments/chat").json()["properties"]["provisioningState"] == "Succeeded"
        )
    )
    put_and_wait(unhurried, path, {"location": "eastus2", "properties": body})
    shown = unhurried.call("GET", target).json()["properties"]["privateEndpointConnections"]
    assert [one["properties"]["privateLinkServiceConnectionState"]["status"] for one in shown] == ["Approved"]


def test_what_lies_in_an_account_is_written_one_after_the_other(unhurried: Arm) -> None:
    make_account(unhurried, GROUP, "fnd-busy")
    path = account(GROUP, "fnd-busy")
    assert unhurried.call("PUT", f"{path}/deployments/first", deployment_body(capacity=1)).status_code == 201
    for child, body in (
        ("deployments/first", deployment_body(capacity=2)),
        ("deployments/second", deployment_body(capacity=1)),
        ("raiPolicies/strict", filters(HATE)),
    ):
        said = refusal(unhurried.call("PUT", f"{path}/{child}", body), 409, "RequestConflict")
        assert path in said
    refusal(unhurried.call("PUT", path, account_body("fnd-busy")), 409, "RequestConflict")
    refusal(unhurried.call("DELETE", path), 409, "RequestConflict")
    assert unhurried.call("PUT", f"{path}/projects/one", project_body()).status_code == 201
    refusal(unhurried.call("PUT", f"{path}/projects/two", project_body()), 409, "RequestConflict")
    own = connection(authType="ApiKey", credentials={"key": "k"})
    assert unhurried.call("PUT", f"{path}/connections/one", own).status_code == 200
    wait_until(
        lambda: (
            unhurried.call("GET", f"{path}/deployments/first").json()["properties"]["provisioningState"] == "Succeeded"
        )
    )
    assert unhurried.call("PUT", f"{path}/deployments/second", deployment_body(capacity=1)).status_code == 201


def test_a_model_whose_end_has_come_is_not_deployed_anew_and_is_listed_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = foundry_models()[LLAMA]
    ended = row.default_version.model_copy(update={"inference_ends": AS_OF, "replacement": PARTNER})
    models = {LLAMA: row.model_copy(update={"versions": (ended,)})}
    for module in (capacity, catalogue):
        monkeypatch.setattr(module, "foundry_models", lambda: models)
    with open_application(tmp_path, AS_OF) as arm:
        make_account(arm, GROUP, "fnd-ends")
        answer = arm.call("PUT", f"{account(GROUP, 'fnd-ends')}/deployments/late", deployment_body())
        assert f"{AS_OF:%m/%d/%Y}" in refusal(answer, 400, "ServiceModelDeprecated")
        listed = arm.call("GET", "/providers/Microsoft.CognitiveServices/locations/eastus2/models").json()["value"]
    shown = listed[0]["model"]
    assert shown["lifecycleStatus"] == "Deprecated"
    assert shown["deprecation"]["inference"].startswith(AS_OF.isoformat())
    assert shown["replacementConfig"] == {"targetModelName": PARTNER}


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("Cognitive Services Usages Reader", "usages", "models"),
        ("Foundry Project Manager", "models", "deployment"),
        ("Foundry Account Owner", "deployment", None),
        ("Foundry User", "keys", "deployment"),
    ],
)
def test_roles_let_in_to_what_they_are_for(
    home: SandboxHome, azure: ById, role: str, may: str, may_not: str | None
) -> None:
    locations = "/providers/Microsoft.CognitiveServices/locations/eastus2"
    calls: dict[str, tuple[str, str, Any]] = {
        "usages": ("GET", f"{locations}/usages", None),
        "models": ("GET", f"{locations}/models", None),
        "deployment": ("PUT", f"{WITHIN}/deployments/of-role", deployment_body(capacity=1)),
        "keys": ("POST", f"{WITHIN}/listKeys", None),
    }
    someone = add_principal(home, role.lower().replace(" ", "-"), role=role)
    with sign_in(home, someone.secret) as arm_of_role:
        assert arm_of_role.call(*calls[may]).is_success
        if may_not is not None:
            assert "Microsoft.CognitiveServices/" in refusal(
                arm_of_role.call(*calls[may_not]), 403, "AuthorizationFailed"
            )


def test_a_role_takes_only_actions_that_cognitive_services_have(azure: ById) -> None:
    role = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/0f0f0f0f-0000-4000-8000-0000000000f1"

    def body(action: str) -> dict[str, Any]:
        own = {"roleName": "deployer of models", "assignableScopes": [SUBSCRIPTION]}
        return {"properties": {**own, "permissions": [{"actions": [action]}]}}

    for action in ("accounts/deployments/write", "accounts/projects/connections/read", "locations/*/read"):
        azure.put(role, body(f"Microsoft.CognitiveServices/{action}"), "2022-04-01")
    refused = azure.refused_put(role, body("Microsoft.CognitiveServices/accounts/deploys/write"), "2022-04-01")
    assert refused.what == (400, "InvalidActionOrNotAction")
