"""The sandbox's one customer, and the pace at which Azure works for them.

It stands apart from the world so that a command that only has to name them loads nothing of it.
"""

from enum import StrEnum

SUBSCRIPTION_ID = "5a2d6b0c-0000-4000-8000-11a3a0000001"
TENANT_ID = "7e2a41d0-0000-4000-8000-11a3a0000002"
PRINCIPAL_ID = "c0ffee00-0000-4000-8000-11a3a0000003"
CLIENT_ID = "ab5e1157-0000-4000-8000-11a3a0000004"


class Latency(StrEnum):
    """How long operations take; the figures lie in ``latency.yaml``."""

    NONE = "none"
    FAST = "fast"
    UNHURRIED = "unhurried"
    REALISTIC = "realistic"
