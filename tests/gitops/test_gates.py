"""What a CI system lets a job deploy, read back from APIs that answer as their public references show."""

import copy
from collections.abc import Callable

import pytest

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.steps.check_gates import check_gates
from tests.support.forge import Forge
from tests.support.gates import KNOWN, PROJECT, REPOSITORY, Gates, azure_devops, checks_of, github

PROD = f"{REPOSITORY}/environments/prod"
LAST = str(len(KNOWN.environments))


def said(forge: Forge, gates: Gates, system: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is told of gates that are open."""
    forge.gates = gates
    with pytest.raises(StepError, match=r"gates of .* are open"):
        check_gates(KNOWN, system, forge.github | forge.azure_devops)
    return capsys.readouterr().out


@pytest.mark.parametrize(("system", "gates"), [("github", github), ("azure-devops", azure_devops)])
def test_gates_as_they_are_to_be_are_passed_and_nothing_is_written(
    forge: Forge, system: str, gates: Callable[[], Gates]
) -> None:
    forge.gates = gates()
    check_gates(KNOWN, system, forge.github | forge.azure_devops)
    assert {call.split()[0] for call in forge.calls} == {"GET"}


GITHUB: list[tuple[Callable[[Gates], object], str]] = [
    (lambda gates: gates.pop(PROD), "prod: the environment is not there"),
    (lambda gates: gates[PROD].update(protection_rules=[]), "prod: nobody need approve"),
    (lambda gates: gates[PROD]["protection_rules"][1].update(reviewers=[]), "prod: nobody need approve"),
    (lambda gates: gates[PROD]["protection_rules"][1].update(prevent_self_review=False), "prod: whoever starts"),
    (lambda gates: gates[PROD].update(can_admins_bypass=True), "prod: administrators pass"),
    (lambda gates: gates[PROD].update(deployment_branch_policy=None), "prod: jobs of every branch"),
    (
        lambda gates: gates[PROD].update(deployment_branch_policy={"protected_branches": True}),
        "prod: jobs of every protected branch",
    ),
    (
        lambda gates: gates[f"{PROD}/deployment-branch-policies"]["branch_policies"].append(
            {"name": "release/*", "type": "branch"}
        ),
        "prod: jobs of branch main, branch release/*",
    ),
    (
        lambda gates: gates[f"{PROD}/deployment-branch-policies"]["branch_policies"][0].update(type="tag"),
        "prod: jobs of tag main",
    ),
    (lambda gates: gates.update({f"{REPOSITORY}/rules/branches/main": []}), "main: Check and Preview need not be well"),
    (lambda gates: gates[f"{REPOSITORY}/rules/branches/main"].pop(0), "main: changes may be pushed"),
]


@pytest.mark.parametrize(("opened", "told"), GITHUB, ids=[told for _, told in GITHUB])
def test_each_open_gate_of_github_is_told(
    forge: Forge, opened: Callable[[Gates], object], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gates = copy.deepcopy(github())
    opened(gates)
    assert told in said(forge, gates, "github", capsys)


def test_a_protection_of_the_branch_itself_counts_like_a_rule(forge: Forge) -> None:
    forge.gates = github()
    forge.gates[f"{REPOSITORY}/rules/branches/main"] = []
    protection = {"enabled": True, "required_status_checks": {"contexts": ["Check", "Preview"]}}
    forge.gates[f"{REPOSITORY}/branches/main"]["protection"] = protection
    check_gates(KNOWN, "github", forge.github)


AZURE_DEVOPS: list[tuple[Callable[[Gates], object], str]] = [
    (
        lambda gates: gates.pop(f"{PROJECT}/distributedtask/environments?name=prod"),
        "prod: the environment is not there",
    ),
    (lambda gates: gates[checks_of("environment", LAST)]["value"].pop(1), "prod: nobody need approve"),
    (lambda gates: gates[checks_of("environment", LAST)]["value"][1].update(isDisabled=True), "prod: nobody need"),
    (
        lambda gates: gates[checks_of("environment", LAST)]["value"][1]["settings"].pop("requesterCannotBeApprover"),
        "prod: whoever starts",
    ),
    (lambda gates: gates[checks_of("environment", LAST)]["value"].pop(0), "prod: two runs may deploy"),
    (lambda gates: gates[checks_of("endpoint", "endpoint-prod")].update(value=[]), "llama-prod: jobs of every branch"),
    (
        lambda gates: gates[checks_of("endpoint", "endpoint-prod")]["value"][0]["settings"]["inputs"].update(
            allowedBranches="refs/heads/main, refs/heads/*"
        ),
        "llama-prod: jobs of refs/heads/*, refs/heads/main may use it",
    ),
    (
        lambda gates: gates.pop(f"{PROJECT}/serviceendpoint/endpoints?endpointNames=llama-prod"),
        "llama-prod: the ser",
    ),
    (lambda gates: gates.pop(f"{PROJECT}/build/generalsettings"), "“Protect access to repositories in YAML pipelines”"),
]


@pytest.mark.parametrize(("opened", "told"), AZURE_DEVOPS, ids=[told for _, told in AZURE_DEVOPS])
def test_each_open_gate_of_azure_devops_is_told(
    forge: Forge, opened: Callable[[Gates], object], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    gates = copy.deepcopy(azure_devops())
    opened(gates)
    assert told in said(forge, gates, "azure-devops", capsys)


@pytest.mark.parametrize("system", ["github", "azure-devops"])
def test_gates_that_cannot_be_read_are_no_closed_ones(forge: Forge, system: str) -> None:
    refused = forge.github | forge.azure_devops | {"GITHUB_TOKEN": "another", "SYSTEM_ACCESSTOKEN": "another"}
    with pytest.raises(StepError, match="answers 401 to GET"):
        check_gates(KNOWN, system, refused)
    with pytest.raises(StepError, match="are needed to read the gates"):
        check_gates(KNOWN, system, {})
