"""A project's subscriptions to the offers of models."""

from collections.abc import Iterator

from llama_azure_core.catalogue import Model, model_reference
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import MARKETPLACE_SUBSCRIPTION
from llama_guardrails.rules._model import SUBSCRIBED_MODEL
from llama_guardrails.view import Resource


def subscriptions(estate: Estate, endpoint: Resource, model: Model) -> Iterator[Resource]:
    """Yield the subscriptions of an endpoint's project to the offer of its model.

    Raises:
        Undecided: which project or model a subscription is for is not known yet.
    """
    for subscription in estate.in_workspace(estate.parent_of(endpoint), MARKETPLACE_SUBSCRIPTION):
        subscribed = model_reference(subscription.text(SUBSCRIBED_MODEL) or "")
        if subscribed is not None and subscribed.model is not None and subscribed.model.name == model.name:
            yield subscription
