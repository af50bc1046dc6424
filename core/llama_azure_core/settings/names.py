"""The names that an estate gives where its settings give none: one derivation for the deployment and for preflight.

A ``scope`` is what tells an estate's names from everybody else's: the Azure subscription's id and the resource group.
"""

from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.settings.managed import ManagedEndpointSettings
from llama_azure_core.settings.serverless import ServerlessSettings


def storage_account_name(hub: str, scope: tuple[str, ...]) -> str:
    """Return the name of the storage account that a hub stands on."""
    return derive_name(NameKind.STORAGE_ACCOUNT, "st", hub, scope=scope)


def key_vault_name(hub: str, scope: tuple[str, ...]) -> str:
    """Return the name of the key vault that a hub stands on."""
    return derive_name(NameKind.KEY_VAULT, "kv", hub, scope=scope)


def serverless_endpoint_name(entry: ServerlessSettings, project: str, scope: tuple[str, ...]) -> str:
    """Return the name of a serverless endpoint in a project, which is called by its workspace name."""
    return entry.name or derive_name(NameKind.SERVERLESS_ENDPOINT, entry.model.name, scope=(*scope, project))


def online_endpoint_name(key: str, endpoint: ManagedEndpointSettings, project: str, scope: tuple[str, ...]) -> str:
    """Return the name of the online endpoint under a key of the settings."""
    # A key may be the name of a model that the project also deploys as a serverless API.
    own_scope = (*scope, project, "managed")
    return endpoint.existing or endpoint.name or derive_name(NameKind.ONLINE_ENDPOINT, key, scope=own_scope)
