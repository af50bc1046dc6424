"""Keys and secrets of a key vault, as Azure Resource Manager shows them."""

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class VaultKey(ResourceType):
    """A key: its address with and without the version."""

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        uri = _uri(resource, "keys")
        return {"keyUri": uri, "keyUriWithVersion": f"{uri}/{_version(resource)}"}


class VaultSecret(ResourceType):
    """A secret: its value is taken, and shown to nobody."""

    def completed(self, request: PutRequest, body: Json) -> Json:
        return {**body, "properties": {name: value for name, value in request.properties.items() if name != "value"}}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        uri = _uri(resource, "secrets")
        return {"secretUri": uri, "secretUriWithVersion": f"{uri}/{_version(resource)}"}


def _uri(resource: StoredResource, collection: str) -> str:
    vault, name = ResourceId.parse(resource.id).names
    return f"https://{vault}.vault.azure.net/{collection}/{name}"


def _version(resource: StoredResource) -> str:
    return unique_id(resource, "version").replace("-", "")
