"""Names in Azure Machine Learning: the rules of each type, and what is taken.

The messages for online endpoints and deployments are the Python SDK's (source S29) and for a serverless name that is
taken a report's (source S33); the others are this sandbox's.
"""

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.regions import normalise_region
from llama_azure_sandbox.arm.errors import user_error
from llama_azure_sandbox.arm.resource_type import PutRequest
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World

_ONLINE = {NameKind.ONLINE_ENDPOINT: "an endpoint", NameKind.ONLINE_DEPLOYMENT: "a deployment"}


def require_name(kind: NameKind, request: PutRequest, region: str) -> None:
    """Refuse a name that the kind of resource does not take.

    Raises:
        ArmError: 400.
    """
    problem = name_problem(kind, request.id.name)
    if problem is None or request.existing is not None:
        return
    if kind in _ONLINE:
        if not 3 <= len(request.id.name) <= 32:
            problem = (
                f"The name for {_ONLINE[kind]} must be at least 3 and at most 32 characters long "
                "(inclusive of both limits)"
            )
        else:
            problem = (
                f"The name for {_ONLINE[kind]} must start with an upper- or lowercase letter and only consist of '-'s "
                "and alphanumeric characters"
            )
    raise user_error(f"{problem}.", "BadArgument", region=region)


def taken_in_region(world: World, request: PutRequest, region: str) -> StoredResource | None:
    """Return another resource of the type and the name in the region, whatever its project and group."""
    for other in world.store.of_name(request.id.type, request.id.name):
        is_here = normalise_region(str(other.body["location"])) == normalise_region(region)
        if is_here and other.key != request.id.key:
            return other
    return None
