"""Running the engine with the pack, and reading of its events what the rules said."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import llama_guardrails
from llama_azure_report.events import NO_POLICY_PACK, STREAMING, error_of, read_events
from llama_guardrails.pack import NAME
from policy_report.errors import ReportError
from policy_report.losses import Step, step

_LAST_LINES = 20
_DISTRIBUTION = "llama-azure"
_OWN_PACK = Path("policies/llama_guardrails")
_PROJECT = "PulumiPolicy.yaml"
_PROGRAM = '''"""The policy pack as it is installed."""

from llama_guardrails import RULES
from llama_guardrails.pack import serve

serve(RULES)
'''


@dataclass(frozen=True, slots=True)
class Said:
    """One message of one rule."""

    rule_name: str
    urn: str
    message: str
    level: str


@dataclass
class Run:
    """What the engine told of one run."""

    said: list[Said] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    """What the engine would do to what is there; of a state nothing."""
    told: list[Mapping[str, Any]] = field(default_factory=list)
    """What the engine told of each resource of a preview."""
    resources: set[str] = field(default_factory=set)
    exemptions: int = 0
    is_finished: bool = False
    errors: list[str] = field(default_factory=list)


@contextmanager
def pack_for(project: Path) -> Iterator[Path]:
    """Give the folder of the pack that judges a project: its own, or the one that is installed with this command."""
    if (project / _OWN_PACK / _PROJECT).is_file():
        yield (project / _OWN_PACK).resolve()
        return
    with TemporaryDirectory(prefix="llama-guardrails-") as name:
        folder = Path(name)
        # Run by this interpreter, for no other is known to have the rules.
        options = {"toolchain": "pip"} | ({"virtualenv": sys.prefix} if sys.prefix != sys.base_prefix else {})
        runtime = {"name": "python", "options": options}
        content = {"description": llama_guardrails.__doc__, "runtime": runtime, "version": version(_DISTRIBUTION)}
        # JSON is YAML, and quotes everything.
        (folder / _PROJECT).write_text(json.dumps(content), encoding="utf-8")
        (folder / "__main__.py").write_text(_PROGRAM, encoding="utf-8")
        yield folder


def preview(stack: str, pack: Path, configuration: Path, project: Path) -> Run:
    """Preview a stack with the pack.

    Raises:
        ReportError: the preview could not run to its end.
    """
    command = ["pulumi", "preview", "--stack", stack, "--json", "--non-interactive", *_options(pack, configuration)]
    return _run(command, project)


def analyze(source: Sequence[str], pack: Path, configuration: Path, project: Path) -> Run:
    """Judge a state: ``source`` is ``("--stack", name)`` or ``("--file", path)``.

    Raises:
        ReportError: the state could not be judged.
    """
    return _run(["pulumi", "policy", "analyze", *source, "--json", *_options(pack, configuration)], project)


def _options(pack: Path, configuration: Path) -> tuple[str, ...]:
    return ("--policy-pack", str(pack), "--policy-pack-config", str(configuration))


def _run(command: Sequence[str], project: Path) -> Run:
    try:
        answer = subprocess.run(
            command, cwd=project, env=_environment(os.environ), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ReportError("no `pulumi` is on the PATH: install the Pulumi CLI, or use `make policy-report`") from None
    run = read_run(answer.stdout.splitlines())
    if run.errors or not run.is_finished:
        said = [*run.errors, *answer.stderr.strip().splitlines()] or ["the engine said nothing"]
        raise ReportError("\n".join(said[-_LAST_LINES:]))
    return run


def _environment(current: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without packs of its own: the engine would add ours to them, not put it in their place."""
    return {**current, **NO_POLICY_PACK, **STREAMING}


def read_run(lines: Iterable[str]) -> Run:
    """Read what the engine told in its events."""
    run = Run()
    for event in read_events(lines):
        _note(event, run)
        if (error := error_of(event)) is not None:
            run.errors.append(error)
    return run


def _note(event: Mapping[str, Any], run: Run) -> None:
    match event:
        case {"policyEvent": {"policyPackName": str(pack)} as said} if pack == NAME:
            run.said.append(
                Said(said["policyName"], said.get("resourceUrn", ""), said["message"], said["enforcementLevel"])
            )
        case {"policyAnalyzeSummaryEvent": {"policyPackName": str(pack), "resourceUrn": str(urn)} as told} if (
            pack == NAME
        ):
            run.resources.add(urn)
            run.exemptions += _exemptions(told)
        case {"policyAnalyzeStackSummaryEvent": told}:
            run.exemptions += _exemptions(told)
        case {"resourcePreEvent": {"metadata": dict(metadata)}}:
            run.told.append(metadata)
            if (told := step(metadata)) is not None:
                run.steps.append(told)
        case {"summaryEvent": _}:
            run.is_finished = True


def _exemptions(told: Mapping[str, Any]) -> int:
    return sum(str(one.get("reason", "")).startswith("exempt until") for one in told.get("notApplicable") or ())
