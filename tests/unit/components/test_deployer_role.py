"""DeployerRole: which roles there are, what they hold, and to whom they are assigned where."""

import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure import DeployerRole
from llama_azure_core.deployer_roles import RolePlace, assignment_guid
from llama_azure_core.rbac import deployer_permissions, preflight_reader_actions
from tests.unit.components.recording import RecordingMonitor, Registration, record

ALLOWED = deployer_permissions()
SUBSCRIPTION = "/subscriptions/sub"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
TEAM: dict[str, Any] = {"principal_id": "principal-of-the-team", "principal_type": "Group"}
PIPELINE: dict[str, Any] = {
    "principal_id": "principal-of-the-pipeline",
    "principal_type": "ServicePrincipal",
    "may_subscribe": True,
}


def build(deployers: dict[str, Any], **args: Any) -> RecordingMonitor:
    values: Any = {
        "subscription_id": "sub",
        "resource_group_name": "rg",
        "project_names": ["chat", "search"],
        "deployers": deployers,
        **args,
    }
    return record(lambda: DeployerRole("roles", values))[0]


def definitions(monitor: RecordingMonitor) -> dict[str, Registration]:
    return {r.name: r for r in monitor.registrations if r.type.endswith(":RoleDefinition")}


def assignments(monitor: RecordingMonitor) -> dict[str, Registration]:
    return {r.name: r for r in monitor.registrations if r.type.endswith(":RoleAssignment")}


def actions(monitor: RecordingMonitor) -> dict[str, list[str]]:
    return {name: one.inputs["permissions"][0]["actions"] for name, one in definitions(monitor).items()}


def test_each_role_holds_just_the_documents_actions_of_its_scope_in_both_spellings() -> None:
    assert actions(build({"pipeline": PIPELINE})) == {
        "roles-project-role": [*ALLOWED.project, *ALLOWED.project_arm_spelling],
        "roles-group-role": [*ALLOWED.resource_group],
        "roles-subscription-role": [*ALLOWED.subscription],
    }


def test_without_a_deployer_who_may_subscribe_nothing_is_granted_at_the_subscription() -> None:
    monitor = build({"team": TEAM})
    assert definitions(monitor).keys() == {"roles-project-role", "roles-group-role"}
    scopes = {one.inputs["scope"] for one in assignments(monitor).values()}
    assert scopes == {GROUP, f"{WORKSPACES}/chat", f"{WORKSPACES}/search"}


def test_who_may_run_preflight_reads_in_the_subscription_and_nothing_else() -> None:
    monitor = build({"team": TEAM | {"may_run_preflight": True}, "other": TEAM | {"principal_id": "another"}})
    assert actions(monitor)["roles-preflight-role"] == list(preflight_reader_actions())
    # Questions that Azure takes as POST, because they have a body; neither changes anything.
    asked_by_post = {
        "Microsoft.CognitiveServices/accounts/evaluateDeploymentPolicies/action",
        "Microsoft.CognitiveServices/checkDomainAvailability/action",
        "Microsoft.DBforPostgreSQL/checkNameAvailability/action",
    }
    assert {action for action in preflight_reader_actions() if not action.endswith("/read")} == asked_by_post
    holders = {
        (one.inputs["principalId"], one.inputs["scope"])
        for name, one in assignments(monitor).items()
        if name.endswith("-preflight-assignment")
    }
    assert holders == {("principal-of-the-team", SUBSCRIPTION)}
    assert "roles-preflight-role" not in definitions(build({"team": TEAM}))


def test_managed_compute_adds_online_endpoints_in_the_projects_and_nothing_else() -> None:
    plain, managed = actions(build({"team": TEAM})), actions(build({"team": TEAM}, managed_compute=True))
    added = {name: [one for one in managed[name] if one not in plain[name]] for name in managed}
    assert added == {"roles-project-role": [*ALLOWED.project_managed_compute], "roles-group-role": []}


