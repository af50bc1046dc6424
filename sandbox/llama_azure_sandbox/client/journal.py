"""The journal of a running sandbox, from another process."""

from typing import Any

from llama_azure_sandbox.addresses import JOURNAL_PATH
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.home import SandboxHome


def journal(home: SandboxHome, since: int = 0) -> list[dict[str, Any]]:
    """Return the requests that the sandbox answered after entry number ``since``, the oldest first.

    Each has ``number``, ``time`` (UTC, ISO 8601), ``caller`` (a principal's name, or empty), ``method``, ``path``,
    ``query``, ``apiVersion``, ``status``, ``code`` (of an error) and ``milliseconds``.

    Raises:
        SandboxError: the sandbox does not run.
    """
    entries: list[dict[str, Any]] = call_sandbox(home, "GET", JOURNAL_PATH, query={"since": since})["entries"]
    return entries
