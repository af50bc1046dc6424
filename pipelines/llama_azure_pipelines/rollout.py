"""Rollout: a stack brought to what its file says without a request that meets a deployment nobody has asked.

A new deployment is made with no requests and asked through the data plane, by a header that sends a request to it
alone. Then it gets its share step by step, and is asked in each. If it does not answer, all requests go back where
they were: the file stays as it is, and says what was wanted; a change of it is how to go on.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llama_azure_core.plan import Plan, with_traffic
from llama_azure_core.resource_types import ONLINE_ENDPOINT, api_version
from llama_azure_core.settings import StackFile
from llama_azure_pipelines import engine
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.health import Endpoint, endpoints_of, problem
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import planned, read_stack_file
from llama_azure_pipelines.traffic import EndpointKey, Traffic, gaining, online_endpoints, steps, traffic_of

_API_VERSION = api_version(ONLINE_ENDPOINT)


def roll_out(stack: str, known: Environments) -> None:
    """Bring a stack to what its file says, in as many steps as its traffic needs, from what Azure has now.

    Raises:
        StepError: an update failed, or a deployment was unhealthy and the requests are back where they were.
    """
    file = read_stack_file(stack)
    wanted = planned(file, stack)
    now, goal = _traffic_in_azure(stack, wanted), traffic_of(wanted)
    stages = steps(now, goal, known.rollout.shares)
    if len(stages) == 1:
        if engine.up(stack).returncode != 0:
            raise StepError(f"{stack}: the update failed, as said above")
        return
    new = gaining(now, goal)
    endpoints: dict[str, Endpoint] = {}
    for number, traffic in enumerate(stages):
        if number:
            time.sleep(known.rollout.pause_seconds)
        say(f"{stack}: {_in_words(traffic)}")
        # The first update brings everything to the file but the shares. Those after it find the stack as it left it, so
        # that they ask Azure for nothing but the shares; the last is judged as a whole once more.
        _set(stack, file, traffic, refresh=number == 0, preview=number in (0, len(stages) - 1))
        endpoints = endpoints or {one.name: one for one in endpoints_of(stack, engine.outputs(stack))}
        unhealthy = _unhealthy(endpoints, wanted, new, known)
        if unhealthy:
            if number:  # at once: nothing is asked that could stand against the way back
                _set(stack, file, stages[0], refresh=False, preview=False)
            details = "\n".join(f"  {what}" for what in unhealthy)
            raise StepError(f"{stack}: rolled back to {_in_words(stages[0])}\n{details}")


def _traffic_in_azure(stack: str, wanted: Plan) -> Traffic:
    """Return what each endpoint's requests go to now, whoever set it; an endpoint that is not there is left out."""
    ids = {key: endpoint.id for key, endpoint in online_endpoints(wanted)}
    if not ids:
        return {}
    from llama_azure_pipelines.arm import Arm, NotThereError  # which loads the Azure SDK

    arm, found = Arm(stack), {}
    for key, resource_id in ids.items():
        try:
            shown = arm.call("GET", resource_id, _API_VERSION)
        except NotThereError:
            continue
        traffic = shown["properties"].get("traffic") or {}
        found[key] = {name: int(share) for name, share in traffic.items()}
    return found


def _set(stack: str, file: StackFile, traffic: Traffic, *, refresh: bool, preview: bool) -> None:
    """Update the stack with other traffic than its file's."""
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        path = Path(folder, f"Pulumi.{stack}.yaml")
        # JSON is YAML in which every text has quotes, so that the engine reads none as a number.
        path.write_text(json.dumps(_with_traffic(file, traffic)), encoding="utf-8")
        if engine.up(stack, "--config-file", str(path), refresh=refresh, preview=preview).returncode != 0:
            raise StepError(f"{stack}: the update to {_in_words(traffic)} failed, as said above")


def _with_traffic(file: StackFile, traffic: Traffic) -> dict[str, Any]:
    """Return a stack's file with other traffic; what is encrypted in it stays as it is."""
    content = dict(file.document)
    shares = {(key.project, key.endpoint): one for key, one in traffic.items()}
    return {**content, "config": with_traffic(content["config"], shares)}


def _unhealthy(
    endpoints: Mapping[str, Endpoint], wanted: Plan, new: list[tuple[EndpointKey, str]], known: Environments
) -> list[str]:
    """Ask each new deployment by itself, whatever its share; return what is wrong."""
    names = {key: endpoint.name for key, endpoint in online_endpoints(wanted)}
    found = []
    for key, deployment in new:
        said = problem(endpoints[names[key]], known.health_check, deployment=deployment)
        if said is not None:
            found.append(f"{key} {deployment}: {said}")
    return found


def _in_words(traffic: Traffic) -> str:
    return "; ".join(
        f"{key.endpoint} {', '.join(f'{name} {share} %' for name, share in shares.items())}"
        for key, shares in sorted(traffic.items())
    )
