"""What serverless and online endpoints have in common: one region with their project, a name and a place in it."""

from llama_azure_core.regions import normalise_region, region_display_name
from llama_azure_core.resource_types import ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.errors import user_error
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.resource_type import PutRequest
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_COUNTED = (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT)


def require_projects_region(request: PutRequest) -> str:
    """Return the region of an endpoint, which is its project's.

    Raises:
        ArmError: 400, it is another one. The wording is this sandbox's.
    """
    region, projects = (normalise_region(str(one["location"])) for one in (request.body, request.parent.body))
    if region != projects:
        raise user_error(
            f"The location {region_display_name(region)} is not that of the workspace "
            f"{request.parent.name}, which is {region_display_name(projects)}.",
            "BadArgument",
            region=projects,
        )
    return region


def endpoint_quota_problem(world: World, region: str) -> str | None:
    """Return Azure's words (source S82) if the region holds as many endpoints as the subscription may have."""
    used = sum(world.store.count_marked(Mark.REGION, region, kind) for kind in _COUNTED)
    most = world.settings.limit("endpointsPerRegion")
    if used < most:
        return None
    return (
        f"Endpoint Quota reached for subscription {SUBSCRIPTION_ID}.Current usage/limit: {used}/{most}."
        "Please clean up existing endpoints and try again"
    )
