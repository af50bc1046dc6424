"""Which kind of workspace or compute a rule is about."""

from collections.abc import Callable

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


def compute_of(*kinds: str, otherwise: str) -> Callable[[Resource], None]:
    """Return what leaves compute of other kinds alone: it raises NotApplicable with the reason ``otherwise``."""

    def only(compute: Resource) -> None:
        if not compute.says("properties.computeType", *kinds):
            raise NotApplicable(otherwise)

    return only
