"""What every part of an estate is built with."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import WORKSPACE
from llama_azure_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """The stack's settings, and what was derived from them once."""

    settings: Settings
    scope: tuple[str, ...]
    """What tells this estate's names from everybody else's: the Azure subscription and the resource group."""
    tags: Mapping[str, str]
    """The tags of every resource."""
    group: pulumi.Resource | None
    """The resource group that the stack's own hub and projects lie in; none where it has neither."""

    @property
    def options(self) -> pulumi.ResourceOptions:
        """Options of a component that lies in the stack's resource group."""
        return pulumi.ResourceOptions(depends_on=[] if self.group is None else [self.group])

    def tag_inputs(self) -> dict[str, pulumi.Input[str]]:
        """Return the tags in the type that components take."""
        return dict(self.tags)


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace of Azure: where it lies, and what has to be there before its children."""

    resource_group: str
    name: str
    depends_on: tuple[pulumi.Resource, ...] = ()
    """Names go in as plain values and order as depends_on: so a first preview knows every name,
    and the policy pack can judge it."""

    def resource_id(self, subscription_id: str) -> str:
        """Return the workspace's Azure resource id."""
        return str(ResourceId.of(resource_group_id(subscription_id, self.resource_group), WORKSPACE, self.name))

    @property
    def options(self) -> pulumi.ResourceOptions:
        """Options of a component that belongs to this workspace."""
        return pulumi.ResourceOptions(depends_on=list(self.depends_on))
