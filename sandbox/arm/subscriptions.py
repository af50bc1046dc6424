"""The one subscription and the one tenant of the sandbox."""

from sandbox.arm.errors import ArmError
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.store import Json
from sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World


def answer_subscriptions(world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer a request about subscriptions or tenants themselves; ``None`` if it is about something else."""
    match request.segments:
        case ["subscriptions"]:
            return ArmAnswer(200, {"value": [_subscription(world)]})
        case ["tenants"]:
            return ArmAnswer(200, {"value": [{"id": f"/tenants/{TENANT_ID}", "tenantId": TENANT_ID}]})
        case ["subscriptions", subscription]:
            require_subscription(subscription)
            return ArmAnswer(200, _subscription(world))
    return None


def require_subscription(subscription: str) -> None:
    """Refuse another subscription than the sandbox's own.

    Raises:
        ArmError: 404.
    """
    if subscription.lower() != SUBSCRIPTION_ID:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")


def _subscription(world: World) -> Json:
    return {
        "id": f"/subscriptions/{SUBSCRIPTION_ID}",
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
        "displayName": "Sandbox",
        "state": world.settings.subscription_state.value,
        "subscriptionPolicies": {
            "quotaId": world.settings.kind_facts.quota_id,
            "spendingLimit": "Off" if world.settings.kind_facts.buys_models else "On",
        },
    }
