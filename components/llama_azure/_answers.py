"""Reading what Azure answered. A resource whose creation failed, or is not over, may lack any of it."""

import asyncio
import re
from typing import Any

import pulumi

from llama_azure._azure_native import VERSION, Answer, camel

_ABSENT = re.compile(r"is not there|NotFound|not found|\b404\b", re.IGNORECASE)
_TRIES = 3
_PAUSE_SECONDS = 1.0


def part(answered: object, *names: str) -> Any:
    """Return a member of an output, by the names that lead to it; ``None`` where anything on the way is missing.

    An output may be a mapping, by Azure's names, or an object of the SDK's, by Python's.
    """
    for name in names:
        if type(answered) is dict or isinstance(answered, Answer):
            answered = answered.get(name if name in answered else camel(name))
        else:
            answered = getattr(answered, name, None)
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
    options = pulumi.InvokeOptions(parent=component, version=VERSION)
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


def is_absent(function: str, place: dict[str, Any], module: str) -> bool:
    """Whether a function of azure-native says that something is not there. Whoever may not read it is told no."""
    try:
        pulumi.runtime.invoke(f"azure-native:{module}:{function}", place, pulumi.InvokeOptions(version=VERSION))
    except Exception as error:  # noqa: BLE001 - the SDK raises this type alone
        return bool(_ABSENT.search(str(error)))
    return False


_LAST_STATES = frozenset({"Succeeded", "Failed", "Canceled", "Disabled"})
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 10.0
PATIENCE_SECONDS = 1800.0
"""How long Azure may work at a part of a Foundry resource; accounts were seen to take hours, and then to be stuck."""


async def settled(component: pulumi.Resource, function: str, place: dict[str, Any]) -> dict[str, Any] | None:
    """Return what Azure shows of a part of a Foundry resource once it has ended to work at it.

    Azure answers a PUT before it is done (the state is Accepted or Creating then). ``None`` stands for one that is not
    there. One that cannot be read is left to Azure's own refusal.

    Raises:
        pulumi.RunError: Azure is still at it after :data:`PATIENCE_SECONDS`.
    """
    waited, pause = 0.0, _FIRST_PAUSE_SECONDS
    while True:
        try:
            shown = await ask(component, function, place, module="cognitiveservices")
        except UnansweredError:
            return None
        state = part(shown, "properties", "provisioningState")
        if state is None or state in _LAST_STATES:
            return shown
        if waited >= PATIENCE_SECONDS:
            name = list(place.values())[-1]
            raise pulumi.RunError(
                f"{name} is still {state} after {round(PATIENCE_SECONDS / 60)} minutes; run `pulumi up` again later, "
                "and if it stays so delete it and ask Azure's support: accounts were seen to get stuck"
            )
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE_SECONDS)
