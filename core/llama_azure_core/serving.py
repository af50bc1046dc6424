"""How large models are served on managed compute, and Azure's shared quota for a try (``facts/limits.yaml``)."""

from functools import cache

from llama_azure_core._facts import load_facts
from llama_azure_core.frozen import Frozen


class ProbeDefaults(Frozen):
    """When a container with a large model is looked at."""

    initial_delay_seconds: int
    period_seconds: int
    timeout_seconds: int
    failure_threshold: int


class LargeModelDefaults(Frozen):
    """How Microsoft's samples serve large models."""

    concurrent_requests: int
    queue_wait_seconds: int
    probe: ProbeDefaults
    content_safety_threshold: int
    source: tuple[str, ...]


class SharedQuota(Frozen):
    """How shared quota is asked for, and for how long it is given."""

    hours: int
    endpoint_property: str
    deletion_property: str
    source: tuple[str, ...]


@cache
def large_model_defaults() -> LargeModelDefaults:
    """Return how Microsoft's samples serve large models."""
    return LargeModelDefaults.model_validate(load_facts("limits")["largeModels"])


@cache
def shared_quota() -> SharedQuota:
    """Return how shared quota is asked for."""
    return SharedQuota.model_validate(load_facts("limits")["sharedQuota"])
