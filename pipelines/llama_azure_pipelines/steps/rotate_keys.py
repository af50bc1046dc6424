"""Rotate the keys of a stack's serverless endpoints without a moment in which a caller's key is refused.

An endpoint has two keys, and a key is renewed only after a hand-over of the other one has succeeded in the same run.
So it begins with the primary key as it is: whatever a run before this one left behind, all callers hold that key then,
and a command that cannot hand keys over is met before any is renewed. The secondary key is renewed and handed over,
and then the primary one, which the stack's outputs tell too in the end. Nothing has to be remembered between two runs.
The stack's own connections to an endpoint are given each key as well.
"""

import json
import shlex
import shutil
import subprocess
from dataclasses import replace
from enum import StrEnum
from typing import Any

from llama_azure_core.resource_types import CONNECTION, SERVERLESS_ENDPOINT, api_version, azure_native
from llama_azure_pipelines import engine
from llama_azure_pipelines.arm import Arm
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.health import Endpoint, endpoints_of, problem
from llama_azure_pipelines.say import say
from llama_azure_pipelines.steps.rotate_team_keys import rotate_team_keys, teams_of

_TYPE = azure_native("machinelearningservices:ServerlessEndpoint")
_API_VERSION = api_version(SERVERLESS_ENDPOINT)
_CONNECTION_TYPE = azure_native("machinelearningservices:WorkspaceConnection")
_CONNECTION_API_VERSION = api_version(CONNECTION)
_SENT = ("authType", "category", "target", "isSharedToAll", "sharedUserList", "metadata", "expiryTime")
"""What a connection is written with, beside its key."""
_AGAIN = "callers hold a key that works, this one or the other; run it again"


Json = dict[str, Any]


class Key(StrEnum):
    """The two keys of an endpoint, as regenerateKeys calls them (source S29)."""

    PRIMARY = "Primary"
    SECONDARY = "Secondary"

    @property
    def in_answer(self) -> str:
        """The key's name in what listKeys answers."""
        return f"{self.value.lower()}Key"


def rotate_keys(
    stack: str, known: Environments, hand_over: str, only: str | None = None, team: str | None = None
) -> None:
    """Renew both keys of every serverless endpoint of a stack that takes keys, and the keys of its gateway's teams.

    Args:
        stack: the stack.
        known: how an endpoint is asked whether a key works.
        hand_over: a command that gives callers new keys and returns when they use them. It reads a JSON object
            from standard input: by endpoint name, the key. It is split as a shell splits words, and run by none.
        only: the one endpoint to rotate the keys of. Default: all.
        team: the one team of the gateway to rotate the key of. Default: all.

    Raises:
        StepError: a step failed. Callers still hold a key that works, and it is safe to run this again.
    """
    command = _command(hand_over)
    outputs = engine.outputs(stack)
    if only is None and (team is not None or teams_of(outputs)):
        rotate_team_keys(stack, outputs, known, lambda keys, remedy: _hand_over(command, keys, remedy), team)
    if team is None:
        _rotate_endpoints(stack, outputs, known, command, only)


def _rotate_endpoints(stack: str, outputs: Json, known: Environments, command: list[str], only: str | None) -> None:
    ids = engine.resource_ids(stack, _TYPE)
    endpoints = [one for one in endpoints_of(stack, outputs) if one.name in ids and one.key is not None]
    chosen = [one for one in endpoints if only in (None, one.name)]
    if not chosen and only is None and teams_of(outputs):
        return
    if not chosen:
        known_names = ", ".join(one.name for one in endpoints) or "none"
        raise StepError(f"{stack} has no such serverless endpoint with keys; it has: {known_names}")
    arm = Arm(stack)
    connections = _connections(arm, stack, chosen)
    held = {one.name: _working(arm, one, ids[one.name], Key.PRIMARY, known) for one in chosen}
    _hand_over(command, held, "nothing was renewed")
    _connect(arm, connections, held)
    for key in (Key.SECONDARY, Key.PRIMARY):
        for one in chosen:
            arm.call("POST", f"{ids[one.name]}/regenerateKeys", _API_VERSION, {"keyType": key.value})
        fresh = {one.name: _working(arm, one, ids[one.name], key, known) for one in chosen}
        _hand_over(command, fresh, _AGAIN)
        _connect(arm, connections, fresh)
        say(f"{stack}: the {key.value.lower()} keys are new, and the callers have them: {', '.join(sorted(fresh))}")
    # The outputs tell the primary keys; the update reads the new ones.
    if engine.up(stack).returncode != 0:
        raise StepError(f"{stack}: the keys are new, but the update that puts them into the outputs failed; deploy it")


def _working(arm: Arm, endpoint: Endpoint, resource_id: str, key: Key, known: Environments) -> str:
    """Return a key of an endpoint once the endpoint takes it."""
    found = str(arm.call("POST", f"{resource_id}/listKeys", _API_VERSION)[key.in_answer])
    unhealthy = problem(replace(endpoint, key=found), known.health_check)
    if unhealthy is not None:
        raise StepError(
            f"{endpoint.name} does not take its {key.value.lower()} key: {unhealthy}; callers hold the other one"
        )
    return found


def _connections(arm: Arm, stack: str, endpoints: list[Endpoint]) -> dict[str, tuple[str, Json]]:
    """Return by its id what each connection of the stack is that holds a key of one of the endpoints: the endpoint's
    name, and its properties. Those of other stacks get the new key when they are deployed."""
    names = {one.uri.rstrip("/"): one.name for one in endpoints}
    found = {}
    for resource in engine.state(stack):
        if resource["type"] != _CONNECTION_TYPE or not resource.get("id"):
            continue
        shown: Json = arm.call("GET", resource["id"], _CONNECTION_API_VERSION)["properties"]
        name = names.get(str(shown.get("target")).rstrip("/"))
        if name is not None and shown.get("category") == "Serverless":
            found[str(resource["id"])] = (name, {key: shown[key] for key in _SENT if shown.get(key) is not None})
    return found


def _connect(arm: Arm, connections: dict[str, tuple[str, Json]], keys: dict[str, str]) -> None:
    """Give connections the keys of their endpoints: whoever calls through one is a caller, too."""
    for resource_id, (name, properties) in connections.items():
        body = {"properties": {**properties, "credentials": {"key": keys[name]}}}
        arm.call("PUT", resource_id, _CONNECTION_API_VERSION, body)


def _command(hand_over: str) -> list[str]:
    """Return the words of the hand-over command, which is looked at before any key is renewed.

    Raises:
        StepError: there is no such command.
    """
    remedy = "nothing was renewed; name a program that reads the keys as JSON from standard input"
    try:
        words = shlex.split(hand_over)
    except ValueError as error:
        raise StepError(f"--hand-over {hand_over!r} cannot be split into words: {error}; {remedy}") from None
    if not words:
        raise StepError(f"--hand-over is empty; {remedy}")
    if shutil.which(words[0]) is None:
        raise StepError(f"--hand-over {hand_over!r}: {words[0]!r} is not a program on the PATH; {remedy}")
    return words


def _hand_over(command: list[str], keys: dict[str, str], remedy: str) -> None:
    """Give callers keys.

    Raises:
        StepError: they may not have them, or not all of them.
    """
    try:
        code = subprocess.run(command, input=json.dumps(keys), text=True, check=False).returncode
    except OSError as error:
        raise StepError(f"`{shlex.join(command)}` could not be run: {error.strerror}; {remedy}") from None
    if code != 0:
        raise StepError(f"`{shlex.join(command)}` did not hand the keys over (exit code {code}); {remedy}")
