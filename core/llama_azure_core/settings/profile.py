"""Profiles: what holds in a stack for settings that its file leaves out. What the file says always holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ProfileName(StrEnum):
    """What a stack is for."""

    DEVELOPMENT = "development"
    """Open and quick to take away: the components' own defaults."""
    PROTECTED = "protected"
    """Closed to public networks, watched, logs kept, and deleted data can be had back."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Arguments by the component that they are of; those that are not named are the component's own defaults."""

    hub: Mapping[str, Any] = field(default_factory=dict)
    project: Mapping[str, Any] = field(default_factory=dict)
    foundry: Mapping[str, Any] = field(default_factory=dict)
    """Where the file lets no addresses or subnets in."""
    online_endpoint: Mapping[str, Any] = field(default_factory=dict)
    online_deployment: Mapping[str, Any] = field(default_factory=dict)
    gateway_database: Mapping[str, Any] = field(default_factory=dict)
    alerts: bool = False
    """Whether there are alert rules where the file has no section of them."""


# A lock is in none of them: to make and to remove one takes rights that the identity of a pipeline ought not to have.
PROFILES: Mapping[ProfileName, Profile] = {
    ProfileName.DEVELOPMENT: Profile(),
    ProfileName.PROTECTED: Profile(
        hub={
            "public_network_access": False,
            "resources_public_network_access": False,
            "managed_network": {"isolation_mode": "AllowOnlyApprovedOutbound"},
            "purge_protection": True,
            "blob_retention_days": 30,
            "log_retention_days": 90,
            "diagnostics": True,
            "resource_diagnostics": True,
        },
        project={"public_network_access": False},
        foundry={"public_network_access": False},
        online_endpoint={"public_network_access": False},
        online_deployment={"public_network_egress": False},
        gateway_database={"high_availability": True},
        alerts=True,
    ),
}