def test_every_deployer_holds_every_role_once_per_project() -> None:
    found = assignments(build({"team": TEAM, "pipeline": PIPELINE}))
    assert {name: (one.inputs["principalId"], one.inputs["scope"]) for name, one in found.items()} == {
        "roles-team-project-chat-assignment": ("principal-of-the-team", f"{WORKSPACES}/chat"),
        "roles-team-project-search-assignment": ("principal-of-the-team", f"{WORKSPACES}/search"),
        "roles-team-group-assignment": ("principal-of-the-team", GROUP),
        "roles-pipeline-project-chat-assignment": ("principal-of-the-pipeline", f"{WORKSPACES}/chat"),
        "roles-pipeline-project-search-assignment": ("principal-of-the-pipeline", f"{WORKSPACES}/search"),
        "roles-pipeline-group-assignment": ("principal-of-the-pipeline", GROUP),
        "roles-pipeline-subscription-assignment": ("principal-of-the-pipeline", SUBSCRIPTION),
    }


def test_every_assignment_tells_the_principals_type() -> None:
    found = assignments(build({"team": TEAM, "pipeline": PIPELINE}))
    types = {one.inputs["principalId"]: one.inputs["principalType"] for one in found.values()}
    assert types == {"principal-of-the-team": "Group", "principal-of-the-pipeline": "ServicePrincipal"}


def test_an_assignment_names_the_role_as_azure_does_and_waits_for_its_definition() -> None:
    monitor = build({"pipeline": PIPELINE})
    ids = {
        kind: f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{one.inputs['roleDefinitionId']}"
        for kind, one in ((name.split("-")[1], one) for name, one in definitions(monitor).items())
    }
    assert monitor.outputs["roles"]["role_definition_ids"] == ids
    assert {one.inputs["roleDefinitionId"] for one in assignments(monitor).values()} == set(ids.values())
    for one in assignments(monitor).values():
        role = next(name for name, each in definitions(monitor).items() if one.inputs["roleDefinitionId"].endswith(
            each.inputs["roleDefinitionId"]))  # fmt: skip
        assert role in one.depends_on


def test_names_are_guids_that_a_second_run_finds_again() -> None:
    first, second = (
        {
            name: one.inputs.get("roleAssignmentName") or one.inputs["roleDefinitionId"]
            for monitor in [build({"team": TEAM, "pipeline": PIPELINE})]
            for name, one in (definitions(monitor) | assignments(monitor)).items()
        }
        for _ in range(2)
    )
    assert first == second
    assert len(set(first.values())) == len(first)
    assert {str(uuid.UUID(name)) for name in first.values()} == set(first.values())


def test_an_assignment_to_somebody_else_has_another_name() -> None:
    (one,) = {r.inputs["roleAssignmentName"] for n, r in assignments(build({"a": TEAM})).items() if "group" in n}
    other = {**TEAM, "principal_id": "somebody-else"}
    (two,) = {r.inputs["roleAssignmentName"] for n, r in assignments(build({"a": other})).items() if "group" in n}
    assert one != two


def test_roles_of_two_groups_or_components_never_share_a_name() -> None:
    titles = {RolePlace("sub", group, name).title("group") for name in ("one", "two") for group in ("rg-a", "rg-b")}
    assert len(titles) == 4


@given(st.lists(st.text(), min_size=1))
def test_a_guid_is_a_function_of_its_parts_whatever_their_case(parts: list[str]) -> None:
    assert assignment_guid(*parts) == assignment_guid(*(part.casefold() for part in parts))


@given(st.text(min_size=1, max_size=90))
def test_a_roles_name_is_never_longer_than_azure_takes(group: str) -> None:
    assert (
        max(len(RolePlace("sub", group, "roles").title(kind)) for kind in ("project", "group", "subscription")) <= 128
    )


def test_a_principal_type_that_azure_does_not_know_is_refused_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"deployers\.team: principal_type is 'Robot'; give User, Group or"):
        build({"team": {**TEAM, "principal_type": "Robot"}})


def test_no_projects_are_refused() -> None:
    with pytest.raises(ValueError, match="project_names is empty; name the projects"):
        build({"team": TEAM}, project_names=[])
