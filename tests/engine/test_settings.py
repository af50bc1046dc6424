"""A mistake in a stack file ends in a message, not in a traceback."""

from tests.support.workbench import Workbench

STACK = "sandbox"


def test_every_mistake_is_named_with_its_place(own_workbench: Workbench) -> None:
    own_workbench.configure(
        STACK,
        **{
            "llama-azure:hub": {"name": "hub-llama", "nmae": "hub"},
            "llama-azure:projects": {"assistants": {"serverless": [{"model": "Meta-Llama-3-8B-Instuct"}]}},
        },
    )
    own_workbench.pulumi("stack", "select", STACK, "--create")
    preview = own_workbench.pulumi("preview", "--stack", STACK, check=False)
    said = " ".join((preview.stdout + preview.stderr).split())
    assert preview.returncode != 0
    assert "stacks/Pulumi.sandbox.yaml cannot be used:" in said
    assert "llama-azure:hub.nmae: is not a setting" in said
    assert "llama-azure:projects.assistants.serverless[0].model: The catalogue has no model named" in said
    assert "Did you mean Meta-Llama-3-8B-Instruct" in said
    assert "Traceback" not in said
