"""Questions about names: whether Azure would give them, and what holds them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llama_azure_core.resource_types import POSTGRES_SERVER, WORKSPACE, api_version
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions.base import Question

if TYPE_CHECKING:
    from azure.mgmt.keyvault.models import CheckNameAvailabilityResult as VaultResult
    from azure.mgmt.storage.models import CheckNameAvailabilityResult as StorageResult


@dataclass(frozen=True, slots=True)
class NameAnswer:
    """Whether a name is to be had."""

    is_free: bool
    message: str
    """Azure's own words where it is not."""


@dataclass(frozen=True)
class StorageAccountName(Question):
    """Whether a name for a storage account is free in all of Azure."""

    name: str

    def ask(self, azure: Azure) -> NameAnswer:
        """Return Azure's answer."""
        from azure.mgmt.storage.models import StorageAccountCheckNameAvailabilityParameters

        asked = StorageAccountCheckNameAvailabilityParameters(name=self.name)
        return _answer(azure.storage.storage_accounts.check_name_availability(asked))


@dataclass(frozen=True)
class VaultName(Question):
    """Whether a name for a key vault is free in all of Azure."""

    name: str

    def ask(self, azure: Azure) -> NameAnswer:
        """Return Azure's answer."""
        from azure.mgmt.keyvault.models import VaultCheckNameAvailabilityParameters

        asked = VaultCheckNameAvailabilityParameters(name=self.name)
        return _answer(azure.key_vault.vaults.check_name_availability(asked))


@dataclass(frozen=True)
class PostgresServerName(Question):
    """Whether a name for a PostgreSQL flexible server is free in all of Azure."""

    name: str

    def ask(self, azure: Azure) -> NameAnswer:
        """Return Azure's answer."""
        namespace = POSTGRES_SERVER.partition("/")[0]
        path = f"/subscriptions/{azure.subscription_id}/providers/{namespace}/checkNameAvailability"
        answer = azure.ask_by_path(path, api_version(POSTGRES_SERVER), {"name": self.name, "type": POSTGRES_SERVER})
        return NameAnswer(answer.get("nameAvailable") is True, str(answer.get("message") or ""))


@dataclass(frozen=True)
class DeletedVaults(Question):
    """The key vaults that are deleted and hold their names until they are purged."""

    def ask(self, azure: Azure) -> tuple[tuple[str, str], ...]:
        """Return name and region of each."""
        return tuple(
            (str(vault.name), str(vault.properties.location if vault.properties else ""))
            for vault in azure.key_vault.vaults.list_deleted()
        )


@dataclass(frozen=True)
class DeletedWorkspaces(Question):
    """The workspaces that are deleted and hold their names until they are purged."""

    def ask(self, azure: Azure) -> tuple[str, ...]:
        """Return the id of each: Azure's list of a subscription's workspaces shows them too (source S80)."""
        path = f"/subscriptions/{azure.subscription_id}/providers/{WORKSPACE}"
        return tuple(
            str(row["id"])
            for row in azure.list_by_path(path, api_version(WORKSPACE))
            if (row.get("properties") or {}).get("provisioningState") == "SoftDeleted"
        )


def _answer(found: "StorageResult | VaultResult") -> NameAnswer:
    return NameAnswer(bool(found.name_available), found.message or "")
