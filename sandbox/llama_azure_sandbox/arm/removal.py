"""Removing a resource with everything that lies in it or extends it."""

from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World


def remove(world: World, resource: StoredResource) -> None:
    """Remove a resource and all below it, the innermost first."""
    below = world.store.below(resource.key)
    for one in (resource, *below):
        resource_type(one.type).leaving(one, world)
    for one in sorted(below, key=lambda each: each.key.count("/"), reverse=True):
        _remove_alone(world, one)
    _remove_alone(world, resource)


def _remove_alone(world: World, resource: StoredResource) -> None:
    world.store.remove(resource.key)
    resource_type(resource.type).removed(resource, world)
