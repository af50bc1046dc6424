"""Which stacks a change touches."""

import pytest

from llama_azure_pipelines.affected import affected_stacks
from llama_azure_pipelines.environments import environments

KNOWN = environments()
ALL = KNOWN.environments


@pytest.mark.parametrize("stack", ALL)
def test_a_stacks_own_files_touch_it_alone(stack: str) -> None:
    for path in (f"stacks/Pulumi.{stack}.yaml", f"policies/config/{stack}.json"):
        assert affected_stacks([path], KNOWN) == (stack,)


def test_the_file_of_a_stack_that_is_no_environment_touches_none() -> None:
    assert affected_stacks(["stacks/Pulumi.sandbox.yaml", "policies/config/sandbox.json"], KNOWN) == ()


def test_a_stack_is_touched_with_the_stack_that_it_stands_on() -> None:
    assert affected_stacks(["stacks/Pulumi.platform.yaml"], KNOWN, {ALL[-1]: "platform"}) == (ALL[-1],)


def test_being_stood_on_is_passed_on_along_the_chain() -> None:
    chain = {ALL[1]: ALL[0], ALL[2]: ALL[1]}
    assert affected_stacks([f"stacks/Pulumi.{ALL[0]}.yaml"], KNOWN, chain) == ALL


@pytest.mark.parametrize(
    "path", ["README.md", "docs/runbook.md", "tests/gitops/test_story.py", ".github/workflows/x.yml"]
)
def test_what_no_stack_is_made_of_touches_none(path: str) -> None:
    assert affected_stacks([path], KNOWN) == ()


@pytest.mark.parametrize(
    "path",
    [
        "__main__.py",
        "components/llama_azure/ai_hub.py",
        "core/llama_azure_core/facts/models.yaml",
        "policies/llama_guardrails/llama_guardrails/supported_region.py",
        "requirements.lock",
        "a-new-folder/file",
    ],
)
def test_what_is_not_known_to_touch_less_touches_every_stack(path: str) -> None:
    assert affected_stacks(["README.md", path], KNOWN) == ALL


def test_stacks_come_in_the_order_of_deployment() -> None:
    paths = [f"stacks/Pulumi.{stack}.yaml" for stack in reversed(ALL)]
    assert affected_stacks(paths, KNOWN) == ALL


def test_no_change_touches_nothing() -> None:
    assert affected_stacks([], KNOWN) == ()
