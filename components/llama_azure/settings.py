"""The one reader of a stack's configuration."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG

from llama_azure_core.settings import NAMESPACE, Settings, SettingsError, parse_settings


def load_settings() -> Settings:
    """Read and judge the configuration of the stack that is being deployed.

    Raises:
        pulumi.RunError: it cannot be used; the message names each value, its file and the remedy.
            The engine prints it without a traceback.
    """
    try:
        return parse_settings(_structured(CONFIG.get()), source=f"stacks/Pulumi.{pulumi.get_stack()}.yaml")
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None


def _structured(config: Mapping[str, str]) -> dict[str, Any]:
    """Give this project's values the shape they have in the file: Pulumi hands mappings and lists over as JSON."""
    return {
        key: json.loads(value) if key.startswith(f"{NAMESPACE}:") and value[:1] in ("{", "[") else value
        for key, value in config.items()
    }
