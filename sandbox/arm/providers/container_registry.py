"""Microsoft.ContainerRegistry."""

import re

from sandbox.arm.errors import ArmError
from sandbox.arm.providers.global_names import taken_elsewhere
from sandbox.arm.resource_type import PutRequest, ResourceType
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World

_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")


class Registry(ResourceType):
    """A container registry; its data plane is not part of the sandbox."""

    needs_location = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        name = request.id.name
        if not _NAME.fullmatch(name):
            raise ArmError(
                400,
                "InvalidResourceName",
                f"The registry name '{name}' is invalid: it takes 5 to 50 letters and digits.",
            )
        if request.existing is None and taken_elsewhere(request.world, self.name, name, request.id.key):
            raise ArmError(409, "AlreadyInUse", f"The registry DNS name {name}.azurecr.io is already in use.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"loginServer": f"{resource.name.lower()}.azurecr.io"}
