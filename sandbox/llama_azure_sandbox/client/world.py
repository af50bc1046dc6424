"""The settings of a running sandbox's world, from another process."""

from typing import Any

from llama_azure_sandbox.addresses import CLOCK_PATH, WORLD_PATH
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.home import SandboxHome


def world_settings(home: SandboxHome) -> dict[str, Any]:
    """Return the settings by their names in JSON, and ``asOf``, the date that the sandbox believes now.

    Raises:
        SandboxError: the sandbox does not run.
    """
    return call_sandbox(home, "GET", WORLD_PATH)


def change_world(home: SandboxHome, **changes: Any) -> dict[str, Any]:
    """Change settings, ``change_world(home, billingCountry="JP")``, and return them all.

    Raises:
        SandboxError: the sandbox does not run, or has no such setting or value.
    """
    return call_sandbox(home, "PATCH", WORLD_PATH, changes)


def advance_clock(home: SandboxHome, *, seconds: float) -> dict[str, Any]:
    """Let time pass in the sandbox, and return the settings.

    Raises:
        SandboxError: the sandbox does not run, or ``seconds`` is negative.
    """
    return call_sandbox(home, "POST", CLOCK_PATH, {"advanceSeconds": seconds})
