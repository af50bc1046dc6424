"""Datastores: where a workspace's jobs and assets lie. Four come with each workspace that has a storage account."""

from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.resource_type import ActionRequest, ResourceType, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_DEFAULT = "workspaceblobstore"


def _list_secrets(request: ActionRequest) -> ArmAnswer:
    """Answer with the account's key; a datastore that signs in by identity has none to show."""
    account = _account_of(request.world, request.resource.parent)
    key = None if account is None else account.secrets.get("key1")
    return ArmAnswer(200, {"secretsType": "AccountKey", "key": key})


_ACTIONS = {"listsecrets": _list_secrets}


class Datastore(ResourceType):
    """A container or a share of a storage account."""

    actions = _ACTIONS

    def given(self, parent: StoredResource, world: World) -> list[StoredResource]:
        account = _account_of(world, parent.key)
        if account is None:
            return []
        workspace = unique_id(parent, "workspace")
        places = {
            _DEFAULT: ("AzureBlob", f"azureml-blobstore-{workspace}"),
            "workspaceartifactstore": ("AzureBlob", "azureml"),
            "workspaceworkingdirectory": ("AzureFile", f"code-{workspace}"),
            "workspacefilestore": ("AzureFile", f"azureml-filestore-{workspace}"),
        }
        stores = []
        for name, (kind, place) in places.items():
            path = f"{parent.id}/datastores/{name}"
            body = {
                "properties": {
                    "datastoreType": kind,
                    "accountName": account.name,
                    ("containerName" if kind == "AzureBlob" else "fileShareName"): place,
                    "endpoint": "core.windows.net",
                    "protocol": "https",
                    "credentials": {"credentialsType": "AccountKey"},
                    "serviceDataAccessAuthIdentity": "None",
                    "subscriptionId": account.id.split("/")[2],
                    "resourceGroup": account.id.split("/")[4],
                    "isDefault": name == _DEFAULT,
                    "tags": {},
                    "properties": {},
                    "provisioningState": "Succeeded",
                }
            }
            stores.append(StoredResource(path.lower(), path, self.name, parent.key, parent.instance, body, {}))
        return stores

    def wanted(self, shown: list[Json], request: ArmRequest) -> list[Json]:
        """Leave the default one if the list was asked for that: azure-ai-ml finds it so."""
        if (request.parameter("isDefault") or "").lower() != "true":
            return shown
        return [one for one in shown if one["properties"].get("isDefault")]


def _account_of(world: World, workspace_key: str | None) -> StoredResource | None:
    workspace = world.store.resource(workspace_key or "")
    if workspace is None:
        return None
    properties: Json = workspace.body["properties"]
    hub = world.store.resource(str(properties.get("hubResourceId")).lower())
    account = properties.get("storageAccount") or (
        hub.body["properties"].get("storageAccount") if hub is not None else ""
    )
    return world.store.resource(str(account).lower())
