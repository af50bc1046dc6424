"""The traffic in a stack's configuration, for the steps of a rollout."""

import copy
import json
from collections.abc import Mapping
from typing import Any

from llama_azure_core.engine_values import NAMESPACE

_PROJECTS = f"{NAMESPACE}:projects"


def with_traffic(config: Mapping[str, Any], shares: Mapping[tuple[str, str], Mapping[str, int]]) -> dict[str, Any]:
    """Return a configuration that settings were read from, with other traffic.

    Args:
        config: values by full key, as they stand in a stack's file.
        shares: by the keys of a project and of an online endpoint: by deployment name, the share of the requests in
            percent. Deployments that are not named get none.
    """
    changed = copy.deepcopy(dict(config))
    if _PROJECTS in changed:
        changed[_PROJECTS] = _projects(changed)
    for project_key, project in (changed.get(_PROJECTS) or {}).items():
        for key, endpoint in ((project or {}).get("managed") or {}).items():
            _set(endpoint, shares.get((project_key, key), {}))
        for key, section in ((project or {}).get("endpoints") or {}).items():
            if (section or {}).get("managed"):
                _set(section["managed"], shares.get((project_key, key), {}))
    return changed


def _set(endpoint: dict[str, Any], shares: Mapping[str, int]) -> None:
    if endpoint.get("otherTraffic"):
        endpoint["otherTraffic"] = {name: shares.get(name, 0) for name in endpoint["otherTraffic"]}
    for name, deployment in (endpoint.get("deployments") or {}).items():
        deployment["traffic"] = shares.get(name, 0)
        # Azure copies requests to a deployment without traffic only; a copy is for later.
        if deployment["traffic"]:
            deployment.pop("mirror", None)


def _projects(config: Mapping[str, Any]) -> Any:
    value = config.get(_PROJECTS)
    return json.loads(value) if isinstance(value, str) and value else value
