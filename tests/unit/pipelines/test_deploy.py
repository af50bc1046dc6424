"""From which ref a job deploys."""

import pytest

from llama_azure_pipelines.environments import environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.steps.deploy import require_ref

DEPLOYED = environments().deploys_from


@pytest.mark.parametrize("variable", ["GITHUB_REF", "BUILD_SOURCEBRANCH"])
def test_a_job_that_was_dispatched_on_a_branch_is_refused_with_both_refs(variable: str) -> None:
    with pytest.raises(StepError, match=rf"runs from refs/heads/mine, and only {DEPLOYED} is deployed"):
        require_ref({variable: "refs/heads/mine"}, environments())


@pytest.mark.parametrize("environment", [{}, {"GITHUB_REF": DEPLOYED}, {"BUILD_SOURCEBRANCH": DEPLOYED}])
def test_the_deployed_ref_and_a_persons_own_machine_may_deploy(environment: dict[str, str]) -> None:
    require_ref(environment, environments())
