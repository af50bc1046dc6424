"""A project's subscriptions to the Marketplace offers of models."""

from llama_azure_core.catalogue import MarketplaceFacts, model_of_registry_id
from llama_azure_core.naming import NameKind
from llama_azure_core.resource_types import MARKETPLACE_SUBSCRIPTION
from llama_azure_sandbox.arm.providers.machine_learning_services.names import require_name
from llama_azure_sandbox.arm.providers.machine_learning_services.offers import marketplace_offer, offered_model
from llama_azure_sandbox.arm.providers.machine_learning_services.purchases import require_purchase
from llama_azure_sandbox.arm.providers.saas import ensure_saas_resource, remove_saas_resource, saas_resource
from llama_azure_sandbox.arm.registrations import register
from llama_azure_sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, ResourceType, provisioning_state
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class MarketplaceSubscription(ResourceType):
    """A project's subscription to the Marketplace offer of a model."""

    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.modelId",)

    def check(self, request: PutRequest) -> None:
        super().check(request)
        region = str(request.parent.body["location"])
        require_name(NameKind.MARKETPLACE_SUBSCRIPTION, request, region)
        model = offered_model(request.properties.get("modelId"), region, request.world)
        offer = marketplace_offer(model)
        if offer is None or saas_resource(request.world, request.parent, offer.offer_id) is None:
            require_purchase(request.world, model, region)

    def written(self, request: PutRequest, resource: StoredResource) -> None:
        offer = _offer(resource)
        if offer is not None:
            register(request.world, "Microsoft.SaaS")
            ensure_saas_resource(request.world, request.parent, offer.publisher_id, offer.offer_id, offer.plan_id)

    def removed(self, resource: StoredResource, world: World) -> None:
        offer, project = _offer(resource), world.store.resource(str(resource.parent))
        if offer is not None and project is not None and not _subscriptions(world, project, offer):
            remove_saas_resource(world, project, offer.offer_id)

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        offer, project = _offer(resource), world.store.resource(str(resource.parent))
        if offer is None or project is None:
            return {"marketplaceSubscriptionStatus": "Subscribed"}
        paid = saas_resource(world, project, offer.offer_id) is not None
        return {
            "marketplaceSubscriptionStatus": "Subscribed" if paid else "Unsubscribed",
            "marketplacePlan": {
                "publisherId": offer.publisher_id,
                "offerId": offer.offer_id,
                "planId": offer.plan_id,
            },
        }


def subscription_in_force(world: World, project: StoredResource, offer: MarketplaceFacts) -> StoredResource | None:
    """Return a project's subscription to an offer, if it is there, complete and paid for."""
    if saas_resource(world, project, offer.offer_id) is None:
        return None
    ready = [
        one for one in _subscriptions(world, project, offer) if provisioning_state(one) in {"Succeeded", "Updating"}
    ]
    return ready[0] if ready else None


def _subscriptions(world: World, project: StoredResource, offer: MarketplaceFacts) -> list[StoredResource]:
    return [
        one
        for one in world.store.children(project.key)
        if one.type.lower() == MARKETPLACE_SUBSCRIPTION.lower() and _offer(one) == offer
    ]


def _offer(subscription: StoredResource) -> MarketplaceFacts | None:
    model = model_of_registry_id(str(subscription.body["properties"]["modelId"]))
    return None if model is None else marketplace_offer(model)
