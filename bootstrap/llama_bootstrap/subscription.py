"""The subscription, what is in it already, and the resource groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import authorization, keyvault, resources

from llama_azure_core.resource_ids import resource_group_id
from llama_bootstrap.settings import Environment, Settings


@dataclass(frozen=True, slots=True)
class Subscription:
    """The Azure subscription that everything lies in."""

    id: str
    tenant_id: str

    def group_id(self, name: str) -> str:
        """Return the id of a resource group."""
        return str(resource_group_id(self.id, name))

    def has_group(self, name: str) -> bool:
        """Whether a resource group is there."""
        return _is_there(lambda: resources.get_resource_group(resource_group_name=name))

    def has_key(self, group: str, vault: str, key: str) -> bool:
        """Whether a key is there in a key vault of a resource group."""
        return _is_there(lambda: keyvault.get_key(resource_group_name=group, vault_name=vault, key_name=key))


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


def add_groups(settings: Settings, subscription: Subscription, tags: Mapping[str, Mapping[str, str]]) -> Groups:
    """Declare the resource groups: those that are there are taken over, the others made.

    The stacks' groups are made here because a writer's rights end at its group: it cannot make one itself.
    They outlive this stack, since what lies in them is not its own.

    Args:
        settings: of this stack.
        subscription: where they lie.
        tags: by stack, those that it gives its group.
    """
    own = _group(settings.resource_group, settings.location, subscription, settings.tags,
                 retain=settings.existing_resource_group)  # fmt: skip
    of_stacks = {
        stack: subscription.group_id(one.resource_group) if one.existing else _made(one, subscription, tags[stack]).id
        for stack, one in settings.environments.items()
    }
    return Groups(own, of_stacks)


def _made(environment: Environment, subscription: Subscription, tags: Mapping[str, str]) -> resources.ResourceGroup:
    return _group(environment.resource_group, environment.location, subscription, tags, retain=True)


def _group(
    name: str, location: str, subscription: Subscription, tags: Mapping[str, str], *, retain: bool
) -> resources.ResourceGroup:
    """Declare a group. One that is there already, such as of a stack that somebody deployed by hand, is read into the
    state; Azure would refuse to make it when half of everything else is made."""
    return resources.ResourceGroup(
        name,
        resource_group_name=name,
        location=location,
        tags=dict(tags),
        opts=pulumi.ResourceOptions(
            import_=subscription.group_id(name) if subscription.has_group(name) else None,
            retain_on_delete=retain,
            # A stack takes its group over, and sets its tags; one that is there lies where it lies.
            ignore_changes=["location", "tags", "managedBy"],
        ),
    )


def _is_there(ask: Callable[[], Any]) -> bool:
    """Whether Azure has what is asked for.

    Raises:
        pulumi.RunError: it could not be asked.
    """
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - what an invoke raises has no type of its own
        said = str(error)
        if "NotFound" in said or "404" in said:
            return False
        raise pulumi.RunError(f"what is there already could not be asked: {said.splitlines()[0]}") from None
    return True
