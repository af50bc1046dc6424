"""From a stack's configuration to settings, with every problem told at once."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from llama_azure_core.settings._section import AS_OF
from llama_azure_core.settings.stack import Settings

NAMESPACE = "llama-azure"
"""The configuration namespace of the settings; also the Pulumi project's name."""

LOCATION_KEY = "azure-native:location"


class SettingsError(ValueError):
    """The settings cannot be used; the message names every value at fault and its remedy."""


def parse_settings(config: Mapping[str, Any], source: str) -> Settings:
    """Turn a stack's configuration into settings.

    Args:
        config: values by full key, ``llama-azure:hub`` and ``azure-native:location``; keys of other
            namespaces are left alone. Structured values are mappings and lists, not JSON text.
        source: the file the values come from, for messages.

    Raises:
        SettingsError: something is missing, unknown or wrong; the message lists all of it.
    """
    prefix = f"{NAMESPACE}:"
    values = {key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)}
    if LOCATION_KEY in config:
        values["location"] = config[LOCATION_KEY]
    try:
        return Settings.model_validate(values, context={AS_OF: _as_of(values.get("asOf"))})
    except ValidationError as error:
        problems = "\n".join(f"  {_path(problem['loc'])}: {_explain(problem)}" for problem in error.errors())
        raise SettingsError(f"{source} cannot be used:\n{problems}") from None


def _as_of(value: object) -> dt.date:
    """Return the date to judge by even where the rest cannot be used, so that all problems are told at once."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        return dt.date.today()


def _path(location: tuple[int | str, ...]) -> str:
    """Spell a value's place as a person writes it: ``llama-azure:projects.chat.serverless[0].model``."""
    if not location:
        return NAMESPACE
    head, *rest = location
    path = LOCATION_KEY if head == "location" else f"{NAMESPACE}:{head}"
    for step in rest:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _explain(problem: Any) -> str:
    """Say what is wrong and what to do, in the words of the file rather than of the validator."""
    match problem["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not a setting; remove it or check its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return f"{problem['msg']} (found {problem['input']!r})"
