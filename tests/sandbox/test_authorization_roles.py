"""Role definitions, role assignments and permissions, as Microsoft.Authorization answers about them."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.rbac import built_in_roles
from llama_azure_sandbox.arm.caller import OWNER, Caller
from llama_azure_sandbox.arm.world import TENANT_ID
from tests.sandbox.roles import GROUP, HUB, PROJECT, Azure, open_azure
from tests.support.arm import SUBSCRIPTION

READER = built_in_roles()["Reader"]
PROVIDER = "providers/Microsoft.Authorization"
NAME = "11111111-1111-4111-8111-111111111111"
STRANGER = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[Azure]:
    with open_azure(tmp_path) as azure:
        yield azure


@pytest.fixture
def someone(azure: Azure) -> Caller:
    return azure.principal()


def assignment(scope: str, name: str = NAME) -> str:
    return f"{scope}/{PROVIDER}/roleAssignments/{name}"


def grant(principal_id: str, role_id: str = READER.id, **more: Any) -> dict[str, Any]:
    definition = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{role_id}"
    return {"properties": {"principalId": principal_id, "roleDefinitionId": definition, **more}}


def names(azure: Azure, path: str, matching: str = "") -> set[str]:
    body = azure.call("GET", path, matching=matching).body
    assert body is not None
    return {one["name"] for one in body["value"]}


def test_an_assignment_is_made_read_and_removed(azure: Azure, someone: Caller) -> None:
    made = azure.call("PUT", assignment(PROJECT), grant(someone.object_id, description="for the tests"))
    assert made.status == 201
    assert made.body is not None
    assert made.body["id"] == assignment(PROJECT)
    properties = made.body["properties"]
    assert (properties["scope"], properties["principalType"]) == (PROJECT, "ServicePrincipal")
    assert (properties["description"], properties["createdBy"]) == ("for the tests", OWNER.object_id)
    assert "provisioningState" not in properties
    assert azure.call("GET", assignment(PROJECT.lower())).body == made.body
    assert azure.call("DELETE", assignment(PROJECT)).body == made.body
    assert azure.call("DELETE", assignment(PROJECT)).status == 204
    assert azure.refusal("GET", assignment(PROJECT)).code == "RoleAssignmentNotFound"


def test_an_assignment_goes_with_its_resource(azure: Azure, someone: Caller) -> None:
    azure.call("PUT", assignment(HUB), grant(someone.object_id))
    azure.call("DELETE", GROUP)
    azure.call("GET", "/subscriptions")  # the look that finishes what is due
    azure.make_project()
    assert azure.refusal("GET", assignment(HUB)).status == 404


def test_the_same_assignment_again_is_the_same(azure: Azure, someone: Caller) -> None:
    azure.call("PUT", assignment(GROUP), grant(someone.object_id))
    assert azure.call("PUT", assignment(GROUP), grant(someone.object_id)).status == 200


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        (str(uuid.UUID(int=1)), grant("{someone}"), 409, "RoleAssignmentExists"),
        (NAME, grant("{someone}", built_in_roles()["Owner"].id), 400, "RoleAssignmentUpdateNotPermitted"),
        ("mine", grant("{someone}"), 400, "InvalidRoleAssignmentId"),
        (NAME, grant("{someone}", STRANGER), 400, "RoleDefinitionDoesNotExist"),
        (NAME, grant(STRANGER), 400, "PrincipalNotFound"),
        (NAME, grant("{someone}", principalType="User"), 400, "UnmatchedPrincipalType"),
        (NAME, grant("{someone}", principalType="Robot"), 400, "PrincipalTypeNotSupported"),
        (NAME, grant("not a GUID"), 400, "BadRequestFormat"),
        (NAME, {}, 400, "BadRequestFormat"),
        (NAME, None, 400, "InvalidRequestContent"),
    ],
)
def test_what_is_no_assignment_is_refused(
    azure: Azure, someone: Caller, name: str, body: dict[str, Any], status: int, code: str
) -> None:
    azure.call("PUT", assignment(GROUP), grant(someone.object_id))
    if body and body["properties"]["principalId"] == "{someone}":
        body = {"properties": {**body["properties"], "principalId": someone.object_id}}
    refusal = azure.refusal("PUT", assignment(GROUP, name), body)
    assert (refusal.status, refusal.code) == (status, code)


def test_a_principal_that_is_not_there_is_named_with_the_directory(azure: Azure) -> None:
    message = azure.refusal("PUT", assignment(GROUP), grant(STRANGER)).message
    assert f"Principal {STRANGER.replace('-', '')} does not exist in the directory {TENANT_ID}." in message


def test_a_principal_that_is_not_there_is_believed_in_if_its_type_is_given(azure: Azure) -> None:
    assert azure.call("PUT", assignment(GROUP), grant(STRANGER, principalType="Group")).status == 201


def test_a_hubs_identity_can_hold_a_role(azure: Azure) -> None:
    hub = azure.call("GET", HUB).body
    assert hub is not None
    assert azure.call("PUT", assignment(GROUP), grant(hub["identity"]["principalId"])).status == 201


def test_a_scope_that_is_not_there_is_not_found(azure: Azure, someone: Caller) -> None:
    assert azure.refusal("PUT", assignment(f"{GROUP}-none"), grant(someone.object_id)).status == 404


def test_assignments_are_listed_by_scope_and_principal(azure: Azure, someone: Caller) -> None:
    at_subscription, at_group, at_project = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
    for scope, name in ((SUBSCRIPTION, at_subscription), (GROUP, at_group), (PROJECT, at_project)):
        azure.call("PUT", assignment(scope, name), grant(someone.object_id))
    path = f"{GROUP}/{PROVIDER}/roleAssignments"
    mine = f"principalId eq '{someone.object_id}'"
    assert names(azure, path, matching=mine) == {at_subscription, at_group, at_project}
    assert names(azure, path, matching=f"assignedTo('{someone.object_id}')") == names(azure, path, matching=mine)
    above = names(azure, path, matching="atScope()")
    assert {at_subscription, at_group} < above
    assert at_project not in above
    assert names(azure, path) == above | {at_project}
    assert names(azure, f"{HUB}/{PROVIDER}/roleAssignments", matching=mine) == {at_subscription, at_group}
    assert azure.refusal("GET", path, matching="color eq 'red'").code == "BadRequestFormat"


def test_assignments_are_not_among_the_resources(azure: Azure, someone: Caller) -> None:
    azure.call("PUT", assignment(GROUP), grant(someone.object_id))
    listed = azure.call("GET", f"{SUBSCRIPTION}/resources").body
    assert listed is not None
    assert {one["type"].split("/")[0] for one in listed["value"]} == {"Microsoft.MachineLearningServices"}


def test_every_built_in_role_of_the_facts_is_there(azure: Azure) -> None:
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions"
    assert names(azure, path) == {role.id for role in built_in_roles().values()}
    assert names(azure, path, matching="roleName eq 'Azure AI Developer'") == {
        built_in_roles()["Azure AI Developer"].id
    }
    assert names(azure, path, matching="type eq 'CustomRole'") == set()
    developer = azure.call("GET", f"/{PROVIDER}/roleDefinitions/{built_in_roles()['Azure AI Developer'].id}").body
    assert developer is not None
    assert developer["properties"]["permissions"][0]["notActions"] == list(
        built_in_roles()["Azure AI Developer"].not_actions
    )


def test_a_custom_role_is_made_changed_and_removed(azure: Azure, someone: Caller) -> None:
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{NAME}"
    body = {"properties": {"roleName": "Watcher", "permissions": [{"actions": ["*/read"]}],
                           "assignableScopes": [GROUP]}}  # fmt: skip
    made = azure.call("PUT", path, body)
    assert made.status == 201
    assert made.body is not None
    assert made.body["properties"]["type"] == "CustomRole"
    assert azure.call("GET", path).body == made.body
    assert NAME in names(azure, f"{GROUP}/{PROVIDER}/roleDefinitions", matching="type eq 'CustomRole'")
    azure.call("PUT", assignment(GROUP), grant(someone.object_id, NAME))
    assert azure.call("GET", PROJECT, caller=someone).status == 200
    azure.call("PUT", path, {"properties": {**body["properties"], "permissions": [{"actions": ["None/x/read"]}]}})
    assert azure.refusal("GET", PROJECT, caller=someone).status == 403
    assert azure.refusal("DELETE", path).code == "RoleDefinitionHasAssignments"
    azure.call("DELETE", assignment(GROUP))
    assert azure.call("DELETE", path).status == 200
    assert azure.refusal("GET", path).code == "RoleDefinitionDoesNotExist"


def test_a_custom_role_is_assigned_only_where_it_may_be(azure: Azure, someone: Caller) -> None:
    body = {"properties": {"roleName": "Here", "permissions": [{"actions": []}], "assignableScopes": [PROJECT]}}
    azure.call("PUT", f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{NAME}", body)
    refusal = azure.refusal("PUT", assignment(GROUP), grant(someone.object_id, NAME))
    assert refusal.code == "RoleAssignmentScopeNotAssignableToRoleDefinition"


@pytest.mark.parametrize(
    ("name", "properties", "code"),
    [
        (NAME, {"roleName": "Reader", "permissions": [{}]}, "RoleDefinitionWithSameNameExists"),
        (READER.id, {"roleName": "Mine", "permissions": [{}]}, "RoleDefinitionIsBuiltIn"),
        ("mine", {"roleName": "Mine", "permissions": [{}]}, "InvalidRoleDefinitionId"),
        (NAME, {"roleName": "Mine"}, "BadRequestFormat"),
    ],
)
def test_what_is_no_custom_role_is_refused(azure: Azure, name: str, properties: dict[str, Any], code: str) -> None:
    path = f"{SUBSCRIPTION}/{PROVIDER}/roleDefinitions/{name}"
    assert azure.refusal("PUT", path, {"properties": properties}).code == code


def test_everyone_sees_what_they_may_do_at_a_scope(azure: Azure, someone: Caller) -> None:
    azure.assign(someone, READER.id, GROUP)
    path = f"{{}}/{PROVIDER}/permissions"
    for scope, actions in ((GROUP, [["*/read"]]), (PROJECT, [["*/read"]]), (SUBSCRIPTION, [])):
        body = azure.call("GET", path.format(scope), caller=someone).body
        assert body is not None
        assert [one["actions"] for one in body["value"]] == actions
