"""The two keys of an endpoint, and a new one for either."""

from dataclasses import replace

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.resource_type import ActionRequest, new_key_pair
from llama_azure_sandbox.arm.store import StoredResource

_NAMES = {"primary": "primaryKey", "secondary": "secondaryKey"}


def regenerate_key(request: ActionRequest) -> StoredResource:
    """Give an endpoint a new key in place of the one that ``keyType`` names; the old one opens nothing any more.

    ``keyValue`` counts for nothing: azure-ai-ml sends the present key in it, and its tests expect another one.

    Raises:
        ArmError: 400, ``keyType`` names neither.
    """
    body = request.request.json_object()
    name = _NAMES.get(str(body.get("keyType")).lower())
    if name is None:
        raise ArmError(400, "ValidationError", f"keyType is {body.get('keyType')!r}: it must be Primary or Secondary.")
    changed = replace(request.resource, secrets={**request.resource.secrets, name: new_key_pair()[name]})
    request.world.store.save(changed)
    return changed
