"""The fault rules of a running sandbox, from another process."""

import time
from typing import Any

from llama_azure_sandbox.addresses import FAULTS_PATH
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.faults.rules import FaultKind, FaultRule
from llama_azure_sandbox.home import SandboxHome


def add_fault(home: SandboxHome, kind: FaultKind | str, *, expires_in: float | None = None, **options: Any) -> int:
    """Add a fault rule and return its number: ``add_fault(home, "throttle", operation="write", count=2)``.

    Args:
        home: of the running sandbox.
        kind: one of ``FaultKind``.
        expires_in: after how many seconds the rule strikes no more; for ever if not given.
        options: the other fields of ``FaultRule``.

    Raises:
        SandboxError: the sandbox does not run.
        pydantic.ValidationError: there is no such option, or it takes no such value.
    """
    expires = None if expires_in is None else time.time() + expires_in
    rule = FaultRule.model_validate({"kind": kind, "expires": expires, **options})
    added = call_sandbox(home, "POST", FAULTS_PATH, rule.model_dump(by_alias=True, mode="json"))
    return int(added["number"])


def faults(home: SandboxHome) -> list[dict[str, Any]]:
    """Return the rules by their names in JSON: ``number``, what is not the default, ``fitted`` and ``struck``.

    Raises:
        SandboxError: the sandbox does not run.
    """
    found: list[dict[str, Any]] = call_sandbox(home, "GET", FAULTS_PATH)["faults"]
    return found


def clear_faults(home: SandboxHome, number: int | None = None) -> None:
    """Remove a rule by its number, or all of them.

    Raises:
        SandboxError: the sandbox does not run, or there is no such rule.
    """
    call_sandbox(home, "DELETE", FAULTS_PATH if number is None else f"{FAULTS_PATH}/{number}")
