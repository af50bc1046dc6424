"""What any resource is held to: where it may lie, how many tags it bears, and what it keeps for life."""

from collections.abc import Callable
from typing import Any

from llama_azure_core.regions import normalise_region, region_names
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import RESOURCE_GROUP
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.store import Json, StoredResource

_NOWHERE = "global"


def require_location(resource_type: str, body: Json, is_offered: Callable[[str, str], bool], *, anywhere: bool) -> None:
    """Refuse a location that is not a region of Azure, or not one for the type; ``anywhere`` takes ``global`` too.

    Raises:
        ArmError: 400, in the words of Azure Resource Manager (source S121).
    """
    given = body.get("location")
    if not isinstance(given, str) or not given:
        return
    location = normalise_region(given)
    offered = [region for region in region_names() if is_offered(resource_type, region)]
    if location in offered or (anywhere and location == _NOWHERE):
        return
    regions = ",".join(offered)
    if resource_type == RESOURCE_GROUP:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{given}' is not available for resource group. List of available regions is "
            f"'{regions}'.",
        )
    raise ArmError(
        400,
        "LocationNotAvailableForResourceType",
        f"The provided location '{given}' is not available for resource type '{resource_type}'. List of available "
        f"regions for the resource type is '{regions}'.",
    )


def require_tags(body: Json, most: int) -> None:
    """Refuse more tags than a resource bears.

    Raises:
        ArmError: 400. The limit is of source S125; the code and the words are this sandbox's.
    """
    tags = body.get("tags")
    if isinstance(tags, dict) and len(tags) > most:
        raise ArmError(
            400, "InvalidTags", f"There are {len(tags)} tags; a resource or a resource group has {most} at most."
        )


def keep_unsaid(body: Json, existing: StoredResource, immutable: tuple[str, ...]) -> Json:
    """Return the body of a PUT with what it leaves out and the resource keeps anyway."""
    kept = body
    for path in ("location", *immutable):
        steps = path.split(".")
        old = _value(existing.body, steps)
        if old is not None and _value(kept, steps) is None:
            kept = _with(kept, steps, old)
    return kept


def require_unchanged(body: Json, existing: StoredResource, immutable: tuple[str, ...]) -> None:
    """Refuse a body that changes what a resource keeps for life.

    Raises:
        ArmError: 409, in the words of Azure Resource Manager.
    """
    old, new = existing.body.get("location"), body.get("location")
    if old and new and normalise_region(str(old)) != normalise_region(str(new)):
        raise _other_location(existing, str(old), str(new))
    for path in immutable:
        steps = path.split(".")
        before, after = _value(existing.body, steps), _value(body, steps)
        if before is not None and _comparable(before) != _comparable(after):
            raise ArmError(409, "PropertyChangeNotAllowed", f"Changing property '{path}' is not allowed.")


def _other_location(existing: StoredResource, old: str, new: str) -> ArmError:
    name = existing.name
    if existing.type == RESOURCE_GROUP:
        return ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{new}'. The Resource group already exists in location '{old}'.",
        )
    group = ResourceId.parse(existing.id).resource_group or ""
    return ArmError(
        409,
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{old}' in resource group '{group}'. A resource with the "
        f"same name cannot be created in location '{new}'. Please select a new resource name.",
    )


def _value(body: Any, steps: list[str]) -> Any:
    for step in steps:
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _with(body: Json, steps: list[str], value: Any) -> Json:
    first, *rest = steps
    return {**body, first: _with(body.get(first) or {}, rest, value) if rest else value}


def _comparable(value: Any) -> Any:
    """Return a value without regard to case: ids and names of Azure have none."""
    return value.lower() if isinstance(value, str) else value
