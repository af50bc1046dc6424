"""The settings of a running sandbox's world, from another process."""

from typing import Any

import httpx

from sandbox.addresses import ADMIN_HEADER, CLOCK_PATH, WORLD_PATH
from sandbox.home import ADMIN_SECRET, SandboxHome
from sandbox.process import SandboxError, running, trusting


def world_settings(home: SandboxHome) -> dict[str, Any]:
    """Return the settings by their names in JSON, and ``asOf``, the date that the sandbox believes now.

    Raises:
        SandboxError: the sandbox does not run.
    """
    return _call(home, "GET", WORLD_PATH)


def change_world(home: SandboxHome, **changes: Any) -> dict[str, Any]:
    """Change settings, ``change_world(home, billingCountry="JP")``, and return them all.

    Raises:
        SandboxError: the sandbox does not run, or has no such setting or value.
    """
    return _call(home, "PATCH", WORLD_PATH, changes)


def advance_clock(home: SandboxHome, *, seconds: float) -> dict[str, Any]:
    """Let time pass in the sandbox, and return the settings.

    Raises:
        SandboxError: the sandbox does not run, or ``seconds`` is negative.
    """
    return _call(home, "POST", CLOCK_PATH, {"advanceSeconds": seconds})


def _call(home: SandboxHome, method: str, path: str, body: Any = None) -> dict[str, Any]:
    record = running(home)
    if record is None:
        raise SandboxError("it is not running; start it with `sandbox start`")
    headers = {ADMIN_HEADER: home.secret(ADMIN_SECRET)}
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False, timeout=30) as client:
        answer = client.request(method, path, json=body, headers=headers)
    content: dict[str, Any] = answer.json()
    if answer.is_error:
        raise SandboxError(content["error"]["message"])
    return content
