"""Microsoft.OperationalInsights."""

import base64
import secrets
from dataclasses import replace

from llama_azure_core.naming import NameKind
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import ActionRequest, DeleteAnswer, PutAnswer, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_KEYS = ("primarySharedKey", "secondarySharedKey")
_KEY_BYTES = 64


def _shared_keys(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, dict(request.resource.secrets))


def _regenerate_shared_key(request: ActionRequest) -> ArmAnswer:
    changed = replace(request.resource, secrets=_new_keys())
    request.world.store.save(changed)
    return ArmAnswer(200, dict(changed.secrets))


_ACTIONS = {"sharedkeys": _shared_keys, "regeneratesharedkey": _regenerate_shared_key}


class LogAnalyticsWorkspace(ResourceType):
    """A Log Analytics workspace."""

    needs_location = True
    name_kind = NameKind.LOG_ANALYTICS_WORKSPACE
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    actions = _ACTIONS

    def new_secrets(self) -> dict[str, str]:
        return _new_keys()

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"customerId": unique_id(resource, "customer")}


def _new_keys() -> dict[str, str]:
    return {name: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() for name in _KEYS}
