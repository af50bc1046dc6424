"""Whether the subscription can buy a model's Marketplace offer.

The messages are those of public reports (source S34, S35); the one about the kind of subscription is this sandbox's,
after the kinds that source S11 names. No report shows an inner code.
"""

from llama_azure_core.catalogue import Model
from llama_azure_core.subscriptions import SubscriptionKind, is_sold_in
from llama_azure_sandbox.arm.errors import user_error
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.arm.world_settings import EnrolmentState, WorldSettings

_ENROLMENT_BLOCKED = (
    "Cannot complete purchase as your enrollment for this subscription doesn't allow purchase of marketplace products. "
    "Your Azure enrollment administrator can enable purchase of paid marketplace products. for details, see "
    "https://go.microsoft.com/fwlink/?linkid=2297238."
)
_NO_PAYMENT_METHOD = (
    "Purchase failed because there is no valid payment method associated with this Azure subscription. Please retry "
    "using a subscription that has an active payment instrument. Learn more: https://aka.ms/SaaSPurchaseErrors"
)
_KIND_CANNOT_BUY = {
    SubscriptionKind.CLOUD_SOLUTION_PROVIDER: "CSP subscriptions can't purchase third-party model offerings",
}


def require_purchase(world: World, model: Model, region: str) -> None:
    """Refuse to subscribe to an offer that the subscription cannot buy.

    Raises:
        ArmError: 400.
    """
    problem = purchase_problem(world.settings)
    if problem is not None and model.needs_subscription:
        raise user_error(
            f"Marketplace Subscription purchase eligibility check failed, error message [{problem}].", region=region
        )


def purchase_problem(settings: WorldSettings) -> str | None:
    """Return why the subscription cannot buy a Marketplace offer, or ``None`` if it can."""
    if not settings.kind_facts.buys_models:
        kind = settings.subscription_kind
        return _KIND_CANNOT_BUY.get(kind, f"{kind.value} subscriptions can't purchase SaaS offers")
    if settings.marketplace_purchases is EnrolmentState.BLOCKED:
        return _ENROLMENT_BLOCKED.rstrip(".")
    if not settings.payment_method:
        return _NO_PAYMENT_METHOD
    if not is_sold_in(settings.billing_country):
        return f"AvailabilityNotInRegion: Product is not available in region: {settings.billing_country}"
    return None
