"""Microsoft.Insights."""

from llama_azure_core.naming import NameKind
from llama_azure_sandbox.arm.errors import ArmError, resource_not_found
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World


class Component(ResourceType):
    """An Application Insights component."""

    needs_location = True
    name_kind = NameKind.APPLICATION_INSIGHTS
    shows_system_data = False

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        app, key, region = (
            unique_id(resource, "app"),
            unique_id(resource, "instrumentation"),
            str(resource.body["location"]).replace(" ", "").lower(),
        )
        return {
            "AppId": app,
            "ApplicationId": resource.name,
            "Name": resource.name,
            "InstrumentationKey": key,
            "ConnectionString": f"InstrumentationKey={key};IngestionEndpoint=https://{region}.in.applicationinsights"
            f".azure.com/;ApplicationId={app}",
        }


class AutoscaleSetting(ResourceType):
    """How a deployment grows and shrinks; nothing in the sandbox does."""

    needs_location = True

    def check(self, request: PutRequest) -> None:
        """Refuse what makes no sense. The codes and the words are this sandbox's."""
        super().check(request)
        target = str(request.properties.get("targetResourceUri") or "")
        is_here = target.lower().startswith(f"/subscriptions/{SUBSCRIPTION_ID}/")
        if is_here and request.world.store.resource(target.lower()) is None:
            raise resource_not_found(target)
        profiles = request.properties.get("profiles")
        if not isinstance(profiles, list) or not profiles:
            raise _invalid("An autoscale setting needs at least one profile.")
        for profile in profiles:
            _require_bounds(profile)


def _require_bounds(profile: object) -> None:
    if not isinstance(profile, dict) or not profile.get("name"):
        raise _invalid("A profile needs a name.")
    capacity: Json = profile.get("capacity") or {}
    try:
        bounds = {name: int(capacity[name]) for name in ("minimum", "default", "maximum")}
    except (KeyError, TypeError, ValueError):
        raise _invalid(
            f"The capacity of profile {profile['name']!r} needs minimum, maximum and default, whole numbers in quotes."
        ) from None
    if not 0 <= bounds["minimum"] <= bounds["default"] <= bounds["maximum"]:
        raise _invalid(
            f"The capacity of profile {profile['name']!r} is {bounds['minimum']} to {bounds['maximum']}, by default "
            f"{bounds['default']}: the default must lie between a minimum and a maximum that is not below it."
        )


def _invalid(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)
