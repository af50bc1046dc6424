"""Which kind of workspace a rule is about."""

from llama_guardrails.view import NotApplicable, Resource


def is_project(workspace: Resource) -> bool:
    """Whether a workspace is a project of a hub."""
    return workspace.says("kind", "Project")


def own_by_hub(workspace: Resource) -> None:
    """Leave projects alone: network, key and logs are those of their hub.

    Raises:
        NotApplicable: the workspace is a project.
    """
    if is_project(workspace):
        raise NotApplicable("a project has it from its hub")
