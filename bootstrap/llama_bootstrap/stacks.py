"""The stacks that the pipelines deploy: what each one's file comes to, and so what its writer may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from llama_azure_core.plan import Plan, Rights, plan_of_stack, rights
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
            project = Project(Path.cwd().parent)
            made = plan_of_stack(project, name, project.stack(name).settings().undivided, subscription.id)
        except SettingsError as error:
            problems.append(str(error))
            continue
        allowed = rights(made)
        problems += _problems(name, environment, made, allowed)
        found[name] = Stack(made, allowed)
    if problems:
        raise pulumi.RunError("what the writers may do follows from their stacks' files:\n  " + "\n  ".join(problems))
    return found


def _problems(name: str, environment: Environment, made: Plan, allowed: Rights) -> list[str]:
    file = f"stacks/Pulumi.{name}.yaml"
    found = [f"{file}: {allowed.problem}"] if allowed.problem else []
    if made.group.casefold() != environment.resource_group.casefold():
        found.append(
            f"{file}: the stack deploys in {made.group}, and llama-bootstrap:environments.{name}.resourceGroup is "
            f"{environment.resource_group}: its writer could not write there"
        )
    return found
