"""Rollout: a stack brought to what its file says without a request that meets a deployment nobody has asked.

A new deployment is made with no requests and asked through the data plane, by a header that sends a request to it
alone. Then it gets its share step by step, and is asked in each. If it does not answer, all requests go back where
they were: the file stays as it is, and says what was wanted; a change of it is how to go on.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from llama_azure_core.resource_types import ONLINE_ENDPOINT, api_version
from pipelines import engine
from pipelines.environments import Environments
from pipelines.errors import StepError
from pipelines.health import Endpoint, endpoints_of, problem
from pipelines.names import azure_ids, azure_names
from pipelines.say import say
from pipelines.stacks import read_stack_file
from pipelines.traffic import EndpointKey, Traffic, gaining, steps, traffic_of, with_traffic

_API_VERSION = api_version(ONLINE_ENDPOINT)


def roll_out(stack: str, known: Environments) -> None:
    """Bring a stack to what its file says, in as many steps as its traffic needs, from what Azure has now.

    Raises:
        StepError: an update failed, or a deployment was ill and the requests are back where they were.
    """
    file = read_stack_file(stack)
    config = file.get("config") or {}
    now, goal = _traffic_in_azure(stack, config), traffic_of(config)
    planned = steps(now, goal, known.rollout.shares)
    if len(planned) == 1:
        if engine.up(stack).returncode != 0:
            raise StepError(f"{stack}: the update failed, as said above")
        return
    new = gaining(now, goal)
    for number, traffic in enumerate(planned):
        if number:
            time.sleep(known.rollout.pause_seconds)
        say(f"{stack}: {_spoken(traffic)}")
        _set(stack, file, traffic)
        ill = _ill(stack, file, new, known)
        if ill:
            _set(stack, file, planned[0])
            told = "\n".join(f"  {what}" for what in ill)
            raise StepError(f"{stack}: rolled back to {_spoken(planned[0])}\n{told}")


def _traffic_in_azure(stack: str, config: Mapping[str, Any]) -> Traffic:
    """Return what each endpoint's requests go to now, whoever set it; an endpoint that is not there is left out."""
    ids = azure_ids(stack, config)
    if not ids:
        return {}
    from pipelines.arm import Arm, NotThereError  # which loads the Azure SDK

    arm, found = Arm(stack), {}
    for key, resource_id in ids.items():
        try:
            shown = arm.call("GET", resource_id, _API_VERSION)
        except NotThereError:
            continue
        traffic = shown["properties"].get("traffic") or {}
        found[key] = {name: int(share) for name, share in traffic.items()}
    return found


def _set(stack: str, file: engine.Json, traffic: Traffic) -> None:
    """Update the stack with other traffic than its file's."""
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        path = Path(folder, f"Pulumi.{stack}.yaml")
        changed = {**file, "config": with_traffic(file["config"], traffic)}
        path.write_text(yaml.safe_dump(changed), encoding="utf-8")
        if engine.up(stack, "--config-file", str(path)).returncode != 0:
            raise StepError(f"{stack}: the update to {_spoken(traffic)} failed, as said above")


def _ill(stack: str, file: engine.Json, new: list[tuple[EndpointKey, str]], known: Environments) -> list[str]:
    """Ask each new deployment by itself, whatever its share; return what is wrong."""
    endpoints = {one.name: one for one in endpoints_of(stack, engine.outputs(stack))}
    names = azure_names(stack, file.get("config") or {})
    found = []
    for key, deployment in new:
        endpoint: Endpoint = endpoints[names[key]]
        said = problem(endpoint, known.health_check, deployment=deployment)
        if said is not None:
            found.append(f"{key} {deployment}: {said}")
    return found


def _spoken(traffic: Traffic) -> str:
    return "; ".join(
        f"{key.endpoint} {', '.join(f'{name} {share} %' for name, share in shares.items())}"
        for key, shares in sorted(traffic.items())
    )
