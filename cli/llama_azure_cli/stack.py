"""A stack of the project in this folder: what its file comes to, and what was deployed of it."""

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from llama_azure_access import AccessError, Account, sign_in
from llama_azure_cli.errors import CommandError, nearest
from llama_azure_cli.options import stack_names
from llama_azure_core.plan import Plan, plan_of_stack
from llama_azure_core.settings import Project, SettingsError, StackFile

NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""In the plan of a stack of which nothing says the subscription: names that are derived from it are then others."""


@dataclass(frozen=True)
class Stack:
    """A stack by its name."""

    name: str

    @cached_property
    def project(self) -> Project:
        """The Pulumi project that it belongs to.

        Raises:
            SettingsError: neither this folder nor one above it is one.
        """
        return Project(Path.cwd())

    @cached_property
    def file(self) -> StackFile:
        """Its file.

        Raises:
            CommandError: it has none; the message names the nearest that have.
            SettingsError: it cannot be read.
        """
        path = self.project.path(self.name)
        if not (self.project.folder / path).is_file():
            raise CommandError(
                f"{path} is not there: no stack {self.name} is described here; {nearest(self.name, stack_names())}"
            )
        return self.project.stack(self.name)

    @cached_property
    def account(self) -> Account:
        """Who asks Azure, and in which cloud; whether it can sign in shows with its first token.

        Raises:
            AccessError: the settings of the sign-in lack something.
        """
        return sign_in(os.environ, self.file.config)

    @cached_property
    def plan(self) -> Plan:
        """What its settings come to, also where nothing says the Azure subscription: see :data:`NO_SUBSCRIPTION`.

        Raises:
            CommandError, SettingsError: its file or its settings cannot be used.
        """
        return plan_of_stack(self.project, self.name, self.file.settings(), self._subscription or NO_SUBSCRIPTION)

    @cached_property
    def estate(self) -> Plan:
        """What its file describes, also where other stacks deploy parts of it; of a part, what that deploys.

        Raises:
            CommandError, SettingsError: its file or its settings cannot be used.
        """
        if not self._parts:
            return self.plan
        settings = self.file.settings().undivided
        return plan_of_stack(self.project, self.name, settings, self._subscription or NO_SUBSCRIPTION)

    @property
    def _subscription(self) -> str:
        try:
            return self.account.subscription_id
        except AccessError:  # a plan takes no sign-in
            named = (os.environ.get(one, "") for one in ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID"))
            return self.file.subscription or next(filter(None, named), "")

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """Return what it exports, with the endpoints and keys of the stacks that deploy parts of it; of secrets only
        that there are some, unless they are asked for.

        Raises:
            CommandError: Pulumi cannot read them.
        """
        shown = ["--show-secrets"] if secrets else []
        values: dict[str, Any] = json.loads(pulumi("stack", "output", "--json", *shown, "--stack", self.name))
        for part in self._parts:
            theirs = Stack(part).outputs(secrets=secrets)
            values |= {name: _together(values.get(name), theirs.get(name)) for name in ("endpoints", "endpointKeys")}
        return values

    @property
    def _parts(self) -> tuple[str, ...]:
        """The stacks that deploy parts of what its file describes; none where it cannot be read."""
        try:
            file = self.file
            listed = "llama-azure:stacks" in file.config and file.part_of is None
            return tuple(file.settings().stacks) if listed else ()
        except (CommandError, SettingsError):
            return ()

    def state(self) -> list[dict[str, Any]]:
        """Return the resources in its state, secrets encrypted.

        Raises:
            CommandError: Pulumi cannot read it.
        """
        exported = json.loads(pulumi("stack", "export", "--stack", self.name))
        resources: list[dict[str, Any]] = exported["deployment"].get("resources") or []
        return resources


def _together(ours: Any, theirs: Any) -> Any:
    """Return an output of two stacks as one; the CLI shows a secret as a text."""
    return {**ours, **theirs} if isinstance(ours, dict) and isinstance(theirs, dict) else ours or theirs


def stack_of(name: str | None) -> Stack:
    """Return the stack of a name, or the one that is selected.

    Raises:
        CommandError: none is selected.
    """
    if name is not None:
        return Stack(name)
    try:
        return Stack(pulumi("stack", "--show-name").strip())
    except CommandError as error:
        known = ", ".join(stack_names())
        raise CommandError(f"which stack? Give --stack NAME{f', one of {known}' if known else ''}. {error}") from None


def pulumi(*arguments: str) -> str:
    """Run the Pulumi CLI and return what it prints. No secret may be among the arguments: others can read them.

    Raises:
        CommandError: it is not there, or it fails; the message has its last words.
    """
    try:
        command = ["pulumi", "--non-interactive", *arguments]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise CommandError(
            "there is no program 'pulumi' on the PATH; in the sandbox: `sandbox run -- llama-azure …`"
        ) from None
    if answer.returncode != 0:
        words = "\n".join((answer.stderr.strip() or answer.stdout.strip()).splitlines()[-5:])
        raise CommandError(f"`pulumi {' '.join(arguments)}` failed: {words or 'it said nothing'}")
    return answer.stdout
