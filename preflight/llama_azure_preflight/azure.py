"""The Azure SDK's management clients, all on one pipeline that reads only.

The pipeline is the SDK's own but for two things. The transport refuses whatever is not a read. And the policy is left
out with which every management client registers a resource provider by itself where Azure misses it: that is a
write, and whether providers are registered is for a check to say.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline import policies
from azure.core.rest import HttpRequest
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy
from azure.mgmt.resource.resources import ResourceManagementClient

from llama_azure_access import Account, PatientRetryPolicy
from llama_azure_preflight.transport import ReadingTransport

if TYPE_CHECKING:
    from azure.mgmt.keyvault import KeyVaultManagementClient
    from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient
    from azure.mgmt.marketplaceordering import MarketplaceOrderingAgreements
    from azure.mgmt.resource.subscriptions import SubscriptionClient
    from azure.mgmt.storage import StorageManagementClient

CONCURRENCY = 100
"""How many requests are on their way at once, at most."""

_RETRIES = 3
_USER_AGENT = "llama-azure-preflight"


class Azure:
    """One subscription of one cloud, for the eyes only."""

    def __init__(
        self,
        account: Account,
        subscription_id: str,
        *,
        call_seconds: float,
        backoff_seconds: float = 0.8,
    ) -> None:
        self.subscription_id = subscription_id
        self.transport = ReadingTransport(CONCURRENCY, connect_seconds=call_seconds, read_seconds=call_seconds)
        self._arguments: dict[str, Any] = {
            "base_url": account.cloud.resource_manager,
            "credential_scopes": [account.cloud.scope],
            "transport": self.transport,
            "policies": [
                policies.RequestIdPolicy(),
                policies.HeadersPolicy(),
                policies.UserAgentPolicy(_USER_AGENT),
                policies.ProxyPolicy(),
                policies.ContentDecodePolicy(),
                PatientRetryPolicy(
                    call_seconds,
                    retry_total=_RETRIES,
                    retry_backoff_factor=backoff_seconds,
                    retry_backoff_max=call_seconds,
                ),
                ARMChallengeAuthenticationPolicy(account.credential, account.cloud.scope),
                ARMHttpLoggingPolicy(),
            ],
        }
        self._credential = account.credential
        self._base_url = account.cloud.resource_manager

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.transport.close()

    # The clients are loaded when they are needed: some take a tenth of a second.

    @cached_property
    def resources(self) -> ResourceManagementClient:
        """Resources of every type, resource groups and providers."""
        return ResourceManagementClient(self._credential, self.subscription_id, **self._arguments)

    @cached_property
    def subscriptions(self) -> "SubscriptionClient":
        """Subscriptions themselves."""
        from azure.mgmt.resource.subscriptions import SubscriptionClient

        return SubscriptionClient(self._credential, **self._arguments)

    @cached_property
    def storage(self) -> "StorageManagementClient":
        """Microsoft.Storage."""
        from azure.mgmt.storage import StorageManagementClient

        return StorageManagementClient(self._credential, self.subscription_id, **self._arguments)

    @cached_property
    def key_vault(self) -> "KeyVaultManagementClient":
        """Microsoft.KeyVault."""
        from azure.mgmt.keyvault import KeyVaultManagementClient

        return KeyVaultManagementClient(self._credential, self.subscription_id, **self._arguments)

    @cached_property
    def machine_learning(self) -> "MachineLearningServicesMgmtClient":
        """Microsoft.MachineLearningServices, as far as its package goes: it knows no serverless endpoints."""
        from azure.mgmt.machinelearningservices import MachineLearningServicesMgmtClient

        return MachineLearningServicesMgmtClient(self._credential, self.subscription_id, **self._arguments)

    @cached_property
    def marketplace(self) -> "MarketplaceOrderingAgreements":
        """Microsoft.MarketplaceOrdering."""
        from azure.mgmt.marketplaceordering import MarketplaceOrderingAgreements

        return MarketplaceOrderingAgreements(self._credential, self.subscription_id, **self._arguments)

    def get_by_path(self, path: str, api_version: str, **query: str) -> dict[str, Any]:
        """GET what no client has a method for.

        Raises:
            azure.core.exceptions.HttpResponseError: Azure refuses.
        """
        return self._get(self._base_url + path, {"api-version": api_version, **query})

    def list_by_path(self, path: str, api_version: str) -> list[dict[str, Any]]:
        """GET every page of a list that no client has a method for.

        Raises:
            azure.core.exceptions.HttpResponseError: Azure refuses.
        """
        page = self.get_by_path(path, api_version)
        rows = list(page.get("value") or ())
        while page.get("nextLink"):
            page = self._get(page["nextLink"], {})
            rows += page.get("value") or ()
        return rows

    def ask_by_path(self, path: str, api_version: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST a question that no client has a method for; the transport refuses what would change anything.

        Raises:
            azure.core.exceptions.HttpResponseError: Azure refuses.
        """
        return self._send(HttpRequest("POST", self._base_url + path, params={"api-version": api_version}, json=body))

    def _get(self, url: str, query: dict[str, str]) -> dict[str, Any]:
        return self._send(HttpRequest("GET", url, params=query))

    def _send(self, request: HttpRequest) -> dict[str, Any]:
        answer = self.resources.send_request(request)
        if answer.status_code != 200:
            kind = ResourceNotFoundError if answer.status_code == 404 else HttpResponseError
            raise kind(response=answer)
        content: dict[str, Any] = answer.json()
        return content
