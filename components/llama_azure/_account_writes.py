"""What of a Foundry resource takes calls that azure-native does not make, by dynamic providers.

A customer-managed key is a second write of the account: its identity must be there, and have the right to use the key,
before. A deleted account keeps its name and its quota until it is purged, which no resource of azure-native does.

Nothing here runs in the Pulumi program but the making of the resources; see ``_arm_provider``.
"""

import time

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from llama_azure._arm_provider import ArmProvider, Json, RefusedError
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT

# How long a new role assignment may take to count everywhere (source S205).
_ROLE_SECONDS = 300.0
_PAUSE_SECONDS = 5.0
_MICROSOFTS_KEYS = {"keySource": "Microsoft.CognitiveServices"}


class _Provider(ArmProvider):
    user_agent = "llama-azure-account"


class AccountEncryptionProvider(_Provider):
    """Has an account encrypted with a key of one's own, once the account's identity may use it."""

    def diff(self, _id: str, olds: Json, news: Json) -> DiffResult:
        replaces = ["account_id"] if news["account_id"] != olds["account_id"] else []
        changed = any(news[name] != olds[name] for name in ("key", "account_revision"))
        return DiffResult(changes=bool(replaces) or changed, replaces=replaces, delete_before_replace=True)

    def create(self, props: Json) -> CreateResult:
        """Set the key, again and again for as long as Azure takes to make the new role known."""
        deadline = time.monotonic() + _ROLE_SECONDS
        while True:
            try:
                self._set(props)
            except RefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return CreateResult(props["account_id"], props)

    def update(self, _id: str, _olds: Json, _news: Json) -> UpdateResult:
        self._set(_news)
        return UpdateResult(_news)

    def delete(self, _id: str, _props: Json) -> None:
        self._encrypt(_props["account_id"], _MICROSOFTS_KEYS)

    def _set(self, props: Json) -> None:
        vault, _, rest = props["key"].partition("/keys/")
        name, _, version = rest.partition("/")
        key = {"keyVaultUri": f"{vault}/", "keyName": name, "keyVersion": version}
        self._encrypt(props["account_id"], {"keySource": "Microsoft.KeyVault", "keyVaultProperties": key})

    def _encrypt(self, account_id: str, encryption: Json) -> None:
        body = {"properties": {"encryption": encryption}}
        self.call(f"the key of {account_id}", "PATCH", account_id, AI_SERVICES_ACCOUNT, body)


class AccountNameProvider(_Provider):
    """Frees an account's name: what is left of the account is purged after it was deleted."""

    def diff(self, _id: str, olds: Json, news: Json) -> DiffResult:
        replaces = [name for name in ("account_id", "location") if news[name] != olds[name]]
        return DiffResult(changes=bool(replaces), replaces=replaces)

    def create(self, props: Json) -> CreateResult:
        return CreateResult(props["account_id"], props)

    def delete(self, _id: str, _props: Json) -> None:
        account = ResourceId.parse(_props["account_id"])
        path = (
            f"/subscriptions/{account.subscription}/providers/Microsoft.CognitiveServices/locations/{_props['location']}"
            f"/resourceGroups/{account.resource_group}/deletedAccounts/{account.name}"
        )
        self.call(f"to purge the deleted account {account.name}", "DELETE", path, AI_SERVICES_ACCOUNT)


class AccountEncryption(Resource, module="llama-azure", name="AccountEncryption"):
    """The customer-managed key of an account."""

    def __init__(
        self,
        name: str,
        *,
        account_id: pulumi.Input[str],
        account_revision: pulumi.Input[str],
        key: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {"account_id": account_id, "account_revision": account_revision, "key": key}
        super().__init__(AccountEncryptionProvider(), name, props, opts)


class AccountName(Resource, module="llama-azure", name="AccountName"):
    """The name of an account, which is free again once this is deleted."""

    def __init__(
        self, name: str, *, account_id: pulumi.Input[str], location: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(AccountNameProvider(), name, {"account_id": account_id, "location": location}, opts)
