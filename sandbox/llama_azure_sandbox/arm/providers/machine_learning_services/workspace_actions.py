"""What can be POSTed to a workspace: its keys, and whether it is well."""

import secrets
from collections.abc import Mapping

from llama_azure_sandbox.arm.errors import resource_not_found
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import Action, ActionRequest, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource

_HOUR = 3600


def _list_keys(request: ActionRequest) -> ArmAnswer:
    stands_on = {
        name: _associated(request, name) for name in ("storageAccount", "applicationInsights", "containerRegistry")
    }
    account, insights, registry = stands_on.values()
    keys: Json = {"notebookAccessKeys": _notebook_keys(request.resource)}
    if account is not None:
        keys |= {"userStorageResourceId": account.id, "userStorageKey": account.secrets.get("key1")}
    if insights is not None:
        keys["appInsightsInstrumentationKey"] = unique_id(insights, "instrumentation")
    if registry is not None:
        passwords = [{"name": name, "value": value} for name, value in registry.secrets.items()]
        name = registry.name
        keys["containerRegistryCredentials"] = {
            "location": registry.body["location"],
            "username": name,
            "passwords": passwords,
        }
    return ArmAnswer(200, keys)


def _list_storage_account_keys(request: ActionRequest) -> ArmAnswer:
    account = _associated(request, "storageAccount")
    if account is None:
        raise resource_not_found(f"the storage account of {request.resource.id}")
    return ArmAnswer(200, {"userStorageKey": account.secrets.get("key1")})


def _list_notebook_keys(request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200, _notebook_keys(request.resource))


def _list_notebook_access_token(request: ActionRequest) -> ArmAnswer:
    """Answer with a token that opens nothing: the sandbox has no notebooks."""
    host = f"{unique_id(request.resource, 'notebook')}.notebooks.sandbox.localhost"
    return ArmAnswer(
        200,
        {
            "accessToken": secrets.token_urlsafe(),
            "refreshToken": secrets.token_urlsafe(),
            "expiresIn": _HOUR,
            "hostName": host,
            "publicDns": host,
            "notebookResourceId": unique_id(request.resource, "notebook"),
            "scope": "aznb_identity",
            "tokenType": "Bearer",
        },
    )


def _diagnose(request: ActionRequest) -> ArmAnswer:
    """Answer that nothing is wrong, or which of the resources that the workspace stands on is gone."""
    names = {
        "storageAccount": "storageAccountResults",
        "keyVault": "keyVaultResults",
        "containerRegistry": "containerRegistryResults",
        "applicationInsights": "applicationInsightsResults",
    }
    results: Json = {f"{kind}Results": [] for kind in ("userDefinedRoute", "networkSecurityRule", "resourceLock")}
    results |= {"dnsResolutionResults": [], "otherResults": []}
    for name, list_name in names.items():
        given = request.resource.body["properties"].get(name)
        gone = bool(given) and _associated(request, name) is None
        problem = {"code": "ResourceNotFound", "level": "Error", "message": f"The {name} {given} does not exist."}
        results[list_name] = [problem] if gone else []
    return ArmAnswer(200, {"value": results})


def _resync_keys(_request: ActionRequest) -> ArmAnswer:
    return ArmAnswer(200)  # a workspace of the sandbox asks for the keys anew each time


WORKSPACE_ACTIONS: Mapping[str, Action] = {
    "listkeys": _list_keys,
    "liststorageaccountkeys": _list_storage_account_keys,
    "listnotebookkeys": _list_notebook_keys,
    "listnotebookaccesstoken": _list_notebook_access_token,
    "diagnose": _diagnose,
    "resynckeys": _resync_keys,
}


def _associated(request: ActionRequest, name: str) -> StoredResource | None:
    """Return a resource that a workspace stands on: its own, or its hub's."""
    store, properties = request.world.store, request.resource.body["properties"]
    hub = store.resource(str(properties.get("hubResourceId")).lower())
    given = properties.get(name) or (hub.body["properties"].get(name) if hub is not None else None)
    return None if not given else store.resource(str(given).lower())


def _notebook_keys(workspace: StoredResource) -> Json:
    return {
        f"{which}AccessKey": unique_id(workspace, f"{which} notebook key").replace("-", "")
        for which in ("primary", "secondary")
    }
