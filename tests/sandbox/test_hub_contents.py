"""A hub shows what others made of it: its projects, and the rules of its managed network."""

from llama_azure_core._facts import load_facts
from llama_azure_core.rbac import built_in_role
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import account_body, hub_body, make_project, put_and_wait, workspace


def test_a_hub_shows_its_projects_and_its_rules_and_a_put_changes_neither(arm: Arm) -> None:
    hub = workspace("rg-contents", "hub")
    network = {"isolationMode": "AllowOnlyApprovedOutbound"}
    rule = {"type": "FQDN", "category": "UserDefined", "destination": "packages.example.com"}
    make_project(arm, "rg-contents")
    assert arm.call("GET", hub).json()["properties"]["associatedWorkspaces"] == [
        f"{SUBSCRIPTION}{workspace('rg-contents', 'project')}"
    ]
    body = hub_body()
    body = {**body, "properties": {**body.get("properties", {}), "managedNetwork": network}}
    put_and_wait(arm, hub, body)
    assert "outboundRules" not in arm.call("GET", hub).json()["properties"]["managedNetwork"]
    put_and_wait(arm, f"{hub}/outboundRules/packages", {"properties": rule})
    shown = arm.call("GET", hub).json()["properties"]
    assert shown["managedNetwork"]["outboundRules"]["packages"]["destination"] == "packages.example.com"

    stale = {**body["properties"], "associatedWorkspaces": [], "managedNetwork": {**network, "outboundRules": {}}}
    put_and_wait(arm, hub, {**body, "properties": stale})
    again = arm.call("GET", hub).json()["properties"]
    assert again["associatedWorkspaces"] == shown["associatedWorkspaces"]
    assert again["managedNetwork"] == shown["managedNetwork"]
    project = arm.call("GET", workspace("rg-contents", "project")).json()["properties"]
    assert "associatedWorkspaces" not in project


def test_a_private_endpoint_of_a_managed_network_waits_until_the_hub_may_approve_it(arm: Arm) -> None:
    hub = workspace("rg-approves", "hub")
    make_project(arm, "rg-approves")
    store = "/resourceGroups/rg-approves/providers/Microsoft.Storage/storageAccounts/stapproves"
    put_and_wait(arm, store, account_body("eastus2"))
    shown, target = arm.call("GET", hub).json(), f"{SUBSCRIPTION}{store}"
    rule = {
        "type": "PrivateEndpoint",
        "category": "UserDefined",
        "destination": {"serviceResourceId": target, "subresourceTarget": "blob", "sparkEnabled": False},
    }
    path = f"{hub}/outboundRules/store"
    put_and_wait(arm, path, {"properties": rule})
    assert arm.call("GET", path).json()["properties"]["status"] == "Inactive"
    role = built_in_role(load_facts("roles")["managedEndpointApprover"]["role"])
    assert role is not None
    assignment = {
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role.id}",
        "principalId": shown["identity"]["principalId"],
        "principalType": "ServicePrincipal",
    }
    name = "6e1b52f0-0000-4000-8000-3d2f4b9c7d10"
    scope = target.removeprefix(SUBSCRIPTION)
    granted = arm.call(
        "PUT", f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}", {"properties": assignment}
    )
    assert granted.status_code == 201, granted.text
    assert arm.call("GET", path).json()["properties"]["status"] == "Active"
