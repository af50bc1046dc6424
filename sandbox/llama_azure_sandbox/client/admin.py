"""Calls to a running sandbox's own routes, from another process."""

from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.addresses import ADMIN_HEADER
from llama_azure_sandbox.home import ADMIN_SECRET, SandboxHome
from llama_azure_sandbox.process import SandboxError, running, trusting


def call_sandbox(
    home: SandboxHome, method: str, path: str, body: Any = None, query: Mapping[str, str | int] | None = None
) -> dict[str, Any]:
    """Send a request to a route below ``/_sandbox`` and return what it answers.

    Raises:
        SandboxError: the sandbox does not run, or refuses.
    """
    import httpx  # half of what `sandbox run` would load, which calls nothing where the owner signs in

    record = running(home)
    if record is None:
        raise SandboxError("it is not running; start it with `sandbox start`")
    headers = {ADMIN_HEADER: home.secret(ADMIN_SECRET)}
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False, timeout=30) as client:
        answer = client.request(method, path, json=body, params=query, headers=headers)
    content: dict[str, Any] = answer.json()
    if answer.is_error:
        raise SandboxError(content["error"]["message"])
    return content
