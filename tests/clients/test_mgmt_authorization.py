"""azure-mgmt-authorization, unmodified: roles are defined, assigned, judged by, and taken away."""

import uuid
from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2022_04_01.models import Permission, RoleAssignmentCreateParameters, RoleDefinition

from llama_azure_core.rbac import built_in_roles
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.home import SandboxHome
from tests.clients.clients_environment import management_client
from tests.support.arm import SUBSCRIPTION, sign_in

GROUP = "/resourceGroups/rg-roles"
SCOPE = f"{SUBSCRIPTION}{GROUP}"

pytestmark = pytest.mark.client("azure-mgmt-authorization", "roles and assignments")


@pytest.fixture(scope="module")
def client(signed_in: dict[str, str]) -> Iterator[AuthorizationManagementClient]:
    with management_client(AuthorizationManagementClient, signed_in) as client:
        yield client


@pytest.fixture(scope="module")
def someone(home: SandboxHome) -> NewPrincipal:
    with sign_in(home) as arm:
        arm.call("PUT", GROUP, {"location": "eastus2"})
    return add_principal(home, "someone")


def test_a_role_is_assigned_counts_and_is_taken_away(
    client: AuthorizationManagementClient, home: SandboxHome, someone: NewPrincipal
) -> None:
    (reader,) = client.role_definitions.list(SCOPE, filter="roleName eq 'Reader'")
    assert str(reader.name) == built_in_roles()["Reader"].id
    name = str(uuid.uuid4())
    wanted = RoleAssignmentCreateParameters(
        role_definition_id=str(reader.id), principal_id=someone.object_id, principal_type="ServicePrincipal"
    )
    made = client.role_assignments.create(SCOPE, name, wanted)
    assert (made.principal_id, made.scope) == (someone.object_id, SCOPE)
    held = client.role_assignments.list_for_scope(SCOPE, filter=f"principalId eq '{someone.object_id}'")
    assert [one.name for one in held] == [name]
    with sign_in(home, someone.secret) as arm:
        assert arm.call("GET", GROUP).status_code == 200
        client.role_assignments.delete(SCOPE, name)
        assert arm.call("GET", GROUP).status_code == 403


def test_a_custom_role_is_defined_listed_and_deleted(client: AuthorizationManagementClient) -> None:
    role_id = str(uuid.uuid4())
    permission = Permission(actions=["Microsoft.MachineLearningServices/workspaces/*/read"])
    wanted = RoleDefinition(role_name="Sees models", permissions=[permission], assignable_scopes=[SUBSCRIPTION])
    client.role_definitions.create_or_update(SUBSCRIPTION, role_id, wanted)
    (found,) = client.role_definitions.list(SUBSCRIPTION, filter="type eq 'CustomRole'")
    assert (found.role_name, found.permissions[0].actions) == ("Sees models", permission.actions)
    client.role_definitions.delete(SUBSCRIPTION, role_id)
    assert list(client.role_definitions.list(SUBSCRIPTION, filter="type eq 'CustomRole'")) == []


def test_what_cannot_be_assigned_is_refused_in_azures_words(
    client: AuthorizationManagementClient, someone: NewPrincipal
) -> None:
    unknown = RoleAssignmentCreateParameters(
        role_definition_id=f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{uuid.uuid4()}",
        principal_id=someone.object_id,
    )
    with pytest.raises(HttpResponseError, match="RoleDefinitionDoesNotExist"):
        client.role_assignments.create(SCOPE, str(uuid.uuid4()), unknown)
    with pytest.raises(ResourceNotFoundError):
        client.role_assignments.get(SCOPE, str(uuid.uuid4()))


def test_the_callers_own_permissions_are_listed(client: AuthorizationManagementClient) -> None:
    permissions = list(client.permissions.list_for_resource_group("rg-roles"))
    assert ["*"] in [one.actions for one in permissions]
