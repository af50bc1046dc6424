"""Renew the keys of a gateway's teams without a moment in which a caller's key is refused.

A team's key is a secret of the gateway's vault, and nobody else's. The new one is written beside it first, and the
gateway's job has the proxy know it; only then does it take the old one's place, for callers who read the vault, and is
handed over to the others. The old one ends by itself a day later. Whatever a run leaves behind, the key in the vault is
one that the proxy takes; it is safe to run this again.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from llama_azure_access.jobs import JobError, run_job
from llama_azure_core.gateway import new_key, next_secret, team_secret
from llama_azure_core.resource_types import CONTAINER_APPS_JOB, KEY_VAULT_SECRET, api_version
from llama_azure_pipelines.arm import Arm
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.say import say

_SECRET = api_version(KEY_VAULT_SECRET)
_JOB = api_version(CONTAINER_APPS_JOB)
_DAY_SECONDS = 86_400


def teams_of(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Return by team the resource id of the secret that holds its key; nothing for a stack without a gateway."""
    gateway = outputs.get("gateway") or {}
    return {team: f"{gateway['keyVault']}/secrets/{team_secret(team)}" for team in gateway.get("teamSecrets") or {}}


def rotate_team_keys(
    stack: str,
    outputs: Mapping[str, Any],
    known: Environments,
    hand_over: Callable[[dict[str, str], str], None],
    only: str | None = None,
) -> None:
    """Renew the keys of a gateway's teams.

    Args:
        stack: the stack.
        outputs: the stack's.
        known: how old keys may be.
        hand_over: gives callers keys, by the names of their secrets, and is told what to say where it fails.
        only: the one team to renew the key of. Default: all.

    Raises:
        StepError: a step failed. Callers still hold a key that works, and it is safe to run this again.
    """
    teams = {team: path for team, path in teams_of(outputs).items() if only in (None, team)}
    if not teams:
        known_teams = ", ".join(teams_of(outputs)) or "none"
        raise StepError(f"{stack} has no such team with a key of its gateway; it has: {known_teams}")
    arm, job = Arm(stack), str(outputs["gateway"]["teamsJob"])
    fresh = {team: new_key(secrets.token_urlsafe) for team in teams}
    for team, path in teams.items():
        _write(arm, next_secret(path), fresh[team], known)
    _run(arm, job, f"{stack}: the new keys are not in use yet, and the old ones work")
    for team, path in teams.items():
        _write(arm, path, fresh[team], known)
    hand_over({team_secret(team): key for team, key in fresh.items()}, "callers hold a key that works; run it again")
    _run(arm, job, f"{stack}: the new keys work, and so do the old ones, which the job will end when it runs next")
    for path in teams.values():
        arm.call("PATCH", next_secret(path), _SECRET, {"properties": {"attributes": {"enabled": False}}})
    say(f"{stack}: the keys of teams are new, and the old ones end within a day: {', '.join(sorted(teams))}")


def _write(arm: Arm, path: str, key: str, known: Environments) -> None:
    expires = int(time.time()) + known.max_key_age_days * _DAY_SECONDS
    attributes = {"enabled": True, "exp": expires}
    body = {"properties": {"value": key, "contentType": "key of the gateway", "attributes": attributes}}
    arm.call("PUT", path, _SECRET, body)


def _run(arm: Arm, job: str, state: str) -> None:
    try:
        run_job(lambda method, path: arm.call(method, path, _JOB), job)
    except JobError as error:
        raise StepError(f"{error}. {state}; run it again") from None
