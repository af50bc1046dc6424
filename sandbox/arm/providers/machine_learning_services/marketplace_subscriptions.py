"""A project's subscriptions to the Marketplace offers of models."""

from llama_azure_core.catalogue import model_of_registry_id
from sandbox.arm.providers.machine_learning_services.offers import offered_model
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, ResourceType
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class MarketplaceSubscription(ResourceType):
    """A project's subscription to the Marketplace offer of a model."""

    needs_parent = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        offered_model(request.properties.get("modelId"), str(request.parent.body["location"]), request.world)

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        plan: Json = {"marketplaceSubscriptionStatus": "Subscribed"}
        model = model_of_registry_id(resource.body["properties"]["modelId"])
        if model is not None and model.marketplace is not None:
            offer = model.marketplace
            plan["marketplacePlan"] = {
                "publisherId": offer.publisher_id,
                "offerId": offer.offer_id,
                "planId": offer.plan_id,
            }
        return plan
