"""From a stack's file to its plan, for whoever asks about a stack of a project."""

from llama_azure_core.plan.build import plan
from llama_azure_core.plan.items import Hub, Owner
from llama_azure_core.plan.stack import Plan
from llama_azure_core.settings.parsing import SettingsError
from llama_azure_core.settings.stack import Settings
from llama_azure_core.settings.stack_file import Project


def plan_of_stack(project: Project, name: str, settings: Settings, subscription: str) -> Plan:
    """Return the plan of a stack, with the hub that another stack's file describes.

    Args:
        project: the Pulumi project's folder.
        name: the stack's name, in full or short.
        settings: what its file says.
        subscription: the id of the Azure subscription, a GUID.

    Raises:
        SettingsError: something names what the stack does not have, or no name can be derived.
    """
    other: Hub | None = None
    if settings.hub is not None and settings.hub.stack is not None:
        try:
            theirs = project.stack(settings.hub.stack)
            other = plan(theirs.settings(), subscription=theirs.subscription or subscription).hub
        except SettingsError as error:
            other = Hub(Owner.EXISTING, None, problem=str(error))
    return plan(settings, subscription=subscription, stack=name.rsplit("/", 1)[-1], other_hub=other)
