"""What the stacks' files come to, and what was deployed of them."""

import os
from collections.abc import Iterable

from llama_azure_access import AccessError, sign_in
from llama_azure_core.plan import Plan, plan
from llama_azure_core.settings import Project, SettingsError, StackFile
from llama_azure_core.settings.stack_file import part_of
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


def whole_of(stack: str) -> str:
    """Return the stack whose file describes a stack: itself, or the one that it is a part of."""
    try:
        return part_of(Project(ROOT).own_text(stack).config) or stack
    except SettingsError:
        return stack  # who reads its file says what is wrong with it


def parts_of(stack: str) -> tuple[str, ...]:
    """Return the stacks that deploy parts of a stack's file; none where it, or its file, is wrong."""
    try:
        file = Project(ROOT).stack(stack)
        return tuple(file.settings().stacks) if file.part_of is None else ()
    except SettingsError:
        return ()


def with_parts(stacks: Iterable[str]) -> tuple[str, ...]:
    """Return stacks, each with those that deploy parts of it after it, and none twice."""
    return tuple(dict.fromkeys(one for stack in stacks for one in (stack, *parts_of(stack))))


def by_whole(paths: Iterable[str], known: Environments) -> list[str]:
    """Return paths with those of a part's own files as those of the stack that it is of."""
    wholes = {
        pattern.format(stack=part): pattern.format(stack=stack)
        for stack in known.environments
        for part in parts_of(stack)
        for pattern in known.one_stack
    }
    return [wholes.get(path, path) for path in paths]


def require(stack: str, known: Environments) -> str:
    """Return the stack, an environment or a part of one.

    Raises:
        StepError: it is neither.
    """
    if whole_of(stack) not in known.environments:
        known.require(stack)
    return stack


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
