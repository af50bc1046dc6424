"""The stacks that the pipelines deploy: what each one's file comes to, and so what its writer may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from llama_azure_core.plan import Hub, Owner, Plan, Rights, plan, rights
from llama_azure_core.settings import Project, SettingsError
from llama_bootstrap.settings import Environment, Settings
from llama_bootstrap.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack."""

    plan: Plan
    rights: Rights

    @property
    def has_keys(self) -> bool:
        """Whether some endpoint of it has keys, which its program reads in a preview too."""
        return any(endpoint.takes_keys for endpoint in self.plan.endpoints)


def read_stacks(settings: Settings, subscription: Subscription) -> Mapping[str, Stack]:
    """Return each stack by its name.

    Raises:
        pulumi.RunError: a stack's file is not there, cannot be used, deploys elsewhere than its writer may write, or
            takes rights that no pipeline ought to have. The message names all of them.
    """
    found: dict[str, Stack] = {}
    problems: list[str] = []
    for name, environment in settings.environments.items():
        try:
            made = _planned(name, subscription)
        except SettingsError as error:
            problems.append(str(error))
            continue
        allowed = rights(made)
        problems += _problems(name, environment, made, allowed)
        found[name] = Stack(made, allowed)
    if problems:
        raise pulumi.RunError("what the writers may do follows from their stacks' files:\n  " + "\n  ".join(problems))
    return found


def _planned(name: str, subscription: Subscription) -> Plan:
    project = Project(Path.cwd().parent)
    wanted = project.stack(name).settings()
    other: Hub | None = None
    if wanted.hub is not None and wanted.hub.stack is not None:
        try:
            other = plan(project.stack(wanted.hub.stack).settings(), subscription=subscription.id).hub
        except SettingsError as error:
            other = Hub(Owner.EXISTING, None, problem=str(error))
    return plan(wanted, subscription=subscription.id, stack=name, other_hub=other)


def _problems(name: str, environment: Environment, made: Plan, allowed: Rights) -> list[str]:
    file = f"stacks/Pulumi.{name}.yaml"
    found = [f"{file}: {allowed.problem}"] if allowed.problem else []
    if made.group.casefold() != environment.resource_group.casefold():
        found.append(
            f"{file}: the stack deploys in {made.group}, and llama-bootstrap:environments.{name}.resourceGroup is "
            f"{environment.resource_group}: its writer could not write there"
        )
    return found
