"""Who may deploy in the projects of an estate."""

import pulumi

from llama_azure.deployer_role import DeployerRole
from llama_azure.estate.context import Context, Place


def add_deployers(context: Context, places: list[Place]) -> None:
    """Declare the roles of the stack's deployers in the projects that the stack makes.

    Raises:
        pulumi.RunError: there are deployers and no project of the stack's own.
    """
    settings = context.settings
    if not settings.deployers:
        return
    own = [place for place in places if place.depends_on]
    if not own:
        raise pulumi.RunError(
            "llama-azure:deployers: the stack makes no project that they could deploy in; remove them, or give them "
            "rights in the stack that makes the project"
        )
    DeployerRole(
        "deployers",
        {
            "subscription_id": context.scope[0],
            "resource_group_name": settings.resource_group,
            "project_names": [place.name for place in own],
            "deployers": {
                key: {
                    "principal_id": deployer.principal_id,
                    "principal_type": deployer.principal_type.value,
                    "may_subscribe": deployer.may_subscribe,
                    "may_run_preflight": deployer.may_run_preflight,
                }
                for key, deployer in settings.deployers.items()
            },
            "managed_compute": any(project.managed for project in settings.projects.values()),
        },
        pulumi.ResourceOptions(depends_on=[one for place in own for one in place.depends_on]),
    )
