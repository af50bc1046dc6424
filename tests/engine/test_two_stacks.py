"""A platform stack owns the hub, a team's stack a project in it. The tests run in order."""

from tests.support.arm import sign_in
from tests.support.workbench import Workbench

PLATFORM, TEAM = "platform", "team"


def test_a_team_is_told_to_deploy_the_platform_first(workbench: Workbench) -> None:
    for stack in (PLATFORM, TEAM):
        workbench.pulumi("stack", "select", stack, "--create")
    preview = workbench.pulumi("preview", "--stack", TEAM, check=False)
    assert preview.returncode != 0
    said = preview.stdout + preview.stderr
    assert "llama-azure:hub.stack: the stack organization/llama-azure/platform exports no hub; deploy it first" in said
    assert "Traceback" not in said


def test_a_platform_without_projects_makes_a_hub(workbench: Workbench) -> None:
    assert workbench.changes("up", "--stack", PLATFORM)["create"] > 0
    outputs = workbench.outputs(PLATFORM)
    assert outputs["hub"]["region"] == "swedencentral"
    assert outputs["endpoints"] == {}


def test_a_project_in_another_region_than_its_hub_is_refused(workbench: Workbench) -> None:
    workbench.configure(TEAM, **{"azure-native:location": "eastus2"})
    preview = workbench.pulumi("preview", "--stack", TEAM, check=False)
    workbench.configure(TEAM, **{"azure-native:location": "swedencentral"})
    assert preview.returncode != 0
    said = preview.stdout + preview.stderr
    assert "azure-native:location: eastus2 is not the region of the hub of stack organization/llama-azure/plat" in said
    assert "Traceback" not in said


def test_a_teams_project_belongs_to_the_platforms_hub(workbench: Workbench) -> None:
    workbench.changes("up", "--stack", TEAM)
    hub_id = workbench.outputs(PLATFORM)["hub"]["id"]
    outputs = workbench.outputs(TEAM)
    assert outputs["hub"] == {"id": hub_id, "region": "swedencentral"}
    with sign_in(workbench.home) as arm:
        group = "/resourceGroups/rg-llama-team/providers/Microsoft.MachineLearningServices/workspaces"
        project = arm.call("GET", f"{group}/assistants").json()
    assert project["properties"]["hubResourceId"] == hub_id
    assert len(outputs["endpoints"]) == 1


def test_the_team_leaves_and_the_platform_stays(workbench: Workbench) -> None:
    workbench.changes("destroy", "--stack", TEAM)
    assert workbench.changes("refresh", "--stack", PLATFORM).keys() == {"same"}
    workbench.changes("destroy", "--stack", PLATFORM)
    with sign_in(workbench.home) as arm:
        assert arm.resources() == []
