"""Reading what Azure answered. A resource whose creation failed, or is not over, may lack any of it."""

import asyncio
from importlib import metadata
from typing import Any

import pulumi

_PLUGIN_VERSION = metadata.version("pulumi-azure-native")
_TRIES = 3
_PAUSE_SECONDS = 1.0


def part(answered: object, *names: str) -> Any:
    """Return a member of an output, by the names that lead to it; ``None`` where anything on the way is missing."""
    for name in names:
        answered = answered.get(name) if type(answered) is dict else getattr(answered, name, None)
    return answered


async def primary_key(component: pulumi.Resource, function: str, place: dict[str, pulumi.Input[str]]) -> str:
    """Return the primary key of an endpoint, asked for again where the answer is lost.

    Args:
        component: whose endpoint it is; it is asked for through the component's azure-native provider.
        function: azure-native's function that lists the keys.
        place: the function's arguments.

    Raises:
        pulumi.RunError: the keys cannot be had; the message is Azure's. The engine prints it without a traceback.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            keys = await ask(component, function, place)
        except Exception as error:  # noqa: BLE001 - the SDK raises this type alone
            if tries_left:
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            name = place.get("name") or place.get("endpointName")
            raise pulumi.RunError(
                f"the keys of the endpoint {name} cannot be listed: {_azures_words(error)}; run `pulumi up` again, and "
                "if it stays so ask `preflight` whether the action listKeys is allowed"
            ) from None
        return str(keys.get("primaryKey") or "")
    raise AssertionError("every try ends in an answer or an error")


async def ask(component: pulumi.Resource, function: str, place: dict[str, Any]) -> dict[str, Any]:
    """Return what a function of azure-native's machinelearningservices answers.

    Raises:
        Exception: it fails; the message is the plugin's.
    """
    options = pulumi.InvokeOptions(parent=component, version=_PLUGIN_VERSION)
    token = f"azure-native:machinelearningservices:{function}"
    answer: dict[str, Any] | None = await pulumi.runtime.invoke_async(token, place, options)
    return answer or {}


def _azures_words(error: Exception) -> str:
    """Return an error of an invoke without the engine's words around it."""
    return str(error).rpartition(" returned an error: ")[2] or str(error)
