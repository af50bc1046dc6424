"""Microsoft.Cache/redisEnterprise: Azure Managed Redis. No Redis runs; the words are this sandbox's (source S300)."""

import secrets

from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import MANAGED_REDIS
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.providers.global_names import taken_elsewhere
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    PutAnswer,
    PutRequest,
    ResourceType,
    new_key_pair,
    provisioning_state,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_DATABASE = "default"
_PORT = 10_000
_FAMILIES = ("Balanced_", "ComputeOptimized_", "MemoryOptimized_", "FlashOptimized_", "Enterprise_", "EnterpriseFlash_")


class Cluster(ResourceType):
    """A Redis, whose data lie in its database."""

    needs_location = True
    name_kind = NameKind.MANAGED_REDIS
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        sku = str((request.body.get("sku") or {}).get("name") or "")
        if not sku.startswith(_FAMILIES):
            raise _bad(f"The sku '{sku}' is none of Azure Managed Redis.")
        if request.existing is None and taken_elsewhere(request.world, self.name, request.id.name, request.id.key):
            raise ArmError(409, "NameNotAvailable", f"The name '{request.id.name}' is already used.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        host = f"{resource.name.lower()}.{normalise_region(str(resource.body['location']))}.redis.azure.net"
        return {"hostName": host, "resourceState": "Running", **shown_connections(resource, world)}


def _takes_keys(resource: StoredResource) -> bool:
    return str(resource.body["properties"].get("accessKeysAuthentication") or "Disabled").lower() == "enabled"


def _list_keys(request: ActionRequest) -> ArmAnswer:
    if not _takes_keys(request.resource):
        raise ArmError(400, "BadRequest", "Access keys authentication is disabled for this database.")
    return ArmAnswer(200, dict(request.resource.secrets))


_ACTIONS = {"listkeys": _list_keys}


class Database(ResourceType):
    """The database of a Redis; there is one."""

    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.port",)
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        _require_ready(request)
        if request.id.name != _DATABASE:
            raise _bad(f"The name of a database is {_DATABASE}, not {request.id.name}.")

    def completed(self, request: PutRequest, body: Json) -> Json:
        return {**body, "properties": {"port": _PORT, "clientProtocol": "Encrypted", **request.properties}}

    def new_secrets(self) -> dict[str, str]:
        return {name: secrets.token_urlsafe() for name in new_key_pair()}


class AccessPolicyAssignment(ResourceType):
    """A principal of Microsoft Entra ID that may use the data."""

    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        _require_ready(request)
        if not (request.properties.get("user") or {}).get("objectId"):
            raise _bad("An access policy assignment needs user.objectId.")
        if request.properties.get("accessPolicyName") != _DATABASE:
            raise _bad("The only access policy is default.")


def _require_ready(request: PutRequest) -> None:
    if provisioning_state(request.parent) != "Succeeded":
        raise ArmError(409, "ParentResourceNotReady", f"{request.parent.id} is not Succeeded yet.")


def _bad(message: str) -> ArmError:
    return ArmError(400, "BadRequest", message)


MANAGED_REDIS_TYPES = (
    Cluster(MANAGED_REDIS),
    Database(f"{MANAGED_REDIS}/databases"),
    AccessPolicyAssignment(f"{MANAGED_REDIS}/databases/accessPolicyAssignments"),
)
