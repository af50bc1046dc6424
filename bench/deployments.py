"""What it takes to deploy an estate: this package beside OpenTofu with azapi, and beside pulumi-azure-native alone.

The same resources, one sandbox, in turns: a hub with what it stands on, a project for every two endpoints, a
Marketplace subscription and a serverless endpoint for each of two models in each project, and the endpoints' keys. The
guardrails judge what this package deploys, as they do by default, and nothing else.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from bench.peers import azapi_configuration, opentofu
from bench.processes import Cost, run_measured
from bench.results import Samples, write_results
from bench.sandboxes import open_sandbox
from llama_azure_report.events import NO_POLICY_PACK
from llama_azure_sandbox.arm.world import TENANT_ID
from llama_azure_sandbox.home import PROJECT_ROOT

MODELS = ("Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct")
_ESTATES = PROJECT_ROOT / "bench" / "estates"
_UPDATE = ("--yes", "--skip-preview")
_APPLY = ("-auto-approve", "-input=false", "-no-color", "-parallelism=32")
STEPS = ("preview", "up", "up again", "up --refresh again", "destroy")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run of one tool works: a folder of its own, and a name that all of its resources carry."""

    folder: Path
    name: str
    projects: int
    environment: Mapping[str, str]


class Tool(Protocol):
    """A tool that deploys the estate."""

    @property
    def name(self) -> str:
        """What it is called in the results."""

    def prepare(self, place: Place) -> None:
        """Write what the tool reads."""

    def environment(self, place: Place) -> Mapping[str, str]:
        """Return the variables of its commands."""

    def commands(self) -> Mapping[str, Sequence[str]]:
        """Return its commands by step, in their order."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The engine with a program of pulumi-azure-native alone."""

    name: str = "pulumi-azure-native"

    def prepare(self, place: Place) -> None:
        """Write what the tool reads."""
        (place.folder / ".venv").symlink_to(PROJECT_ROOT / ".venv")
        (place.folder / "state").mkdir()
        self.write_project(place)
        run_measured(["pulumi", "stack", "init", "bench"], place.folder, self.environment(place))

    def write_project(self, place: Place) -> None:
        """Write Pulumi.yaml, the program and the stack's file."""
        shutil.copy(_ESTATES / "plain" / "__main__.py", place.folder)
        runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
        _write(place.folder / "Pulumi.yaml", {"name": "bench", "runtime": runtime})

    def environment(self, place: Place) -> Mapping[str, str]:
        """Return the variables of its commands."""
        return {
            **place.environment,
            **NO_POLICY_PACK,
            "PULUMI_BACKEND_URL": f"file://{place.folder / 'state'}",
            "BENCH_NAME": place.name,
            "BENCH_PROJECTS": str(place.projects),
        }

    def commands(self) -> Mapping[str, Sequence[str]]:
        """Return its commands by step, in their order."""
        words = [["preview"], ["up", *_UPDATE], ["up", *_UPDATE], ["up", "--refresh", *_UPDATE], ["destroy", *_UPDATE]]
        return {
            step: ["pulumi", "--non-interactive", *command, "--stack", "bench"]
            for step, command in zip(STEPS, words, strict=True)
        }


@dataclass(frozen=True, slots=True)
class Nothing(Plain):
    """The engine with a program that declares nothing: what a Pulumi program of Python takes at least."""

    name: str = "a program that declares nothing"

    def write_project(self, place: Place) -> None:
        """Write Pulumi.yaml, the program and the stack's file."""
        Plain.write_project(self, place)
        (place.folder / "__main__.py").write_text("import pulumi\n", encoding="utf-8")

    def commands(self) -> Mapping[str, Sequence[str]]:
        """Return its commands by step, in their order."""
        return {"preview": Plain.commands(self)["preview"]}


@dataclass(frozen=True, slots=True)
class LlamaAzure(Plain):
    """The engine with this package's program and its guardrails."""

    name: str = "llama-azure"

    def write_project(self, place: Place) -> None:
        """Write Pulumi.yaml, the program and the stack's file."""
        for name in ("__main__.py", "Pulumi.yaml"):
            shutil.copy(PROJECT_ROOT / name, place.folder)
        (place.folder / "stacks").mkdir()
        _write(place.folder / "stacks" / "Pulumi.bench.yaml", {"config": self.settings(place)})

    def settings(self, place: Place) -> dict[str, Any]:
        """Return the configuration of the estate as a stack file holds it."""
        return {
            "azure-native:location": "eastus2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": f"rg-{place.name}",
            "llama-azure:hub": {"name": f"hub-{place.name}"},
            "llama-azure:projects": {
                f"p{number}": {"name": f"{place.name}-{number}", "serverless": [{"model": model} for model in MODELS]}
                for number in range(place.projects)
            },
        }

    def environment(self, place: Place) -> Mapping[str, str]:
        """Return the variables of its commands."""
        return {**place.environment, "PULUMI_BACKEND_URL": f"file://{place.folder / 'state'}"}


