"""Microsoft.ContainerRegistry."""

import re
import secrets
from dataclasses import replace

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.providers.global_names import taken_elsewhere
from llama_azure_sandbox.arm.providers.skus import require_sku
from llama_azure_sandbox.arm.resource_type import ActionRequest, PutRequest, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_NAME = re.compile(r"[a-zA-Z0-9]{5,50}")


_SKUS = ("Basic", "Standard", "Premium")
_PASSWORDS = ("password", "password2")


def _list_credentials(request: ActionRequest) -> ArmAnswer:
    resource = request.resource
    if not resource.body["properties"].get("adminUserEnabled"):
        raise ArmError(
            400,
            "UnAuthorizedForCredentialOperations",
            f"Cannot perform credential operations for {resource.id} as admin user is disabled. Kindly enable admin "
            "user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/"
            "container-registry-authentication#admin-account",
        )
    passwords = [{"name": name, "value": resource.secrets[name]} for name in _PASSWORDS]
    return ArmAnswer(200, {"username": resource.name, "passwords": passwords})


def _regenerate_credential(request: ActionRequest) -> ArmAnswer:
    name = str(request.body.get("name")).lower()
    if name not in _PASSWORDS:
        raise ArmError(400, "InvalidArgument", f"name is {name!r}: it must be one of {', '.join(_PASSWORDS)}.")
    changed = replace(request.resource, secrets={**request.resource.secrets, name: secrets.token_urlsafe()})
    answer = _list_credentials(replace(request, resource=changed))
    request.world.store.save(changed)
    return answer


_ACTIONS = {"listcredentials": _list_credentials, "regeneratecredential": _regenerate_credential}


class Registry(ResourceType):
    """A container registry; its data plane is not part of the sandbox."""

    needs_location = True
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        require_sku(request.body, _SKUS)
        _require_premium(request)
        name = request.id.name
        if not _NAME.fullmatch(name):
            raise ArmError(
                400,
                "InvalidResourceName",
                f"The registry name '{name}' is invalid: it takes 5 to 50 letters and digits.",
            )
        if request.existing is None and taken_elsewhere(request.world, self.name, name, request.id.key):
            raise ArmError(409, "AlreadyInUse", f"The registry DNS name {name}.azurecr.io is already in use.")

    def new_secrets(self) -> dict[str, str]:
        return {name: secrets.token_urlsafe() for name in _PASSWORDS}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        shown = {"loginServer": f"{resource.name.lower()}.azurecr.io"}
        return {**shown, **shown_connections(resource, world)}


def _require_premium(request: PutRequest) -> None:
    """Refuse of a lower tier what only Premium has. The words are this sandbox's."""
    encryption = request.properties.get("encryption") or {}
    asked = {
        "publicNetworkAccess": str(request.properties.get("publicNetworkAccess")).lower() == "disabled",
        "networkRuleSet": bool(request.properties.get("networkRuleSet")),
        "encryption": str(encryption.get("status")).lower() == "enabled",
    }
    tier = str((request.body.get("sku") or {}).get("name"))
    wanted = [name for name, is_asked in asked.items() if is_asked]
    if wanted and tier.lower() != "premium":
        raise ArmError(
            400, "InvalidRequest", f"{', '.join(wanted)} of a registry takes the Premium tier, and it has {tier}."
        )
