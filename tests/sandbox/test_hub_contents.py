"""A hub shows what others made of it: its projects, and the rules of its managed network."""

from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import hub_body, make_project, put_and_wait, workspace


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
