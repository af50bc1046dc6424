"""The document's custom role is enough to deploy, and each of its permissions is missed, through a real client."""

import uuid
from collections.abc import Iterator

import pytest

from llama_azure_core.rbac import deployer_permissions
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.by_id import ById, open_by_id
from tests.support.estates import LLAMA_8B, endpoint_body, make_project, project_body, serverless_endpoint, workspace

GROUP = "rg-roles"
AUTHORIZATION = "providers/Microsoft.Authorization"
DEPLOYER = deployer_permissions()
SCOPES = {
    "subscription": DEPLOYER.subscription,
    "resource group": DEPLOYER.resource_group,
    "project": DEPLOYER.project,
}
EVERY_PERMISSION = [permission for permissions in SCOPES.values() for permission in permissions]


@pytest.fixture(scope="module", autouse=True)
def group(arm: Arm) -> None:
    make_project(arm, GROUP)


@pytest.fixture
def project(azure: ById) -> str:
    """A project that subscribes to nothing yet."""
    name = f"project-{uuid.uuid4().hex[:8]}"
    azure.put(workspace(GROUP, name), project_body(GROUP))
    return name


@pytest.fixture
def deployer(home: SandboxHome) -> Iterator[tuple[NewPrincipal, ById]]:
    """A principal without roles, and its client."""
    principal = add_principal(home, f"deployer-{uuid.uuid4().hex[:8]}")
    with open_by_id(home, principal.client_id) as client:
        yield principal, client


def grant(azure: ById, principal: NewPrincipal, project: str, without: str = "") -> None:
    """Give the document's permissions at its three scopes, all but one."""
    where = {
        "subscription": SUBSCRIPTION,
        "resource group": f"{SUBSCRIPTION}/resourceGroups/{GROUP}",
        "project": SUBSCRIPTION + workspace(GROUP, project),
    }
    for name, actions in SCOPES.items():
        role = f"{SUBSCRIPTION}/{AUTHORIZATION}/roleDefinitions/{uuid.uuid4()}"
        permissions = [{"actions": [action for action in actions if action != without]}]
        azure.put(role, {"properties": {"roleName": f"{name} {role[-12:]}", "permissions": permissions}})
        assignment = f"{where[name]}/{AUTHORIZATION}/roleAssignments/{uuid.uuid4()}"
        azure.put(assignment, {"properties": {"roleDefinitionId": role, "principalId": principal.object_id}})


def paths(project: str) -> tuple[str, str]:
    """Return where a project's subscription and endpoint lie."""
    name = f"llama-{project[-8:]}"
    return f"{workspace(GROUP, project)}/marketplaceSubscriptions/{name}", serverless_endpoint(GROUP, project, name)


def test_the_documents_role_is_enough(azure: ById, project: str, deployer: tuple[NewPrincipal, ById]) -> None:
    principal, client = deployer
    grant(azure, principal, project)
    subscription, endpoint = paths(project)
    client.put(subscription, {"properties": {"modelId": LLAMA_8B}})
    client.put(endpoint, endpoint_body())
    assert client.get(endpoint)["properties"]["endpointState"] == "Online"
    client.delete(endpoint)
    client.delete(subscription)


@pytest.mark.parametrize("missing", EVERY_PERMISSION)
def test_each_permission_is_missed(
    azure: ById, project: str, deployer: tuple[NewPrincipal, ById], missing: str
) -> None:
    principal, client = deployer
    grant(azure, principal, project, without=missing)
    subscription, endpoint = paths(project)
    if missing.endswith("serverlessEndpoints/*"):
        client.put(subscription, {"properties": {"modelId": LLAMA_8B}})
        refusal = client.refused_put(endpoint, endpoint_body())
    else:
        refusal = client.refused_put(subscription, {"properties": {"modelId": LLAMA_8B}})
    action = missing.replace("marketplaceModelSubscriptions", "marketplaceSubscriptions").replace("*", "write")
    assert refusal.what == (403, "AuthorizationFailed")
    assert f"The client '{principal.client_id}' with object id '{principal.object_id}'" in refusal.message
    assert f"does not have authorization to perform action '{action}' over scope" in refusal.message
