"""How near an `up` comes to the longest chain of operations that wait for each other, with Azure's own latencies.

The chain is computed from the dependencies in the state and from the same profile of latencies that the sandbox waits
by. What Azure does not do side by side - writes to the deployments of one endpoint - are dependencies too.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.deployments import LlamaAzure, Place
from bench.processes import run_measured
from bench.results import write_results
from bench.sandboxes import open_sandbox
from llama_azure_core.resource_types import ONLINE_ENDPOINT, resource_types
from llama_azure_sandbox.arm.world import Latency, seconds_by_type

PROJECTS, MANAGED = 10, 5
MODELS = (
    "Llama-2-7b",
    "Llama-2-7b-chat",
    "Llama-2-13b-chat",
    "Llama-2-70b-chat",
    "Meta-Llama-3-8B-Instruct",
    "Meta-Llama-3-70B-Instruct",
)
_TRAFFIC = "pulumi-python:dynamic/llama-azure:EndpointTraffic"


@dataclass(frozen=True, slots=True)
class _Mixed(LlamaAzure):
    """An estate of sixty serverless endpoints, and some online endpoints with two deployments each."""

    managed: int = MANAGED

    def settings(self, place: Place) -> dict[str, Any]:
        deployment = {
            "model": "Meta-Llama-3-8B-Instruct",
            "version": "1",
            "vmSize": "Standard_NC24ads_A100_v4",
            "instances": 1,
        }
        deployments = {"blue": {**deployment, "traffic": 90}, "green": {**deployment, "traffic": 10}}
        projects = {
            f"p{number}": {
                "name": f"{place.name}-{number}",
                "serverless": [{"model": model} for model in MODELS],
                **({"managed": {f"chat-{number}": {"deployments": deployments}}} if number < self.managed else {}),
            }
            for number in range(place.projects)
        }
        return {**LlamaAzure.settings(self, place), "llama-azure:projects": projects}


def measure_critical_path(managed: int = MANAGED) -> Iterator[str]:
    """Deploy and destroy one estate with so many online endpoints, on the profile `realistic`; yield what to print."""
    with open_sandbox(Latency.REALISTIC, default_core_quota=10_000, limits={"endpointsPerRegion": 1000}) as sandbox:
        place = Place(sandbox.folder / "estate", "critical", PROJECTS, sandbox.environment)
        place.folder.mkdir()
        tool = _Mixed(managed=managed)
        tool.prepare(place)
        environment, commands = tool.environment(place), tool.commands()
        up = run_measured(commands["up"], place.folder, environment)
        export = place.folder / "export.json"
        run_measured(
            ["pulumi", "stack", "export", "--stack", "bench", "--file", str(export)], place.folder, environment
        )
        chain = longest_chain(_resources(export), seconds_by_type(Latency.REALISTIC))
        destroy = run_measured(commands["destroy"], place.folder, environment)
    seconds = sum(one for _, one in chain)
    for name, one in chain:
        yield f"  {one:6.0f} s  {name}"
    yield f"{'longest chain':20} {seconds:7.1f} s"
    for step, cost in (("up", up), ("destroy", destroy)):
        yield f"{step:20} {cost.seconds:7.1f} s   {cost.seconds / seconds:.2f} of it"
    ratios = {"up-by-chain": up.seconds / seconds, "destroy-by-chain": destroy.seconds / seconds}
    how = {"onlineEndpoints": managed, "chainSeconds": seconds}
    write_results("critical-path", ratios, [{"name": name, "seconds": one} for name, one in chain], **how)


def longest_chain(resources: Sequence[Mapping[str, Any]], seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the chain of resources that takes longest one after the other, first to last, each with its seconds.

    Args:
        resources: those of a state, in its order, which is one in which each comes after what it depends on.
        seconds: by ARM type, and of ``default``.
    """
    arm_types = {token: one.name for token, one in resource_types().items()} | {_TRAFFIC: ONLINE_ENDPOINT}
    chains: dict[str, list[tuple[str, float]]] = {}
    for resource in resources:
        kind, urn = resource["type"], resource["urn"]
        own = seconds.get(arm_types[kind], seconds["default"]) if kind in arm_types else 0.0
        before = max((chains.get(one, []) for one in _waits_for(resource)), key=_total, default=[])
        chains[urn] = [*before, (urn.rsplit("::", 1)[-1], own)] if own else before
    return max(chains.values(), key=_total)


def _waits_for(resource: Mapping[str, Any]) -> Iterable[str]:
    yield from resource.get("dependencies") or ()
    for urns in (resource.get("propertyDependencies") or {}).values():
        yield from urns or ()
    if "parent" in resource:
        yield resource["parent"]


def _total(chain: Sequence[tuple[str, float]]) -> float:
    return sum(seconds for _, seconds in chain)


def _resources(export: Path) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = json.loads(export.read_text(encoding="utf-8"))["deployment"]["resources"]
    return resources
