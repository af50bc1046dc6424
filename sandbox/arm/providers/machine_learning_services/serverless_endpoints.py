"""Models as serverless APIs."""

from llama_azure_core.catalogue import Model, model_of_registry_id
from llama_azure_core.regions import normalise_region
from sandbox.arm.providers.machine_learning_services.offers import offered_model
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, ResourceType, new_key_pair
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World

SERVERLESS_ENDPOINT_TYPE = "Microsoft.MachineLearningServices/workspaces/serverlessEndpoints"


class ServerlessEndpoint(ResourceType):
    """A model as a serverless API."""

    needs_location = True
    needs_parent = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        model_id = (request.properties.get("modelSettings") or {}).get("modelId")
        offered_model(model_id, str(request.body["location"]), request.world)

    def new_secrets(self) -> dict[str, str]:
        return new_key_pair()

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        region = normalise_region(resource.body["location"])
        name = resource.id.rsplit("/", 1)[-1]
        return {
            "endpointState": "Online",
            "inferenceEndpoint": {"uri": f"{world.base_url}/serverless/{region}/{name}", "headers": {}},
        }

    def act(self, action: str, resource: StoredResource, world: World) -> Json:
        if action.lower() == "listkeys":
            return dict(resource.secrets)
        return super().act(action, resource, world)


def served_model(endpoint: StoredResource) -> Model | None:
    """Return the model that a serverless endpoint serves."""
    return model_of_registry_id(endpoint.body["properties"]["modelSettings"]["modelId"])
