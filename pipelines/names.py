"""From the keys of a stack's file to the names that Azure knows."""

from collections.abc import Mapping
from typing import Any

from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import azure_native
from pipelines import engine
from pipelines.errors import StepError
from pipelines.traffic import EndpointKey, traffic_of

_ENDPOINT_TYPE = azure_native("machinelearningservices:OnlineEndpoint")


def azure_names(stack: str, config: Mapping[str, Any]) -> dict[EndpointKey, str]:
    """Return the names of a stack's online endpoints.

    Raises:
        StepError: an endpoint of the file is not in the stack's state.
    """
    made = {one["urn"].rsplit("::", 1)[-1]: name_of(str(one["id"])) for one in _endpoints(stack)}
    names = {}
    for key in traffic_of(config):
        settings = config["llama-azure:projects"][key.project]["managed"][key.endpoint]
        # A component's logical name is made of the keys, and its child's of that; both never change.
        name = settings.get("existing") or made.get(f"{key.project}-{key.endpoint}-endpoint")
        if name is None:
            raise StepError(f"{stack}: {key} is in the file, but not in the stack's state; deploy it first")
        names[key] = str(name)
    return names


def azure_ids(stack: str, config: Mapping[str, Any]) -> dict[EndpointKey, str]:
    """Return the Azure ids of a stack's online endpoints, made or adopted; what the stack has not deployed is left out.

    Raises:
        StepError: the state cannot be read.
    """
    known = {one["urn"].rsplit("::", 1)[-1]: str(one["id"]) for one in _endpoints(stack)}
    logical = {key: f"{key.project}-{key.endpoint}-endpoint" for key in traffic_of(config)}
    return {key: known[name] for key, name in logical.items() if name in known}


def _endpoints(stack: str) -> list[engine.Json]:
    return [one for one in engine.state(stack) if one["type"] == _ENDPOINT_TYPE and one.get("id")]
