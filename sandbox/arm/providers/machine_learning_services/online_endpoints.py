"""Managed compute: online endpoints and their deployments."""

from llama_azure_core.regions import normalise_region
from sandbox.arm.resource_type import DeleteAnswer, PutAnswer, ResourceType, new_key_pair
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class OnlineEndpoint(ResourceType):
    """An online endpoint: one URI and one pair of keys for all of its deployments."""

    needs_location = True
    needs_parent = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def new_secrets(self) -> dict[str, str]:
        return new_key_pair()

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        region = normalise_region(resource.body["location"])
        name = resource.id.rsplit("/", 1)[-1]
        base = f"{world.base_url}/managed/{region}/{name}"
        return {"scoringUri": f"{base}/score", "swaggerUri": f"{base}/swagger.json"}

    def act(self, action: str, resource: StoredResource, world: World) -> Json:
        if action.lower() == "listkeys":
            return dict(resource.secrets)
        return super().act(action, resource, world)


class OnlineDeployment(ResourceType):
    """A model on virtual machines, behind an online endpoint."""

    needs_location = True
    needs_parent = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        # azure-ai-ml does not read a deployment without scale settings, whatever was sent.
        return {"scaleSettings": {"scaleType": "Default", **resource.body["properties"].get("scaleSettings", {})}}
