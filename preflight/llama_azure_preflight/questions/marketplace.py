"""Questions about the Azure Marketplace and who pays."""

from dataclasses import dataclass

from llama_azure_core.resource_types import MARKETPLACE_SUBSCRIPTION, api_version
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions.base import Question

_BILLING_API_VERSION = "2024-04-01"
# Agreements are kept under this one kind of offer, whatever is sold.
_OFFER_TYPE = "virtualmachine"


@dataclass(frozen=True)
class BillingCountry(Question):
    """The country of whoever pays for the subscription."""

    def ask(self, azure: Azure) -> str:
        """Return the ISO 3166 code, or nothing where Azure does not tell."""
        path = f"/subscriptions/{azure.subscription_id}/providers/Microsoft.Billing/billingProperty/default"
        found = azure.get_by_path(path, _BILLING_API_VERSION, includeBillingCountry="true")
        return str((found.get("properties") or {}).get("billingAccountSoldToCountry") or "")


@dataclass(frozen=True)
class Terms(Question):
    """Whether the terms of a Marketplace plan are accepted in the subscription."""

    publisher: str
    offer: str
    plan: str

    def ask(self, azure: Azure) -> bool:
        """Return Azure's ``accepted``."""
        terms = azure.marketplace.marketplace_agreements.get(_OFFER_TYPE, self.publisher, self.offer, self.plan)
        return bool(terms.accepted)


@dataclass(frozen=True)
class MarketplaceSubscriptions(Question):
    """The offers that a project subscribes to."""

    project_id: str

    def ask(self, azure: Azure) -> tuple[str, ...]:
        """Return the registry ids of the models subscribed to."""
        rows = azure.list_by_path(f"{self.project_id}/marketplaceSubscriptions", api_version(MARKETPLACE_SUBSCRIPTION))
        return tuple(str((row.get("properties") or {}).get("modelId", "")) for row in rows)
