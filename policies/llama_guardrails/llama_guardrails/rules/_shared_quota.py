"""Whether an online endpoint uses Azure's shared quota."""

from typing import Any

from llama_azure_core._facts import load_facts
from llama_guardrails.view import Resource

SHARED_QUOTA: dict[str, Any] = load_facts("limits")["sharedQuota"]
PROPERTY = f"properties.properties.{SHARED_QUOTA['endpointProperty']}"


def is_shared(endpoint: Resource) -> bool:
    """Whether an endpoint says so in its own properties (source S36)."""
    return endpoint.get(PROPERTY) is True or endpoint.says(PROPERTY, "true")
