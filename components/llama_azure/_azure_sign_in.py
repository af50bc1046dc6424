"""Reaching Azure Resource Manager from a dynamic provider, signed in as whoever runs Pulumi.

The provider runs in a process of its own, so it cannot borrow azure-native's connection. It reads the
variables that azure-native reads (``ARM_CLIENT_ID`` and its like) before it falls back on azure-identity's
usual places, so that both sign in as the same principal. Which cloud it is, ``ARM_CLOUD_METADATA_URL``
tells, as it does for azure-ai-ml; without it, the public one.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.rest import HttpRequest, HttpResponse
from azure.identity import ClientAssertionCredential, ClientSecretCredential, DefaultAzureCredential
from azure.mgmt.resource.resources import ResourceManagementClient

_OIDC_AUDIENCE = "api://AzureADTokenExchange"
_BUSY = 409
_POLL_SECONDS = 5  # where Azure does not say how long to wait


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where a cloud's services are; the defaults are the public cloud's."""

    resource_manager: str = "https://management.azure.com"
    audience: str = "https://management.azure.com"
    authority: str | None = None
    """Where tokens come from; ``None`` leaves it to azure-identity."""


def cloud(environment: Mapping[str, str]) -> Cloud:
    """Return the cloud that the environment names.

    Raises:
        azure.core.exceptions.AzureError: ``ARM_CLOUD_METADATA_URL`` is set and cannot be read.
    """
    url = environment.get("ARM_CLOUD_METADATA_URL")
    if not url:
        return Cloud()
    found = _get_json(url, {})
    # Azure answers with the one cloud, or, from older api-versions on, with all of them, the home cloud first.
    described = found[0] if isinstance(found, list) else found
    return Cloud(
        resource_manager=described["resourceManager"].rstrip("/"),
        audience=described["authentication"]["audiences"][0].rstrip("/"),
        authority=described["authentication"]["loginEndpoint"].rstrip("/"),
    )


def credential(environment: Mapping[str, str], authority: str | None) -> TokenCredential:
    """Return the credential that azure-native would sign in with, as far as the environment tells.

    A client with a secret or with a federated token comes first, then everything that
    ``DefaultAzureCredential`` tries (workload and managed identities, the Azure CLI and others).
    """
    tenant, client = environment.get("ARM_TENANT_ID"), environment.get("ARM_CLIENT_ID")
    elsewhere = {} if authority is None else {"authority": authority, "disable_instance_discovery": True}
    if tenant and client and environment.get("ARM_USE_OIDC", "").lower() in {"true", "1"}:
        return ClientAssertionCredential(tenant, client, lambda: _federated_token(environment), **elsewhere)
    secret = environment.get("ARM_CLIENT_SECRET")
    if tenant and client and secret:
        return ClientSecretCredential(tenant, client, secret, **elsewhere)
    return DefaultAzureCredential()


def resource_client(subscription_id: str) -> ResourceManagementClient:
    """Return a client of Azure Resource Manager for a subscription.

    Like every client of the Azure SDK it retries what is throttled or cannot be reached; beside that
    it retries what is refused because the resource is busy with another operation.
    """
    there = cloud(os.environ)
    return ResourceManagementClient(
        credential(os.environ, there.authority),
        subscription_id,
        base_url=there.resource_manager,
        credential_scopes=[f"{there.audience}/.default"],
        retry_on_status_codes=[_BUSY],
        polling_interval=_POLL_SECONDS,
    )


def _federated_token(environment: Mapping[str, str]) -> str:
    """Return the token that a pipeline's identity provider vouches with.

    Raises:
        ValueError: ``ARM_USE_OIDC`` is set and no token can be had.
    """
    if token := environment.get("ARM_OIDC_TOKEN"):
        return token
    if path := environment.get("ARM_OIDC_TOKEN_FILE_PATH"):
        return Path(path).read_text(encoding="utf-8").strip()
    url, bearer = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL"), environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if not url or not bearer:
        raise ValueError(
            "ARM_USE_OIDC is set, but there is no token: set ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH, "
            "or give a GitHub job the permission `id-token: write`"
        )
    found = _get_json(f"{url}&audience={_OIDC_AUDIENCE}", {"Authorization": f"Bearer {bearer}"})
    return str(found["value"])


def _get_json(url: str, headers: dict[str, str]) -> Any:
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(base_url=url)
    with client:
        response = client.send_request(HttpRequest("GET", url, headers=headers))
        response.raise_for_status()
        return response.json()
