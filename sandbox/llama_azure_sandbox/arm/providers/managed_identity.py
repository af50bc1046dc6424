"""Microsoft.ManagedIdentity."""

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import TENANT_ID, World


class UserAssignedIdentity(ResourceType):
    """A managed identity that is a resource of its own; it signs in by its federated credentials."""

    needs_location = True

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {
            "tenantId": TENANT_ID,
            "principalId": unique_id(resource, "principal"),
            "clientId": unique_id(resource, "client"),
        }


class FederatedIdentityCredential(ResourceType):
    """A token of another issuer with which a managed identity signs in."""

    def check(self, request: PutRequest) -> None:
        super().check(request)
        given = request.properties
        if not (given.get("issuer") and given.get("subject") and given.get("audiences")):
            raise ArmError(400, "BadRequest", "A federated credential needs an issuer, a subject and audiences.")
