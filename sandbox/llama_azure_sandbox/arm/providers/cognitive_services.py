"""Microsoft.CognitiveServices."""

import secrets
from dataclasses import replace

from llama_azure_core.regions import normalise_region
from llama_azure_sandbox.addresses import foundry_url
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import ActionRequest, PutRequest, ResourceType
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_KEYS = ("key1", "key2")
_KEY_BYTES = 16  # 32 characters, as on Azure
# The keys of `properties.endpoints` of a Foundry resource; on Azure each names one of its three hosts.
_FOUNDRY_APIS = (
    "AI Foundry API",
    "Azure AI Model Inference API",
    "OpenAI Language Model Instance API",
    "Content Safety",
    "Token",
)


def _list_keys(request: ActionRequest) -> ArmAnswer:
    if request.resource.body["properties"].get("disableLocalAuth"):
        raise ArmError(400, "BadRequest", "Failed to list key. disableLocalAuth is set to be true")
    return ArmAnswer(200, dict(request.resource.secrets))


def _regenerate_key(request: ActionRequest) -> ArmAnswer:
    name = str(request.body.get("keyName")).lower()
    if name not in _KEYS:
        raise ArmError(400, "InvalidKeyName", f"keyName is {name!r}: it must be Key1 or Key2.")
    changed = replace(request.resource, secrets={**request.resource.secrets, name: secrets.token_hex(_KEY_BYTES)})
    answer = _list_keys(replace(request, resource=changed))
    request.world.store.save(changed)
    return answer


_ACTIONS = {"listkeys": _list_keys, "regeneratekey": _regenerate_key}


class Account(ResourceType):
    """An account of AI services; of kind AIServices it is a Foundry resource, whose data plane is in ``inference``."""

    needs_location = True
    immutable = ("kind",)
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        """Refuse an account that does not say what it is. The codes and the words are this sandbox's."""
        super().check(request)
        sku = request.body.get("sku")
        if not request.body.get("kind"):
            raise ArmError(400, "InvalidApiSetting", "The account type (kind) is required, such as AIServices.")
        if not isinstance(sku, dict) or not sku.get("name"):
            raise ArmError(400, "InvalidSku", "The account's sku.name is required, such as S0.")

    def new_secrets(self) -> dict[str, str]:
        return {name: secrets.token_hex(_KEY_BYTES) for name in _KEYS}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        """Return the addresses: of the account's own domain if it has one, else of its region.

        Those of an account of kind AIServices are the sandbox's own: its data plane answers there.
        """
        own = resource.body["properties"].get("customSubDomainName")
        host = own or f"{normalise_region(str(resource.body['location']))}.api"
        endpoint = f"https://{host}.{'cognitiveservices.azure.com' if own else 'cognitive.microsoft.com'}/"
        if str(resource.body.get("kind")).lower() != "aiservices" or not own:
            return {"endpoint": endpoint, "endpoints": {"Token": endpoint}}
        url = foundry_url(world.base_url, str(own))
        return {"endpoint": url, "endpoints": dict.fromkeys(_FOUNDRY_APIS, url)}
