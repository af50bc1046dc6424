"""What must hold before any write, whatever the type."""

from llama_azure_core.resource_types import RESOURCE_GROUP
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.operations import is_busy
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.reading import etag
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World
from llama_azure_sandbox.arm.world_settings import SubscriptionState


def require_writable(world: World) -> None:
    """Refuse to write to a subscription that is only to be read.

    Raises:
        ArmError: 409.
    """
    state = world.settings.subscription_state
    if state not in {SubscriptionState.ENABLED, SubscriptionState.PAST_DUE}:
        raise ArmError(
            409,
            "ReadOnlyDisabledSubscription",
            f"The subscription '{SUBSCRIPTION_ID}' is disabled and therefore marked as read only. You cannot perform "
            "any write actions on this subscription until it is re-enabled.",
        )


def require_match(request: ArmRequest, existing: StoredResource | None) -> None:
    """Hold a write to its If-Match and If-None-Match headers (RFC 9110).

    Raises:
        ArmError: 412, the resource is not as the caller believes.
    """
    wanted, unwanted = request.header("if-match"), request.header("if-none-match")
    current = None if existing is None else etag(existing)
    if wanted is not None and (current is None or not _names(wanted, current)):
        raise _precondition_failed("If-Match", wanted)
    if unwanted is not None and current is not None and _names(unwanted, current):
        raise _precondition_failed("If-None-Match", unwanted)


def require_idle(resource: StoredResource) -> None:
    """Refuse to touch a resource whose operation is still running.

    Raises:
        ArmError: 409.
    """
    if not is_busy(resource):
        return
    if resource.type == RESOURCE_GROUP:
        raise _group_is_leaving(resource)
    raise resource_type(resource.type).at_work(resource)


def require_not_leaving(group: StoredResource) -> None:
    """Refuse to write into a resource group that is being deleted.

    Raises:
        ArmError: 409.
    """
    if is_busy(group):
        raise _group_is_leaving(group)


def _names(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in {part.strip().removeprefix("W/") for part in header.split(",")}


def _group_is_leaving(group: StoredResource) -> ArmError:
    name = group.name
    return ArmError(
        409,
        "ResourceGroupBeingDeleted",
        f"The resource group '{name}' is in deprovisioning state and cannot perform this operation.",
    )


def _precondition_failed(header: str, value: str) -> ArmError:
    return ArmError(412, "PreconditionFailed", f"The condition '{header}: {value}' in the request is not met.")
