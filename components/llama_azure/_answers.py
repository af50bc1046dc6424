"""Reading what Azure answered. A resource whose creation failed, or is not over, may lack any of it."""

import asyncio
import re
from importlib import metadata
from typing import Any

import pulumi

_PLUGIN_VERSION = metadata.version("pulumi-azure-native")
_ABSENT = re.compile(r"is not there|NotFound|not found|\b404\b", re.IGNORECASE)
_TRIES = 3
_PAUSE_SECONDS = 1.0


def part(answered: object, *names: str) -> Any:
    """Return a member of an output, by the names that lead to it; ``None`` where anything on the way is missing."""
    for name in names:
        answered = answered.get(name) if type(answered) is dict else getattr(answered, name, None)
    return answered


class UnansweredError(Exception):
    """Azure refuses a question, or does not answer it; the message is Azure's."""


async def primary_key(component: pulumi.Resource, function: str, place: dict[str, pulumi.Input[str]]) -> str:
    """Return the primary key of an endpoint.

    Args:
        component: whose endpoint it is; it is asked for through the component's azure-native provider.
        function: azure-native's function that lists the keys.
        place: the function's arguments.

    Raises:
        pulumi.RunError: the keys cannot be had; the message is Azure's. The engine prints it without a traceback.
    """
    try:
        keys = await ask(component, function, place)
    except UnansweredError as error:
        name = place.get("name") or place.get("endpointName")
        raise pulumi.RunError(
            f"the keys of the endpoint {name} cannot be listed: {error}; run `pulumi up` again, and if it stays so ask "
            "`preflight` whether the action listKeys is allowed"
        ) from None
    return str((keys or {}).get("primaryKey") or "")


async def ask(
    component: pulumi.Resource, function: str, place: dict[str, Any], module: str = "machinelearningservices"
) -> dict[str, Any] | None:
    """Return what a function of a module of azure-native answers; asked again where an answer is lost.

    ``None`` stands for a resource that is not there.

    Raises:
        UnansweredError: it fails; the message is the plugin's.
    """
    options = pulumi.InvokeOptions(parent=component, version=_PLUGIN_VERSION)
    token = f"azure-native:{module}:{function}"
    for tries_left in reversed(range(_TRIES)):
        try:
            answer: dict[str, Any] | None = await pulumi.runtime.invoke_async(token, place, options)
        except Exception as error:  # noqa: BLE001 - the SDK raises this type alone
            words = str(error).rpartition(" returned an error: ")[2] or str(error)
            if _ABSENT.search(words):
                return None
            if not tries_left:
                raise UnansweredError(words) from None
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return answer or {}
    raise AssertionError("every try ends in an answer or an error")
