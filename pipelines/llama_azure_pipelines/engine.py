"""Pulumi commands, and the events in which the engine tells what it does.

``pulumi preview --json`` alone leaves the events of policies out; with streaming on it prints every event, one a line.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_azure_core.engine_variables import PARALLEL
from llama_azure_core.resource_ids import name_of
from llama_azure_pipelines.environments import ROOT
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import Answer, capture, show
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import whole_of
from llama_azure_report.events import NO_POLICY_PACK, STREAMING, error_of, read_events, type_and_name
from policy_report.engine import pack_for

Json = dict[str, Any]

_PACK_CONFIGS = ROOT / "policies" / "config"
# A replacement is reported three times: as a whole, and as its two halves.
_UNCHANGED = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced"})


@dataclass(frozen=True, slots=True)
class Step:
    """What the engine does, or would do, to one resource."""

    operation: str
    """As the engine spells it: create, update, replace, delete and so on."""
    type: str
    name: str
    properties: tuple[str, ...] = ()
    """The paths of the properties that differ."""


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What the engine reported in the course of one command."""

    ok: bool
    steps: tuple[Step, ...]
    errors: tuple[str, ...]
    told: tuple[Json, ...] = ()
    """What the engine told of each resource, of those that stay as well: the metadata of its events."""

    @property
    def counts(self) -> dict[str, int]:
        """How many resources each operation is for."""
        return dict(Counter(step.operation for step in self.steps))


def preview(stack: str, *options: str) -> EngineRun:
    """Preview a stack without policies, which a step of its own reports on, and return what the engine reported."""
    command = ["pulumi", "--non-interactive", "preview", "--stack", stack, "--json", *options]
    return engine_run(capture(command, STREAMING | NO_POLICY_PACK | variables_of(stack)))


def up(stack: str, *options: str, refresh: bool = True, preview: bool = True) -> Answer:
    """Bring a stack to what its file says, with the guardrails of its environment, and show how it goes.

    Args:
        stack: which.
        options: more of the CLI's.
        refresh: what was changed behind Pulumi's back is seen, and taken back to the file.
        preview: the rules for whole stacks can stop an update only in its preview.
    """
    command = ["pulumi", "--non-interactive", "up", "--stack", stack, "--yes", "--suppress-outputs"]
    command += ["--refresh"] * refresh + ["--skip-preview"] * (not preview)
    with pack_for(ROOT) as pack:
        answer = show([*command, *options], _pack_variables(stack, pack) | variables_of(stack))
    if answer.returncode != 0:
        from llama_azure_preflight.hints import hint_lines  # which loads the Azure SDK

        for line in hint_lines(answer.output, stack):
            say(line)
    return answer


def outputs(stack: str) -> Json:
    """Return a stack's outputs, secrets in clear: they must stay in this process.

    Raises:
        StepError: they cannot be read.
    """
    values: Json = _json_of("stack", "output", "--json", "--show-secrets", stack=stack)
    return values


def config(stack: str) -> dict[str, str]:
    """Return a stack's configuration by full key, secrets in clear: they must stay in this process.

    Raises:
        StepError: it cannot be read.
    """
    values: Json = _json_of("config", "--json", "--show-secrets", stack=stack)
    return {key: str(one["value"]) for key, one in values.items() if "value" in one}


def export(stack: str) -> Json:
    """Return a stack's state as it is kept, secrets encrypted.

    Raises:
        StepError: the state cannot be read.
    """
    exported: Json = _json_of("stack", "export", stack=stack)
    return exported


def state(stack: str) -> list[Json]:
    """Return the resources in a stack's state, secrets encrypted.

    Raises:
        StepError: the state cannot be read.
    """
    resources: list[Json] = export(stack)["deployment"].get("resources") or []
    return resources


def resource_ids(stack: str, resource_type: str) -> dict[str, str]:
    """Return by Azure name the Azure ids of a stack's resources of a type."""
    ids = [str(one["id"]) for one in state(stack) if one["type"] == resource_type and one.get("id")]
    return {name_of(resource_id): resource_id for resource_id in ids}


def variables_of(stack: str) -> dict[str, str]:
    """Return the variables that commands about a stack need: a state backend of its own, where each has one, and how
    much goes on at once, where nobody has said."""
    url = os.environ.get("PULUMI_BACKEND_URL", "")
    # Parts lie beside the stack that they are of: they read its outputs, and state is moved within one backend.
    backend = {"PULUMI_BACKEND_URL": url.replace("{stack}", whole_of(stack))} if "{stack}" in url else {}
    return backend | {name: value for name, value in PARALLEL.items() if not os.environ.get(name)}


def _pack_variables(stack: str, pack: Path) -> dict[str, str]:
    """Return the variables that put the policy pack on, configured for an environment.

    As options they would be added to a pack that a variable names already.
    """
    environment = whole_of(stack)
    config = _PACK_CONFIGS / f"{environment}.json"
    if not config.exists():
        raise StepError(f"policies/config/{environment}.json is missing: every environment says how its policies judge")
    return {"PULUMI_OPTION_POLICY_PACK": str(pack), "PULUMI_OPTION_POLICY_PACK_CONFIG": str(config)}


def engine_run(answer: Answer) -> EngineRun:
    """Read the engine's events from what a command printed."""
    steps, errors, told = _read(answer.output.splitlines())
    if answer.returncode != 0 and not errors:
        errors = [answer.last_words]
    return EngineRun(answer.returncode == 0, tuple(steps), tuple(errors), tuple(told))


def _read(lines: Iterable[str]) -> tuple[list[Step], list[str], list[Json]]:
    steps: list[Step] = []
    errors: list[str] = []
    told: list[Json] = []
    for event in read_events(lines):
        if "resourcePreEvent" in event:
            told.append(event["resourcePreEvent"]["metadata"])
            step = _step(told[-1])
            if step.operation not in _UNCHANGED:
                steps.append(step)
        elif error := error_of(event):
            errors.append(error)
    return steps, errors, told


def _step(metadata: Json) -> Step:
    resource_type, name = type_and_name(metadata["urn"])
    paths = metadata.get("detailedDiff") or dict.fromkeys(metadata.get("diffs") or ())
    return Step(metadata["op"], resource_type, name, tuple(sorted(paths)))


def _json_of(*arguments: str, stack: str) -> Any:
    command = ["pulumi", "--non-interactive", *arguments, "--stack", stack]
    answer = capture(command, variables_of(stack))
    if answer.returncode != 0:
        raise StepError(f"{stack}: pulumi {' '.join(arguments[:2])} failed: {answer.last_words}")
    return json.loads(answer.output)
