"""The subscription, and the resource groups in it."""

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, resources

from llama_bootstrap.settings import Settings


@dataclass(frozen=True, slots=True)
class Subscription:
    """The Azure subscription that everything lies in."""

    id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The pipelines' own resource group, and those of the stacks by stack."""

    own: resources.ResourceGroup
    of_stacks: dict[str, resources.ResourceGroup]


def this_subscription() -> Subscription:
    """Return the subscription that the deployer is signed in to."""
    client = authorization.get_client_config()
    return Subscription(client.subscription_id, client.tenant_id)


def add_groups(settings: Settings) -> Groups:
    """Declare the resource groups.

    The stacks' groups are made here because a writer's rights end at its group: it cannot make one itself.
    They outlive this stack, since what lies in them is not its own.
    """
    own = resources.ResourceGroup(
        settings.resource_group,
        resource_group_name=settings.resource_group,
        location=settings.location,
        tags=settings.tags,
    )
    of_stacks = {
        stack: resources.ResourceGroup(
            one.resource_group,
            resource_group_name=one.resource_group,
            location=one.location,
            tags=settings.tags,
            # The stack takes its group over, and sets its tags.
            opts=pulumi.ResourceOptions(retain_on_delete=True, ignore_changes=["tags"]),
        )
        for stack, one in settings.environments.items()
    }
    return Groups(own, of_stacks)
