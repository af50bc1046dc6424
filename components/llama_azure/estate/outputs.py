"""What a stack tells other tools and other stacks."""

from dataclasses import dataclass, field
from typing import Any

import pulumi


@dataclass
class Estate:
    """The stack outputs."""

    hub: dict[str, pulumi.Input[str]] = field(default_factory=dict)
    """``id`` and ``region`` of the hub that the stack's projects belong to."""
    endpoints: dict[str, dict[str, pulumi.Input[Any]]] = field(default_factory=dict)
    """By endpoint name: ``kind`` (serverless or managed), ``model``, ``project``, ``region``, ``api``
    (chat, completions or score) and ``uri``; on shared quota also ``deletionTime`` (RFC 1123, in GMT)."""
    endpoint_keys: dict[str, pulumi.Output[str]] = field(default_factory=dict)
    """By endpoint name: the primary key, a secret. Endpoints that take no keys are not in it."""
