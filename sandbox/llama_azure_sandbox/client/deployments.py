"""What a running sandbox knows of its online deployments, from another process."""

from typing import Any

from llama_azure_sandbox.addresses import COLLECTED_PATH, DEPLOYMENTS_PATH
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.home import SandboxHome


def deployment_requests(home: SandboxHome) -> dict[str, dict[str, int]]:
    """Return how many requests were ``routed`` and ``mirrored`` to each online deployment, by its resource id.

    Raises:
        SandboxError: the sandbox does not run.
    """
    return {one["id"]: one["requests"] for one in call_sandbox(home, "GET", DEPLOYMENTS_PATH)["value"]}


def collected_data(home: SandboxHome, deployment: str, collection: str = "model_inputs") -> list[dict[str, Any]]:
    """Return the inference data that a deployment (its resource id) collected: CloudEvents, the oldest first.

    ``collection`` is ``model_inputs`` or ``model_outputs``.

    Raises:
        SandboxError: the sandbox does not run, or there is no such collection.
    """
    query = {"deployment": deployment, "collection": collection}
    found: list[dict[str, Any]] = call_sandbox(home, "GET", COLLECTED_PATH, query=query)["value"]
    return found
