"""Removing what a run made, and what aborted runs left: resource groups that bear the tag, and names that stay held."""

import re
from collections.abc import Callable
from typing import Any

from llama_azure_access import AccessError, Account, ArmClient, NotFoundError
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, KEY_VAULT, RESOURCE_GROUP, WORKSPACE, api_version
from tests.live.scenarios import GROUP_PREFIX, TAG

USER_AGENT = "llama-azure-live"
# What is paid for goes first.
_PAID = ("onlineEndpoints", "serverlessEndpoints", "marketplaceSubscriptions")


class Removal:
    """Removes in one subscription what bears the tag, and keeps what could not be removed."""

    def __init__(self, account: Account, subscription: str, say: Callable[[str], None]) -> None:
        self._arm = ArmClient(account, USER_AGENT, retries_busy=True)
        self._scope = f"/subscriptions/{subscription}"
        self._say = say
        self.left: list[str] = []
        """What is still there, and why."""

    def groups(self) -> list[str]:
        """Return the names of the resource groups that runs made: they bear the tag and the prefix.

        Raises:
            AccessError: Azure does not tell.
        """
        query = {"$filter": f"tagName eq '{TAG}'"}
        listed = self._arm.call("GET", f"{self._scope}/resourcegroups", api_version(RESOURCE_GROUP), **query)
        return [
            str(one["name"])
            for one in listed["value"]
            if TAG in one.get("tags", {}) and str(one["name"]).startswith(GROUP_PREFIX)
        ]

    def remove_all(self, only: str = "") -> list[str]:
        """Remove every tagged group, or that named ``only`` and those whose names begin with it; return their names.

        Raises:
            AccessError: Azure does not tell which there are.
        """
        names = [name for name in self.groups() if name.startswith(only)]
        if only and only not in names and self._is_there(only):
            # What was made a moment ago is not in every list yet.
            names.append(only)
        for name in names:
            self._remove_group(name)
        self._purge_vaults(only or GROUP_PREFIX)
        self._purge_accounts(only or GROUP_PREFIX)
        return names

    def _is_there(self, name: str) -> bool:
        return self._try(name, "GET", f"{self._scope}/resourceGroups/{name}", api_version(RESOURCE_GROUP)) is not None

    def _remove_group(self, name: str) -> None:
        self._say(f"removing {name}")
        group = f"{self._scope}/resourceGroups/{name}"
        kinds: dict[str, list[str]] = {}
        for workspace in self._listed(f"{group}/providers/{WORKSPACE}", WORKSPACE):
            for child in _PAID:
                for one in self._listed(f"{workspace['id']}/{child}", f"{WORKSPACE}/{child}"):
                    self._delete(one["id"], f"{WORKSPACE}/{child}")
            kinds.setdefault(str(workspace.get("kind", "")).lower(), []).append(workspace["id"])
        # A hub goes after its projects; purged, it does not hold its name.
        for path in [one for kind in sorted(kinds, key="hub".__eq__) for one in kinds[kind]]:
            self._delete(path, WORKSPACE, forceToPurge="true")
        self._delete(group, RESOURCE_GROUP)

    def _purge_vaults(self, prefix: str) -> None:
        version = api_version(KEY_VAULT)
        provider = f"{self._scope}/providers/Microsoft.KeyVault"
        for one in self._listed(f"{provider}/deletedVaults", KEY_VAULT):
            properties = one["properties"]
            group = str(properties["vaultId"]).split("/")[4]
            if group.startswith(prefix) and TAG in (properties.get("tags") or {}):
                path = f"{provider}/locations/{properties['location']}/deletedVaults/{one['name']}/purge"
                self._try(one["name"], "POST", path, version)

    def _purge_accounts(self, prefix: str) -> None:
        """Purge the Foundry resources of removed groups: for two days they would hold their names and their quota."""
        version = api_version(AI_SERVICES_ACCOUNT)
        for one in self._listed(
            f"{self._scope}/providers/Microsoft.CognitiveServices/deletedAccounts", AI_SERVICES_ACCOUNT
        ):
            group = re.search(r"/resourceGroups/([^/]+)/deletedAccounts/", one["id"], re.IGNORECASE)
            if group is not None and group[1].startswith(prefix) and TAG in (one.get("tags") or {}):
                self._try(one["name"], "DELETE", one["id"], version)

    def _listed(self, path: str, resource_type: str) -> list[dict[str, Any]]:
        answer = self._try(path, "GET", path, api_version(resource_type))
        return list(answer["value"]) if answer else []

    def _delete(self, path: str, resource_type: str, **query: str) -> None:
        self._try(path, "DELETE", path, api_version(resource_type), **query)

    def _try(self, what: str, method: str, path: str, version: str, **query: str) -> Any:
        try:
            return self._arm.call(method, path, version, **query)
        except NotFoundError:
            return None
        except AccessError as error:
            self.left.append(f"{what}: {error}")
            return None
