"""Microsoft.KeyVault."""

import uuid

from llama_azure_core.naming import NameKind
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT
from llama_azure_sandbox.arm import soft_deletion
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.global_names import GlobalNames, NameVerdict
from llama_azure_sandbox.arm.resource_type import PutRequest, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World

_SKUS = ("standard", "premium")
_RBAC_BY_DEFAULT = "2026-02-01"  # from this api-version on, a vault that says nothing takes roles, no access policies
_RETENTION_DAYS = 90  # unless the vault says otherwise, 7 to 90 (Microsoft's soft-delete overview)


class Vault(ResourceType):
    """A key vault; its data plane is not part of the sandbox."""

    needs_location = True

    def check(self, request: PutRequest) -> None:
        super().check(request)
        recovers = request.properties.get("createMode") == "recover"
        if not recovers:
            _require_properties(request)
        if request.existing is not None:
            _check_protection(request)
            return
        held = _held(request.world, request.id.name)
        if recovers:
            if held is not None:
                soft_deletion.purge(request.world, held)
            return
        match _NAMES.verdict(request.world, request.id.name, request.id.key):
            case NameVerdict("AccountNameInvalid", message):
                raise ArmError(400, "VaultNameNotValid", message)
            case NameVerdict(_, message) if held is not None:
                raise ArmError(409, "ConflictError", message)
            case NameVerdict(_, message):
                raise ArmError(409, "VaultAlreadyExists", message)

    def completed(self, request: PutRequest, body: Json) -> Json:
        properties = {name: value for name, value in request.properties.items() if name != "createMode"}
        return {**body, "properties": properties}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        shown = {"vaultUri": f"https://{resource.name}.vault.azure.net/"}
        return {**shown, **shown_connections(resource, world)}

    def removed(self, resource: StoredResource, world: World) -> None:
        if world.settings.soft_delete:
            days = resource.body["properties"].get("softDeleteRetentionInDays", _RETENTION_DAYS)
            soft_deletion.soft_delete(world, resource, days)


def _deleted_vaults(world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_shown(one) for one in soft_deletion.soft_deleted(world, KEY_VAULT)]})


def _deleted_vault(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, _shown(_required(world, path["name"])))


def _purge(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    held = _required(world, path["name"])
    if held.body["deleted"]["properties"].get("enablePurgeProtection"):
        raise ArmError(405, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
    soft_deletion.purge(world, held)
    return ArmAnswer(200)


def _held(world: World, name: str) -> StoredResource | None:
    return next((one for one in soft_deletion.soft_deleted(world, KEY_VAULT) if one.name.lower() == name.lower()), None)


_NAMES = GlobalNames(
    KEY_VAULT,
    NameKind.KEY_VAULT,
    invalid="The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The "
    "name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link "
    "for more information: https://go.microsoft.com/fwlink/?linkid=2147742",
    taken="The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
    "name is already taken. If you are sure that the vault name was not taken then it is possible that a vault "
    "with the same name was recently deleted but not purged after being placed in a recoverable state. If the "
    "vault is in a recoverable state then the vault will need to be purged before reusing the name. For more "
    "information about VaultAlreadyExists, soft delete and purging a vault follow this link "
    "https://go.microsoft.com/fwlink/?linkid=2147740.",
    held=_held,
    held_words="A vault with the same name already exists in deleted state. You need to either recover or purge "
    "existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft "
    "delete.",
)
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
KEY_VAULT_PATHS = (
    PathRow("POST", f"{_PROVIDER}/checkNameAvailability", _NAMES.check),
    PathRow("GET", f"{_PROVIDER}/deletedVaults", _deleted_vaults),
    PathRow("GET", f"{_PROVIDER}/locations/{{location}}/deletedVaults/{{name}}", _deleted_vault),
    PathRow("POST", f"{_PROVIDER}/locations/{{location}}/deletedVaults/{{name}}/purge", _purge),
)


def _require_properties(request: PutRequest) -> None:
    """Refuse a vault without its tenant or SKU, or that does not say who gets at its data.

    Raises:
        ArmError: 400. The words are those of a public report on access policies (source S128); that another tenant is
            refused with them, too, could not be verified.
    """
    properties = request.properties
    sku = properties.get("sku") or {}
    wrong = {
        "tenantId": str(properties.get("tenantId")).lower() != TENANT_ID,
        "sku": not isinstance(sku, dict) or str(sku.get("name")).lower() not in _SKUS,
        "accessPolicies": request.api_version < _RBAC_BY_DEFAULT
        and properties.get("accessPolicies") is None
        and not properties.get("enableRbacAuthorization"),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ArmError(400, "BadRequest", f"An invalid value was provided for '{name}'.")


def _check_protection(request: PutRequest) -> None:
    old = (request.existing.body if request.existing is not None else {}).get("properties", {})
    for name in ("enablePurgeProtection", "enableSoftDelete"):
        if old.get(name) is True and request.properties.get(name) is False:
            raise ArmError(
                400,
                "BadRequest",
                f'The property "{name}" cannot be set to false. Enabling it for a vault is an irreversible action.',
            )


def _required(world: World, name: str) -> StoredResource:
    held = _held(world, name)
    if held is None:
        raise ArmError(404, "DeletedVaultNotFound", f"The specified deleted vault '{name}' does not exist.")
    return held


def _shown(held: StoredResource) -> Json:
    body: Json = held.body["deleted"]
    location, name = body["location"], held.name
    scope = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.KeyVault/locations/{location}"
    protection = body["properties"].get("enablePurgeProtection")
    return {
        "id": f"{scope}/deletedVaults/{name}",
        "name": name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": held.id,
            "location": location,
            "tags": body.get("tags", {}),
            **soft_deletion.dates(held),
            **({"purgeProtectionEnabled": True} if protection else {}),
        },
    }


class VaultKey(ResourceType):
    """A key: its address with and without the version."""

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        uri = _uri(resource, "keys")
        return {"keyUri": uri, "keyUriWithVersion": f"{uri}/{_version(resource)}"}


class VaultSecret(ResourceType):
    """A secret: its value is taken, and shown to nobody; each value is a version of its own."""

    def completed(self, request: PutRequest, body: Json) -> Json:
        before: Json = {} if request.existing is None else request.existing.body["properties"]
        properties = {name: value for name, value in request.properties.items() if name != "value"}
        moment = int(request.world.moment())
        properties["secretUriWithVersion"] = f"{_secret_uri(request.id)}/{uuid.uuid4().hex}"
        properties["attributes"] = {
            "enabled": True,
            **(properties.get("attributes") or {}),
            "created": (before.get("attributes") or {}).get("created", moment),
            "updated": moment,
        }
        return {**body, "properties": properties}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        uri = _secret_uri(ResourceId.parse(resource.id))
        kept = resource.body["properties"].get("secretUriWithVersion")
        return {"secretUri": uri, "secretUriWithVersion": kept or f"{uri}/{_version(resource)}"}


def _secret_uri(secret: ResourceId) -> str:
    vault, name = secret.names
    return f"https://{vault}.vault.azure.net/secrets/{name}"


def _uri(resource: StoredResource, collection: str) -> str:
    vault, name = ResourceId.parse(resource.id).names
    return f"https://{vault}.vault.azure.net/{collection}/{name}"


def _version(resource: StoredResource) -> str:
    return unique_id(resource, "version").replace("-", "")
