"""The subscription, and the resource groups in it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, resources

from llama_azure_core.resource_ids import resource_group_id
from llama_bootstrap.settings import Environment, Settings


@dataclass(frozen=True, slots=True)
class Subscription:
    """The Azure subscription that everything lies in."""

    id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The pipelines' own resource group, and those of the stacks by stack."""

    own: resources.ResourceGroup
    of_stacks: Mapping[str, pulumi.Input[str]]
    """By stack: the Azure id of its resource group."""


def this_subscription() -> Subscription:
    """Return the subscription that the deployer is signed in to."""
    client = authorization.get_client_config()
    return Subscription(client.subscription_id, client.tenant_id)


def add_groups(settings: Settings, subscription: Subscription) -> Groups:
    """Declare the resource groups that are not there yet.

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
        stack: _existing(one, subscription) if one.existing else _made(one, settings)
        for stack, one in settings.environments.items()
    }
    return Groups(own, of_stacks)


def _existing(environment: Environment, subscription: Subscription) -> str:
    return str(resource_group_id(subscription.id, environment.resource_group))


def _made(environment: Environment, settings: Settings) -> pulumi.Output[str]:
    group = resources.ResourceGroup(
        environment.resource_group,
        resource_group_name=environment.resource_group,
        location=environment.location,
        tags=settings.tags,
        # The stack takes its group over, and sets its tags.
        opts=pulumi.ResourceOptions(retain_on_delete=True, ignore_changes=["tags"]),
    )
    return group.id