@dataclass(frozen=True, slots=True)
class OpenTofu:
    """OpenTofu with the azapi provider, 32 operations at a time. Each of its commands asks Azure for all it knows."""

    name: str = "OpenTofu + azapi"

    def prepare(self, place: Place) -> None:
        """Write what the tool reads."""
        shutil.copy(_ESTATES / "opentofu" / "main.tf", place.folder)
        (place.folder / "tofu.rc").write_text(azapi_configuration(), encoding="utf-8")

    def environment(self, place: Place) -> Mapping[str, str]:
        """Return the variables of its commands."""
        url = place.environment["SANDBOX_ARM_URL"]
        return {
            **place.environment,
            "TF_CLI_CONFIG_FILE": str(place.folder / "tofu.rc"),
            "TF_VAR_name": place.name,
            "TF_VAR_projects": str(place.projects),
            "TF_VAR_tenant": TENANT_ID,
            "ARM_USE_MSI": "true",
            "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": f"{url}/",
            "ARM_RESOURCE_MANAGER_ENDPOINT": url,
            "ARM_RESOURCE_MANAGER_AUDIENCE": url,
            "ARM_SKIP_PROVIDER_REGISTRATION": "true",
        }

    def commands(self) -> Mapping[str, Sequence[str]]:
        """Return its commands by step, in their order."""
        words = [["plan", *_APPLY[1:]], ["apply", *_APPLY], ["apply", *_APPLY], None, ["destroy", *_APPLY]]
        return {step: [str(opentofu()), *command] for step, command in zip(STEPS, words, strict=True) if command}


TOOLS: Sequence[Tool] = (LlamaAzure(), OpenTofu(), Plain(), Nothing())


def measure_deployments(sizes: Sequence[int] = (2, 20, 100), runs: int = 5) -> Iterator[str]:
    """Deploy estates of so many endpoints with each tool in turns, once to warm up, and yield the lines to print."""
    samples = Samples()
    with open_sandbox(limits={"endpointsPerRegion": 10**6}) as sandbox:
        for size in sizes:
            for run in range(runs + 1):
                for at, tool in enumerate(TOOLS):
                    folder = sandbox.folder / f"{at}-{size}-{run}"
                    place = Place(folder, f"b{at}n{size}r{run}", size // 2, sandbox.environment)
                    for step, cost in _deploy(tool, place):
                        if run > 0:
                            samples.add((str(size), tool.name, step), cost)
                yield f"{size} endpoints: run {run} of {runs}{' (to warm up)' if run == 0 else ''}"
            yield from samples.table(str(size), TOOLS[0].name)
    write_results("deployments", _ratios(samples), samples.medians(), runs=runs)


_SHORT = {"OpenTofu + azapi": "opentofu", "pulumi-azure-native": "plain", "a program that declares nothing": "nothing"}


def _ratios(samples: Samples) -> dict[str, float]:
    """Return elapsed time and memory of this package by each other tool's, as ``up-20-by-opentofu``."""
    rows = {(row["size"], row["tool"], row["step"]): row for row in samples.medians()}
    found = {}
    for (size, tool, step), row in rows.items():
        ours = rows[size, TOOLS[0].name, step]
        if tool in _SHORT:
            name = f"{step.replace(' ', '-').replace('--', '')}-{size}"
            found[f"{name}-by-{_SHORT[tool]}"] = ours["seconds"] / row["seconds"]
            found[f"{name}-memory-by-{_SHORT[tool]}"] = ours["peakMiB"] / row["peakMiB"]
    return found


def _deploy(tool: Tool, place: Place) -> Iterator[tuple[str, Cost]]:
    place.folder.mkdir()
    tool.prepare(place)
    environment = tool.environment(place)
    for step, command in tool.commands().items():
        yield step, run_measured(command, place.folder, environment)


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
