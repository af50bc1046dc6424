"""Models as serverless APIs."""

from llama_azure_core.catalogue import MarketplaceFacts, Model, model_of_registry_id
from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.errors import ArmError, user_error
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.providers.machine_learning_services.endpoint_rules import (
    endpoint_quota_problem,
    require_projects_region,
)
from llama_azure_sandbox.arm.providers.machine_learning_services.keys import regenerate_key
from llama_azure_sandbox.arm.providers.machine_learning_services.marketplace_subscriptions import subscription_in_force
from llama_azure_sandbox.arm.providers.machine_learning_services.names import require_name, taken_in_region
from llama_azure_sandbox.arm.providers.machine_learning_services.offers import marketplace_offer, offered_model
from llama_azure_sandbox.arm.providers.saas import saas_resource
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    PutAnswer,
    PutRequest,
    ResourceType,
    new_key_pair,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

__all__ = [
    "ServerlessEndpoint",
    "saas_resource_of_endpoint",
    "served_model",
    "subscription_of_endpoint",
]

_AUTH_MODES = ("Key", "AAD", "KeyAndAAD")
_CONTENT_SAFETY = {"contentSafetyStatus": "Enabled"}


def _list_keys(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, dict(request.resource.secrets))


def _regenerate_keys(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, dict(regenerate_key(request).secrets))


def _status(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, {"endpointState": "Online" if is_served(request.world, request.resource) else "Unhealthy"})


_ACTIONS = {"listkeys": _list_keys, "regeneratekeys": _regenerate_keys, "getstatus": _status}


class ServerlessEndpoint(ResourceType):
    """A model as a serverless API."""

    needs_location = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.modelSettings.modelId",)
    actions = _ACTIONS
    long_actions = frozenset({"regeneratekeys"})

    def check(self, request: PutRequest) -> None:
        super().check(request)
        region = require_projects_region(request)
        require_name(NameKind.SERVERLESS_ENDPOINT, request, region)
        auth_mode = request.properties.get("authMode", _AUTH_MODES[0])
        if auth_mode not in _AUTH_MODES:
            raise user_error(
                f"authMode is {auth_mode!r}: it must be one of {', '.join(_AUTH_MODES)}.", "BadArgument", region=region
            )
        if request.existing is None:
            _require_place(request, region)

    def new_secrets(self) -> dict[str, str]:
        return new_key_pair()

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        region = normalise_region(resource.body["location"])
        name = resource.name
        subscription = subscription_of_endpoint(world, resource)
        return {
            # `Unhealthy` is the documents' word (source S3, S4); the enumeration of source S29 has none for it.
            "endpointState": "Online" if is_served(world, resource) else "Unhealthy",
            "inferenceEndpoint": {"uri": f"{world.base_url}/serverless/{region}/{name}", "headers": {}},
            **({"marketplaceSubscriptionId": subscription.id} if subscription is not None else {}),
        }

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Say what an endpoint has that does not say it: keys, and the content filter."""
        given = {name: value for name, value in request.properties.items() if value is not None}
        return {**body, "properties": {"authMode": _AUTH_MODES[0], "contentSafety": _CONTENT_SAFETY, **given}}

    def action_result(self, resource: StoredResource) -> Json | None:
        return dict(resource.secrets)


def served_model(endpoint: StoredResource) -> Model | None:
    """Return the model that a serverless endpoint serves."""
    return model_of_registry_id(endpoint.body["properties"]["modelSettings"]["modelId"])


def is_served(world: World, endpoint: StoredResource) -> bool:
    """Whether an endpoint answers: not when its project's subscription to the model's offer is gone."""
    return _offer(endpoint) is None or subscription_of_endpoint(world, endpoint) is not None


def subscription_of_endpoint(world: World, endpoint: StoredResource) -> StoredResource | None:
    """Return the Marketplace subscription that an endpoint stands on; ``None`` if it needs none or has none."""
    offer, project = _offer(endpoint), world.store.resource(str(endpoint.parent))
    return None if offer is None or project is None else subscription_in_force(world, project, offer)


def saas_resource_of_endpoint(world: World, endpoint: StoredResource) -> StoredResource | None:
    """Return the SaaS resource that the use of an endpoint is booked on; ``None`` if there is none."""
    offer, project = _offer(endpoint), world.store.resource(str(endpoint.parent))
    return None if offer is None or project is None else saas_resource(world, project, offer.offer_id)


def _offer(endpoint: StoredResource) -> MarketplaceFacts | None:
    model = served_model(endpoint)
    return None if model is None else marketplace_offer(model)


def _require_place(request: PutRequest, region: str) -> None:
    """Refuse a new endpoint whose name, model or subscription stands against it."""
    world, project = request.world, request.parent
    model_id = (request.properties.get("modelSettings") or {}).get("modelId")
    model = offered_model(model_id, region, world)
    name, workspace = request.id.name, project.name
    if taken_in_region(world, request, region) is not None:
        raise user_error(  # words of source S33
            f"Serverless endpoint name '{name}' is not available. Please select a different name.",
            "BadArgument",
            region=region,
        )
    for other in world.store.children(project.key):
        if other.type == SERVERLESS_ENDPOINT and served_model(other) == model:
            raise user_error(
                f"Workspace {workspace} already deploys {model.name} as serverless endpoint "
                f"'{other.name}'. A project has one deployment of a model: delete the other one, or "
                "deploy in another project.",
                "BadRequest",
                region=region,
            )
    offer = marketplace_offer(model)
    if offer is not None and subscription_in_force(world, project, offer) is None:
        raise user_error(
            f"Workspace {workspace} has no Marketplace subscription to the offer of {model.name} ({offer.offer_id}). "
            f"Create a marketplaceSubscriptions resource with modelId {model_id} first, and let the endpoint depend "
            "on it.",
            "BadRequest",
            region=region,
        )
    problem = endpoint_quota_problem(world, region)
    if problem is not None:
        raise ArmError(400, "InferencingClientCallFailed", problem)
