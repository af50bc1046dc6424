"""Role-based access control is enforced: every request takes an action at a scope."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.conditions import DELETE, WRITE, Grantable, condition_to_grant
from llama_azure_core.rbac import DeployerPermissions, built_in_roles, deployer_permissions
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError
from tests.sandbox.roles import (
    ENDPOINT,
    ENDPOINT_BODY,
    GROUP,
    HUB,
    MARKETPLACE,
    PROJECT,
    SUBSCRIBE_BODY,
    Azure,
    open_azure,
    project_body,
)
from tests.support.arm import SUBSCRIPTION
from tests.support.estates import hub_body

ML = "Microsoft.MachineLearningServices/workspaces"
DEPLOYER = deployer_permissions()
EVERY_PERMISSION = [*DEPLOYER.subscription, *DEPLOYER.resource_group, *DEPLOYER.project]


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    with open_azure(tmp_path) as azure:
        yield azure


@pytest.fixture
def someone(azure: Azure) -> Caller:
    return azure.principal()


def role(name: str) -> str:
    return built_in_roles()[name].id


def deployer_with(azure: Azure, permissions: DeployerPermissions, without: str = "") -> Caller:
    """Return a principal that holds the permissions at the scopes that the document names."""
    caller = azure.principal("deployer")
    for name, actions, scope in (
        ("subscriber", permissions.subscription, SUBSCRIPTION),
        ("cost tracker", permissions.resource_group, GROUP),
        ("deployer", permissions.project, PROJECT),
    ):
        azure.assign(caller, azure.custom_role(name, [action for action in actions if action != without]), scope)
    return caller


REQUESTS: list[tuple[str, str, Any, str, str]] = [
    ("GET", SUBSCRIPTION, None, "Microsoft.Resources/subscriptions/read", SUBSCRIPTION),
    ("GET", GROUP, None, "Microsoft.Resources/subscriptions/resourceGroups/read", GROUP),
    ("PUT", GROUP.lower(), {"location": "eastus2"}, "Microsoft.Resources/subscriptions/resourceGroups/write",
     GROUP),
    ("DELETE", GROUP, None, "Microsoft.Resources/subscriptions/resourceGroups/delete", GROUP),
    ("GET", f"{SUBSCRIPTION}/resourcegroups", None, "Microsoft.Resources/subscriptions/resourceGroups/read",
     SUBSCRIPTION),
    ("GET", f"{SUBSCRIPTION}/resources", None, "Microsoft.Resources/subscriptions/resources/read", SUBSCRIPTION),
    ("GET", HUB, None, f"{ML}/read", HUB),
    ("PATCH", HUB, {"tags": {}}, f"{ML}/write", HUB),
    ("GET", f"{PROJECT}/serverlessEndpoints", None, f"{ML}/serverlessEndpoints/read", PROJECT),
    ("PUT", ENDPOINT, ENDPOINT_BODY, f"{ML}/serverlessEndpoints/write", ENDPOINT),
    ("POST", f"{ENDPOINT}/listKeys", None, f"{ML}/serverlessEndpoints/listKeys/action", ENDPOINT),
    ("PUT", MARKETPLACE, SUBSCRIBE_BODY, f"{ML}/marketplaceSubscriptions/write", MARKETPLACE),
    ("POST", f"{SUBSCRIPTION}/providers/Microsoft.SaaS/register", None, "Microsoft.SaaS/register/action",
     SUBSCRIPTION),
    ("GET", f"{GROUP}/providers/Microsoft.Authorization/roleAssignments", None,
     "Microsoft.Authorization/roleAssignments/read", GROUP),
    ("GET", f"{SUBSCRIPTION}/nothing", None, "Microsoft.Resources/subscriptions/nothing/read", SUBSCRIPTION),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "action", "scope"), REQUESTS)
def test_who_has_no_role_is_told_the_action_and_the_scope(
    azure: Azure, someone: Caller, method: str, path: str, body: object, action: str, scope: str
) -> None:
    refusal = azure.refusal(method, path, body, someone)
    assert (refusal.status, refusal.code) == (403, "AuthorizationFailed")
    assert refusal.message == (
        f"The client '{someone.client}' with object id '{someone.object_id}' does not have authorization to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials."
    )


@pytest.mark.parametrize(("method", "path", "body", "action", "scope"), [r for r in REQUESTS if r[0] == "PUT"])
def test_a_role_of_that_one_action_at_that_scope_goes_past_it(
    azure: Azure, someone: Caller, method: str, path: str, body: object, action: str, scope: str
) -> None:
    del scope
    if path == ENDPOINT:
        azure.call("PUT", MARKETPLACE, SUBSCRIBE_BODY)
    azure.assign(someone, azure.custom_role("one action", [action]), SUBSCRIPTION)
    if path == MARKETPLACE:  # which takes more
        assert action not in azure.refusal(method, path, body, someone).message
    else:
        assert azure.call(method, path, body, someone).status < 300


def test_a_reader_reads_and_does_not_write(azure: Azure, someone: Caller) -> None:
    azure.assign(someone, role("Reader"), GROUP)
    assert azure.call("GET", PROJECT, caller=someone).status == 200
    assert azure.call("GET", f"{PROJECT}/serverlessEndpoints", caller=someone).status == 200
    assert f"{ML}/write" in azure.refusal("PUT", PROJECT, project_body(), someone).message
    assert "resources/read" in azure.refusal("GET", f"{SUBSCRIPTION}/resources", caller=someone).message


def test_a_contributor_does_everything_but_give_roles(azure: Azure, someone: Caller) -> None:
    azure.assign(someone, role("Contributor"), SUBSCRIPTION)
    assert azure.call("PUT", MARKETPLACE, SUBSCRIBE_BODY, someone).status == 201
    assert azure.call("PUT", ENDPOINT, ENDPOINT_BODY, someone).status == 201
    path = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{someone.object_id}"
    body = {"properties": {"principalId": someone.object_id, "roleDefinitionId": role("Owner")}}
    assert "Microsoft.Authorization/roleAssignments/write" in azure.refusal("PUT", path, body, someone).message


def test_not_actions_are_taken_away(azure: Azure, someone: Caller) -> None:
    azure.call("PUT", MARKETPLACE, SUBSCRIBE_BODY)
    azure.assign(someone, role("Azure AI Developer"), PROJECT)
    assert azure.call("PUT", ENDPOINT, ENDPOINT_BODY, someone).status == 201
    assert azure.call("GET", ENDPOINT, caller=someone).status == 200
    assert f"{ML}/write" in azure.refusal("PATCH", PROJECT, {"tags": {}}, someone).message


def test_a_refused_write_changes_nothing(azure: Azure, someone: Caller) -> None:
    azure.refusal("DELETE", PROJECT, None, someone)
    azure.refusal("PUT", ENDPOINT, ENDPOINT_BODY, someone)
    assert azure.call("GET", PROJECT).status == 200
    assert azure.refusal("GET", ENDPOINT).status == 404


def test_everyone_sees_the_subscription_list_and_polls_an_operation(azure: Azure, someone: Caller) -> None:
    assert azure.call("GET", "/subscriptions", caller=someone).status == 200
    path = f"{SUBSCRIPTION}/providers/Microsoft.MachineLearningServices/locations/global/operationsStatus/unknown"
    assert azure.refusal("GET", path, caller=someone).status == 404


def test_a_project_takes_the_permission_to_join_its_hub(azure: Azure, someone: Caller) -> None:
    other_project = f"{PROJECT}-two"
    azure.assign(someone, azure.custom_role("project maker", [f"{ML}/write"]), GROUP)
    refusal = azure.refusal("PUT", other_project, project_body(), someone)
    assert (refusal.status, refusal.code) == (403, "LinkedAuthorizationFailed")
    assert f"'{ML}/hubs/join/action' on the linked scope(s) '{HUB}'" in refusal.message
    assert azure.call("PUT", f"{HUB}-two", hub_body(), someone).status < 300
    azure.assign(someone, azure.custom_role("joiner", [f"{ML}/hubs/join/action"]), HUB)
    assert azure.call("PUT", other_project, project_body(), someone).status < 300


SHARED = f"{SUBSCRIPTION}/resourceGroups/rg-shared/providers"
NETWORK = f"{SHARED}/Microsoft.Network"
ZONE = f"{NETWORK}/privateDnsZones/it"
LINKED = {
    "an identity": (
        "Microsoft.Storage/storageAccounts",
        {"identity": {"userAssignedIdentities": {f"{SHARED}/Microsoft.ManagedIdentity/userAssignedIdentities/it": {}}}},
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    ),
    "a workspace for logs": (
        "Microsoft.Insights/diagnosticSettings",
        {"properties": {"workspaceId": f"{SHARED}/Microsoft.OperationalInsights/workspaces/it"}},
        "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
    ),
    "a subnet": (
        "Microsoft.Network/privateEndpoints",
        {"properties": {"subnet": {"id": f"{NETWORK}/virtualNetworks/vnet/subnets/it"}}},
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "a network": (
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks",
        {"properties": {"virtualNetwork": {"id": f"{NETWORK}/virtualNetworks/it"}}},
        "Microsoft.Network/virtualNetworks/join/action",
    ),
    "a zone": (
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
        {"properties": {"privateDnsZoneConfigs": [{"properties": {"privateDnsZoneId": ZONE}}]}},
        "Microsoft.Network/privateDnsZones/join/action",
    ),
}  # fmt: skip
"""By what a body names: the type of what is written, the body, and the action that it takes at what is named."""


@pytest.mark.parametrize("named", LINKED)
def test_what_a_body_names_takes_an_action_there(azure: Azure, someone: Caller, named: str) -> None:
    kind, body, action = LINKED[named]
    azure.assign(someone, azure.custom_role("writer", [f"{kind}/write"]), GROUP)
    namespace, *types = kind.split("/")
    path = "/".join([GROUP, "providers", namespace, *(f"{one}/of" for one in types)])
    refusal = azure.refusal("PUT", path, body, someone)
    assert (refusal.status, refusal.code) == (403, "LinkedAuthorizationFailed"), refusal.message
    assert f"'{action}' on the linked scope(s) '{SHARED}/" in refusal.message


def test_an_existing_project_does_not_join_again(azure: Azure, someone: Caller) -> None:
    azure.assign(someone, azure.custom_role("writer", [f"{ML}/write"]), PROJECT)
    assert azure.call("PUT", PROJECT, project_body(), someone).status < 300


@pytest.mark.parametrize("project_spelling", [DEPLOYER.project[0], *DEPLOYER.project_arm_spelling])
def test_the_documents_role_subscribes_and_deploys(azure: Azure, project_spelling: str) -> None:
    permissions = DeployerPermissions(
        DEPLOYER.subscription, DEPLOYER.resource_group, (project_spelling, *DEPLOYER.project[1:]), (), ()
    )
    deployer = deployer_with(azure, permissions)
    for path, body in ((MARKETPLACE, SUBSCRIBE_BODY), (ENDPOINT, ENDPOINT_BODY)):
        assert azure.call("PUT", path, body, deployer).status == 201
        assert azure.call("GET", path, caller=deployer).status == 200
    assert azure.call("POST", f"{ENDPOINT}/listKeys", caller=deployer).status == 200
    for path in (ENDPOINT, MARKETPLACE):
        assert azure.call("DELETE", path, caller=deployer).status in {200, 202}


@pytest.mark.parametrize("missing", EVERY_PERMISSION)
def test_each_permission_of_the_document_is_missed(azure: Azure, missing: str) -> None:
    deployer = deployer_with(azure, DEPLOYER, without=missing)
    refusals = []
    for path, body in ((MARKETPLACE, SUBSCRIBE_BODY), (ENDPOINT, ENDPOINT_BODY)):
        try:
            azure.call("PUT", path, body, deployer)
        except ArmError as error:
            refusals.append(error)
            azure.call("PUT", path, body)
    named = missing.replace("marketplaceModelSubscriptions/*", "marketplaceSubscriptions/write").replace("*", "write")
    assert [refusal.code for refusal in refusals] == ["AuthorizationFailed"]
    assert f"to perform action '{named}'" in refusals[0].message


def test_a_project_that_has_subscribed_takes_no_permission_at_the_subscription(azure: Azure) -> None:
    azure.call("PUT", MARKETPLACE, SUBSCRIBE_BODY)
    later = azure.principal("later")
    azure.assign(later, azure.custom_role("in the project", list(DEPLOYER.project)), PROJECT)
    assert azure.call("PUT", MARKETPLACE, SUBSCRIBE_BODY, later).status == 200
    assert azure.call("PUT", ENDPOINT, ENDPOINT_BODY, later).status == 201
    other_model = {"properties": {"modelId": SUBSCRIBE_BODY["properties"]["modelId"].replace("8B", "70B")}}
    refusal = azure.refusal("PUT", f"{PROJECT}/marketplaceSubscriptions/other", other_model, later)
    assert f"'{DEPLOYER.subscription[0]}' over scope '{SUBSCRIPTION}'" in refusal.message


def test_an_assignment_counts_when_its_delay_is_over(azure: Azure, someone: Caller) -> None:
    azure.world.change_settings({"roleAssignmentDelaySeconds": 3600})
    azure.assign(someone, role("Reader"), GROUP)
    assert azure.refusal("GET", PROJECT, caller=someone).status == 403
    azure.world.advance_clock(3000)
    assert azure.refusal("GET", PROJECT, caller=someone).status == 403
    azure.world.advance_clock(600)
    assert azure.call("GET", PROJECT, caller=someone).status == 200


def given(azure: Azure, by: Caller, to: Caller, name: str, scope: str = GROUP, **more: str) -> str:
    """Give a role as somebody, and return the assignment's id."""
    made = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    azure.call("PUT", made, {"properties": {"principalId": to.object_id, "roleDefinitionId": role(name), **more}}, by)
    return made


