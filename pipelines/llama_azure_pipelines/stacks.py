"""What the stacks' files come to, and what was deployed of them."""

import os

from llama_azure_access import AccessError, sign_in
from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings import Project, SettingsError, StackFile
from llama_azure_pipelines.environments import ROOT, Environments
from llama_azure_pipelines.errors import StepError


def read_stack_file(stack: str) -> StackFile:
    """Read a stack's file.

    Raises:
        StepError: it is not there, or cannot be read.
    """
    try:
        project = Project(ROOT)
        if not (project.folder / project.path(stack)).is_file():
            raise StepError(f"{project.path(stack)} is missing: every environment has a file there")
        return project.stack(stack)
    except SettingsError as error:
        raise StepError(str(error)) from None


def planned(file: StackFile, stack: str) -> Plan:
    """Return what a stack's file comes to.

    Raises:
        StepError: its settings cannot be used, or no Azure subscription is named.
    """
    try:
        settings = file.settings()
        subscription = sign_in(os.environ, file.config).subscription_id
        if not subscription:
            raise StepError(f"{stack}: no Azure subscription is named: set ARM_SUBSCRIPTION_ID")
        return plan(settings, subscription=subscription, stack=stack)
    except (AccessError, SettingsError) as error:
        raise StepError(str(error)) from None


def stands_on(known: Environments) -> dict[str, str]:
    """Return by environment the stack whose hub it uses, where it uses another's.

    A file that is missing or wrong stands on none: the preview of its stack says what is wrong with it.
    """
    found = {}
    for stack in known.environments:
        try:
            hub = Project(ROOT).stack(stack).settings().hub
        except SettingsError:
            continue
        if hub is not None and hub.stack is not None:
            found[stack] = hub.stack.rsplit("/", 1)[-1]
    return found
