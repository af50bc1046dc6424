"""The custom roles of those who deploy in a resource group's projects: what they are called and what they permit.

A ``DeployerRole`` makes them and assigns them. Where whoever deploys may assign roles but not define any, somebody else
defines them before: their GUIDs follow from the place alone.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from llama_azure_core.naming import unique_suffix
from llama_azure_core.rbac import deployer_permissions, preflight_reader_actions
from llama_azure_core.resource_types import ROLE_DEFINITION

# The root of the GUIDs that Azure wants as names of roles and assignments. It never changes: a name made
# with another root is another role.
_NAMES = uuid.UUID("b5a2c1e4-7c0f-5d1a-9f39-6f1f3f0c7a55")
_GROUP_LENGTH = 80  # a role's name has up to 128 characters, a resource group's up to 90 (source S63, S38)
_TITLES = {"project": "projects of", "group": "cost in", "subscription": "offers for", "preflight": "preflight of"}

EXISTING = "bootstrap"
"""What stands for the component where the roles are defined before and beside the stack that assigns them."""
DESCRIPTION = "Deploys Meta Llama models; made by Pulumi."


@dataclass(frozen=True, slots=True)
class RolePlace:
    """Where the roles of one component hold."""

    subscription: str
    """The subscription's id, a GUID."""
    group: str
    """The resource group's name."""
    component: str = "deployers"
    """The component's name in its program."""

    def guid(self, kind: str) -> str:
        """Return the GUID of a role's definition."""
        return assignment_guid("role", kind, self.component, self.subscription, self.group)

    def id(self, kind: str) -> str:
        """Return the id of a role's definition, which Azure names by the subscription wherever it was defined."""
        return f"/subscriptions/{self.subscription}/providers/{ROLE_DEFINITION}/{self.guid(kind)}"

    def title(self, kind: str) -> str:
        """Return a role's name, which no other of the directory may have; Azure cuts none, it refuses long ones."""
        suffix = unique_suffix(self.component, self.subscription, self.group)
        return f"Llama deployer, {_TITLES[kind]} {self.group[:_GROUP_LENGTH]} ({suffix})"


def assignment_guid(*made_of: str) -> str:
    """Return the GUID that is always the same for the same parts, whatever their case."""
    return str(uuid.uuid5(_NAMES, "\0".join(part.casefold() for part in made_of)))


def is_at_subscription(kind: str) -> bool:
    """Whether a role is defined for the subscription and not for the resource group alone."""
    return kind in ("subscription", "preflight")


def deployer_role_actions(
    *, managed_compute: bool, subscribes: bool, preflights: bool
) -> Mapping[str, tuple[str, ...]]:
    """Return the actions of each role by its kind: project, group and, where they are needed, subscription, preflight.

    Args:
        managed_compute: whether deployers may also deploy on managed compute.
        subscribes: whether one of them may subscribe to offers.
        preflights: whether one of them may run preflight.
    """
    allowed = deployer_permissions()
    in_projects = (*allowed.project, *allowed.project_arm_spelling)
    roles = {
        "project": (*in_projects, *(allowed.project_managed_compute if managed_compute else ())),
        "group": allowed.resource_group,
        "subscription": allowed.subscription if subscribes else (),
        "preflight": preflight_reader_actions() if preflights else (),
    }
    return {kind: actions for kind, actions in roles.items() if actions}