@pytest.fixture
def granter(azure: Azure, someone: Caller) -> Caller:
    """One who may give Foundry User to someone, in the group, and nothing else to nobody else."""
    caller = azure.principal("granter")
    gives = azure.custom_role("gives roles", [WRITE, DELETE])
    condition = condition_to_grant([Grantable(role("Foundry User"), (someone.object_id,))])
    body = {"principalId": caller.object_id, "roleDefinitionId": gives, "condition": condition}
    name = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    made = azure.call("PUT", name, {"properties": {**body, "conditionVersion": "2.0"}})
    assert made.body is not None
    shown = made.body["properties"]
    assert (shown["condition"], shown["conditionVersion"]) == (condition, "2.0")
    return caller


def test_a_condition_lets_one_role_be_given_to_one_principal_and_taken_away(
    azure: Azure, someone: Caller, granter: Caller
) -> None:
    made = given(azure, granter, someone, "Foundry User", PROJECT, principalType="ServicePrincipal")
    assert azure.call("DELETE", made, caller=granter).status == 200


@pytest.mark.parametrize(("to", "name"), [("someone", "Owner"), ("granter", "Foundry User"), ("granter", "Owner")])
def test_what_a_condition_does_not_name_is_refused_in_azures_words(
    azure: Azure, someone: Caller, granter: Caller, to: str, name: str
) -> None:
    with pytest.raises(ArmError) as refused:
        given(azure, granter, {"someone": someone, "granter": granter}[to], name)
    error = refused.value
    assert (error.status, error.code) == (403, "AuthorizationFailed")
    assert (
        f"has an authorization with ABAC condition that is not fulfilled to perform action '{WRITE}'" in error.message
    )
    assert f"over scope '{GROUP}/providers/Microsoft.Authorization/roleAssignments/" in error.message


