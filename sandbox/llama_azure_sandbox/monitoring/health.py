"""What Azure would say of the health of endpoints: the sandbox's own reading, for Azure's is not documented.

A serverless endpoint is unavailable without its subscription; an online endpoint whose share of traffic leads to no
deployment that answers; and either that or a Foundry resource, when half or more of the last minutes' calls were
answered with an error of the service.
"""

from collections.abc import Iterator

from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.providers.machine_learning_services.serverless_endpoints import is_served
from llama_azure_sandbox.arm.resource_type import provisioning_state
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.inference.measurements import Measurements

AVAILABLE, UNAVAILABLE = "Available", "Unavailable"
_MINUTES = 5
_LEAST_CALLS = 5
_SERVER_ERROR = 500
_SERVES = ("Succeeded", "Updating")


def health_of(world: World, measurements: Measurements) -> Iterator[tuple[StoredResource, str]]:
    """Yield every endpoint and Foundry resource with its health."""
    for kind in (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT, AI_SERVICES_ACCOUNT):
        for resource in world.store.of_type(kind):
            if provisioning_state(resource) in _SERVES:
                is_well = _is_served(world, resource) and not _fails(world, measurements, resource)
                yield resource, AVAILABLE if is_well else UNAVAILABLE


def _is_served(world: World, resource: StoredResource) -> bool:
    if resource.type.lower() == SERVERLESS_ENDPOINT.lower():
        return is_served(world, resource)
    if resource.type.lower() != ONLINE_ENDPOINT.lower():
        return True
    traffic = resource.body["properties"].get("traffic") or {}
    chosen = {str(name).lower() for name, share in traffic.items() if share}
    ready = {child.name.lower() for child in world.store.children(resource.key) if provisioning_state(child) in _SERVES}
    return not chosen or bool(chosen & ready)


def _fails(world: World, measurements: Measurements, resource: StoredResource) -> bool:
    until = int(world.moment() // 60) + 1
    rows = measurements.measured(resource.key, until - _MINUTES, until)
    calls = sum(one.requests for one in rows)
    failed = sum(one.requests for one in rows if one.status >= _SERVER_ERROR)
    return calls >= _LEAST_CALLS and failed * 2 >= calls
