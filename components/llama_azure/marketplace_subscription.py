"""A project's subscription to a model's Azure Marketplace offer."""

from typing import TypedDict

import pulumi

from llama_azure._answers import part
from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options


class MarketplaceSubscriptionArgs(TypedDict):
    """The inputs of a MarketplaceSubscription."""

    resource_group_name: pulumi.Input[str]
    """Required. The project's resource group."""
    project_name: pulumi.Input[str]
    """Required. The project's workspace name."""
    subscription_name: pulumi.Input[str]
    """Required. The subscription's name, unique in the project."""
    model_id: pulumi.Input[str]
    """Required. The model's registry id without a version; Azure finds publisher, offer and plan by it."""


class MarketplaceSubscription(pulumi.ComponentResource):
    """One project's subscription to one Marketplace offer.

    A project subscribes once per offer, however many endpoints it has had since. Deleting the
    subscription makes the endpoints of its model unhealthy, so endpoints depend on it.
    """

    subscription_id: pulumi.Output[str]
    """The Marketplace subscription's Azure resource id."""
    model_id: pulumi.Output[str]
    """The registry id of the model subscribed to."""

    def __init__(
        self, name: str, args: MarketplaceSubscriptionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("llama-azure:index:MarketplaceSubscription", name, {}, opts)

        subscription = machinelearningservices.MarketplaceSubscription(
            f"{name}-subscription",
            resource_group_name=args["resource_group_name"],
            workspace_name=args["project_name"],
            name=args["subscription_name"],
            properties=machinelearningservices.MarketplaceSubscriptionPropertiesArgs(model_id=args["model_id"]),
            opts=child_options(
                self,
                transforms=[with_what_azure_has(self)],
                delete_before_replace=True,  # the name that replaces it is the same for Azure
            ),
        )

        self.subscription_id = subscription.id
        asked = pulumi.Output.all(subscription.properties, args["model_id"])
        self.model_id = asked.apply(lambda both: part(both[0], "model_id") or both[1])
        self.register_outputs({"subscription_id": self.subscription_id, "model_id": self.model_id})