def test_a_condition_holds_back_the_removal_of_other_roles(azure: Azure, someone: Caller, granter: Caller) -> None:
    readers = azure.assign(someone, role("Reader"), GROUP)
    assert readers.body is not None
    refusal = azure.refusal("DELETE", readers.body["id"], caller=granter)
    assert f"ABAC condition that is not fulfilled to perform action '{DELETE}'" in refusal.message
    assert azure.call("GET", readers.body["id"]).status == 200


def test_who_holds_the_right_without_a_condition_too_is_not_held_back(
    azure: Azure, someone: Caller, granter: Caller
) -> None:
    azure.assign(granter, role("Owner"), PROJECT)
    assert given(azure, granter, someone, "Owner", PROJECT)
    with pytest.raises(ArmError, match="ABAC condition"):
        given(azure, granter, someone, "Owner", GROUP)


@pytest.mark.parametrize(
    "more", [{"condition": "anything"}, {"condition": "ActionMatches{'a/b'}", "conditionVersion": "1.0"}]
)
def test_an_invalid_condition_is_refused_in_azures_words(azure: Azure, someone: Caller, more: dict[str, str]) -> None:
    name = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    body = {"properties": {"principalId": someone.object_id, "roleDefinitionId": role("Owner"), **more}}
    assert azure.refusal("PUT", name, body).message == "The given role assignment condition is invalid."


def test_the_condition_of_an_assignment_can_be_changed(azure: Azure, someone: Caller, granter: Caller) -> None:
    held = azure.call("GET", f"{GROUP}/providers/Microsoft.Authorization/roleAssignments",
                      matching=f"principalId eq '{granter.object_id}'").body  # fmt: skip
    assert held is not None
    (one,) = held["value"]
    condition = condition_to_grant([Grantable(role("Reader"))])
    azure.call("PUT", one["id"], {"properties": {**one["properties"], "condition": condition}})
    given(azure, granter, granter, "Reader")
    with pytest.raises(ArmError, match="ABAC condition"):
        given(azure, granter, someone, "Foundry User")
