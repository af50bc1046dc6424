"""Microsoft.KeyVault."""

from sandbox.arm.resource_type import ResourceType
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class Vault(ResourceType):
    """A key vault; its data plane is not part of the sandbox."""

    needs_location = True

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"vaultUri": f"https://{resource.id.rsplit('/', 1)[-1]}.vault.azure.net/"}
