"""Kinds of Azure subscription and where they may be billed: who can buy a model (``facts/subscriptions.yaml``)."""

from enum import StrEnum
from functools import cache

from llama_azure_core._facts import load_facts
from llama_azure_core.frozen import Frozen


class SubscriptionKind(StrEnum):
    """The kinds of subscription that this project tells apart; the values are keys of the fact file."""

    ENTERPRISE_AGREEMENT = "EnterpriseAgreement"
    PAY_AS_YOU_GO = "PayAsYouGo"
    FREE_TRIAL = "FreeTrial"
    STUDENT = "Student"
    VISUAL_STUDIO_ENTERPRISE = "VisualStudioEnterprise"
    CLOUD_SOLUTION_PROVIDER = "CloudSolutionProvider"


class SubscriptionKindFacts(Frozen):
    """What is known of one kind of subscription."""

    quota_id: str
    """What the subscription's ``subscriptionPolicies`` show."""
    buys_models: bool
    """Whether it can subscribe to the Marketplace offers of models."""
    shared_quota: bool
    """Whether its managed deployments may use shared quota."""
    source: tuple[str, ...]


@cache
def subscription_kind(kind: SubscriptionKind) -> SubscriptionKindFacts:
    """Return what is known of a kind of subscription."""
    return SubscriptionKindFacts.model_validate(load_facts("subscriptions")["kinds"][kind.value])


def kind_of_quota_id(quota_id: str) -> SubscriptionKind | None:
    """Return the kind of subscription that a quota id tells, or ``None`` for one that the facts do not know.

    The date in a quota id is that of the offer's terms: it is not looked at.
    """
    offer = quota_id.split("_", 1)[0].casefold()
    return next(
        (kind for kind in SubscriptionKind if subscription_kind(kind).quota_id.split("_", 1)[0].casefold() == offer),
        None,
    )


def is_sold_in(country: str) -> bool:
    """Whether nothing is known that speaks against a billing account in a country (an ISO 3166 code)."""
    return country.upper() not in load_facts("subscriptions")["billingCountriesRefused"]
