"""Customer-managed keys: an account encrypts with one only after its identity may use it.

So Azure takes the key in a second write, when the first has made the identity and a role was assigned to it (source
S206). The codes and the words are this sandbox's.
"""

from typing import Any
from urllib.parse import urlsplit

from llama_azure_core.resource_types import KEY_VAULT
from llama_azure_sandbox.arm.authorization.assignments import may_with_data
from llama_azure_sandbox.arm.providers.cognitive_services.children import bad_request, text
from llama_azure_sandbox.arm.resource_type import PutRequest, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource

_KEY_VAULT_SOURCE = "microsoft.keyvault"
_USE = ("Microsoft.KeyVault/vaults/keys/wrap/action", "Microsoft.KeyVault/vaults/keys/encrypt/action")


def require_encryption(request: PutRequest) -> None:
    """Refuse a key of one's own that the account's identity cannot use.

    Raises:
        ArmError: 400.
    """
    encryption: Any = request.properties.get("encryption") or {}
    if text(encryption.get("keySource")) != _KEY_VAULT_SOURCE:
        return
    key: Json = encryption.get("keyVaultProperties") or {}
    missing = [name for name in ("keyVaultUri", "keyName") if not key.get(name)]
    if missing:
        raise bad_request(f"encryption.keyVaultProperties needs {' and '.join(missing)}.")
    principal = _principal(request, text(key.get("identityClientId")))
    if principal is None:
        raise bad_request(
            "A customer-managed key needs a managed identity of the account that may use the key already: make the "
            "account with its identity, assign the role at the key vault, then set encryption; or give the client id "
            "of an assigned identity as identityClientId."
        )
    vault = _vault(request, str(key["keyVaultUri"]))
    if vault is not None and not _may_use(request, vault, principal):
        raise bad_request(
            f"The identity with the principal id '{principal}' may not use the key '{key['keyName']}' of the key "
            f"vault '{vault.name}'."
        )


def _principal(request: PutRequest, client_id: str) -> str | None:
    """Return the principal id of the identity that opens the key; ``None`` if there is none yet."""
    identity: Json = request.body.get("identity") or {}
    assigned = [request.world.store.resource(name.lower()) for name in identity.get("userAssignedIdentities") or {}]
    for one in assigned:
        if one is not None and unique_id(one, "client") == client_id:
            return unique_id(one, "principal")
    if client_id or request.existing is None or "systemassigned" not in text(identity.get("type")):
        return None
    return unique_id(request.existing, "principal")


def _vault(request: PutRequest, uri: str) -> StoredResource | None:
    """Return the key vault of a URI; one of another subscription is believed in."""
    name = (urlsplit(uri).hostname or "").partition(".")[0]
    return next(iter(request.world.store.of_name(KEY_VAULT, name)), None)


def _may_use(request: PutRequest, vault: StoredResource, principal: str) -> bool:
    store = request.world.store
    added = [one for one in store.children(vault.key) if one.type.lower() == f"{KEY_VAULT}/accessPolicies".lower()]
    policies = [policy for one in (vault, *added) for policy in one.body["properties"].get("accessPolicies") or []]
    if any(isinstance(one, dict) and text(one.get("objectId")) == principal for one in policies):
        return True
    return may_with_data(request.world, principal, _USE, vault.id)
