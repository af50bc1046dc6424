"""Microsoft.Billing: what a subscription shows of whoever pays for it."""

from llama_azure_core.subscriptions import SubscriptionKind
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World


def _property(world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    """Answer a request for the billing property.

    Raises:
        ArmError: 400, the account is an Enterprise Agreement's, of which Azure tells none (source S90). The code and
            the words of that refusal could not be verified.
    """
    if world.settings.subscription_kind is SubscriptionKind.ENTERPRISE_AGREEMENT:
        raise ArmError(
            400, "BadRequest", "The operation is not supported for billing accounts of an Enterprise Agreement."
        )
    country = (request.parameter("includeBillingCountry") or "").lower() == "true"
    return ArmAnswer(
        200,
        {
            "id": f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Billing/billingProperty/default",
            "name": "default",
            "type": "Microsoft.Billing/billingProperty",
            "properties": {
                "subscriptionBillingStatus": "Active",
                **({"billingAccountSoldToCountry": world.settings.billing_country} if country else {}),
            },
        },
    )


BILLING_PATHS = (
    PathRow("GET", "/subscriptions/{subscription}/providers/Microsoft.Billing/billingProperty/default", _property),
)
