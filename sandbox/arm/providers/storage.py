"""Microsoft.Storage."""

from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.resource_types import STORAGE_ACCOUNT
from sandbox.arm.errors import ArmError
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.providers.global_names import NameVerdict, name_answer, taken_elsewhere
from sandbox.arm.resource_type import PutAnswer, PutRequest, ResourceType
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import World


class StorageAccount(ResourceType):
    """A storage account; its data plane is not part of the sandbox."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    immutable = ("properties.isHnsEnabled",)

    def check(self, request: PutRequest) -> None:
        super().check(request)
        if request.existing is not None:
            return
        match _verdict(request.world, request.id.name, request.id.key):
            case NameVerdict("AccountNameInvalid", message):
                raise ArmError(400, "AccountNameInvalid", message)
            case NameVerdict(_, message):
                raise ArmError(409, "StorageAccountAlreadyTaken", message)

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        name = resource.name
        return {
            "primaryEndpoints": {
                service: f"https://{name}.{service}.core.windows.net/" for service in ("blob", "file", "queue", "table")
            },
            "primaryLocation": resource.body["location"],
            "statusOfPrimary": "available",
        }


def answer_storage(world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer whether a name is free; ``None`` if the request is about something else."""
    match request.method, request.segments:
        case "POST", ["subscriptions", _, "providers", "microsoft.storage", "checknameavailability"]:
            return name_answer(_verdict(world, str(request.json_object().get("name") or ""), key=""))
    return None


def _verdict(world: World, name: str, key: str) -> NameVerdict | None:
    if name_problem(NameKind.STORAGE_ACCOUNT, name) is not None:
        return NameVerdict(
            "AccountNameInvalid",
            f"{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in "
            "length and use numbers and lower-case letters only.",
        )
    if taken_elsewhere(world, STORAGE_ACCOUNT, name, key):
        return NameVerdict("AlreadyExists", f"The storage account named {name} is already taken.")
    return None
