"""Microsoft.Storage."""

import base64
import secrets
from dataclasses import replace

from llama_azure_core.limits import limits
from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import STORAGE_ACCOUNT
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.global_names import GlobalNames, NameVerdict
from llama_azure_sandbox.arm.providers.skus import require_one_of, require_sku
from llama_azure_sandbox.arm.resource_type import ActionRequest, PutAnswer, PutRequest, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_SKUS = (
    *(f"Standard_{kind}" for kind in ("LRS", "GRS", "RAGRS", "ZRS", "GZRS", "RAGZRS")),
    *(f"Premium_{kind}" for kind in ("LRS", "ZRS")),
    *(f"StandardV2_{kind}" for kind in ("LRS", "GRS", "ZRS", "GZRS")),
    *(f"PremiumV2_{kind}" for kind in ("LRS", "ZRS")),
)
_KINDS = ("Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage")
_KEYS = ("key1", "key2")
_KEY_BYTES = 64


def _list_keys(request: ActionRequest) -> ArmAnswer:
    keys = request.resource.secrets
    return ArmAnswer(
        200, {"keys": [{"keyName": name, "value": keys[name], "permissions": "FULL"} for name in _KEYS if name in keys]}
    )


def _regenerate_key(request: ActionRequest) -> ArmAnswer:
    name = str(request.body.get("keyName")).lower()
    if name not in _KEYS:
        raise ArmError(
            400, "InvalidValuesForRequestParameters", f"keyName is {name!r}: it must be one of {', '.join(_KEYS)}."
        )
    changed = replace(request.resource, secrets={**request.resource.secrets, name: _new_key()})
    request.world.store.save(changed)
    return _list_keys(replace(request, resource=changed))


_ACTIONS = {"listkeys": _list_keys, "regeneratekey": _regenerate_key}


class StorageAccount(ResourceType):
    """A storage account; its data plane is not part of the sandbox."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    immutable = ("properties.isHnsEnabled",)
    shows_system_data = False
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        require_sku(request.body, _SKUS)
        require_one_of(request.body, "kind", _KINDS)
        if request.existing is not None:
            return
        match _NAMES.verdict(request.world, request.id.name, request.id.key):
            case NameVerdict("AccountNameInvalid", message):
                raise ArmError(400, "AccountNameInvalid", message)
            case NameVerdict(_, message):
                raise ArmError(409, "StorageAccountAlreadyTaken", message)

    def new_secrets(self) -> dict[str, str]:
        return {name: _new_key() for name in _KEYS}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        name = resource.name
        return {
            "primaryEndpoints": {
                service: f"https://{name}.{service}.core.windows.net/" for service in ("blob", "file", "queue", "table")
            },
            "primaryLocation": resource.body["location"],
            "statusOfPrimary": "available",
            **shown_connections(resource, world),
        }


class StorageService(ResourceType):
    """One of the services that every account has, under the name ``default``."""

    shows_system_data = False

    def given(self, parent: StoredResource, world: World) -> list[StoredResource]:
        service = self.name.rsplit("/", 1)[-1]
        properties: Json = {"cors": {"corsRules": []}, "provisioningState": "Succeeded"}
        if service == "blobServices":
            properties["deleteRetentionPolicy"] = {"enabled": False, "allowPermanentDelete": False}
        path = f"{parent.id}/{service}/default"
        return [
            StoredResource(path.lower(), path, self.name, parent.key, parent.instance, {"properties": properties}, {})
        ]


def _usages(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    here = normalise_region(path["location"])
    used = world.store.count_marked(Mark.REGION, here, STORAGE_ACCOUNT)
    name = {"value": "StorageAccounts", "localizedValue": "Storage Accounts"}
    return ArmAnswer(
        200,
        {
            "value": [
                {"unit": "Count", "currentValue": used, "limit": limits()["storageAccountsPerRegion"], "name": name}
            ]
        },
    )


_NAMES = GlobalNames(
    STORAGE_ACCOUNT,
    NameKind.STORAGE_ACCOUNT,
    invalid="{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in "
    "length and use numbers and lower-case letters only.",
    taken="The storage account named {name} is already taken.",
)
STORAGE_PATHS = (
    PathRow("POST", "/subscriptions/{subscription}/providers/Microsoft.Storage/checkNameAvailability", _NAMES.check),
    PathRow("GET", "/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}/usages", _usages),
)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
