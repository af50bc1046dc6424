"""The one subscription and the one tenant of the sandbox."""

from llama_azure_core.regions import region_display_name, region_names
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World


def _subscriptions(world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_subscription(world)]})


def _one_subscription(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    require_subscription(path["subscription"])
    return ArmAnswer(200, _subscription(world))


def _tenants(_world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [{"id": f"/tenants/{TENANT_ID}", "tenantId": TENANT_ID}]})


def _locations(_world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    require_subscription(path["subscription"])
    return ArmAnswer(
        200,
        {
            "value": [
                {
                    "id": f"/subscriptions/{SUBSCRIPTION_ID}/locations/{region}",
                    "subscriptionId": SUBSCRIPTION_ID,
                    "name": region,
                    "type": "Region",
                    "displayName": region_display_name(region),
                    "regionalDisplayName": region_display_name(region),
                    "metadata": {"regionType": "Physical"},
                }
                for region in region_names()
            ]
        },
    )


SUBSCRIPTION_PATHS = (
    PathRow("GET", "/subscriptions", _subscriptions),
    PathRow("GET", "/tenants", _tenants),
    PathRow("GET", "/subscriptions/{subscription}", _one_subscription),
    PathRow("GET", "/subscriptions/{subscription}/locations", _locations),
)


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
