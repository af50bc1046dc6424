"""Signing in: as azure-native would in a pipeline, otherwise as every Azure tool does on a machine.

The deployment takes its identity from ``ARM_*`` variables, which :class:`DefaultAzureCredential` does not
read. Where they name a federated identity or a client secret, preflight signs in as the same identity:
what it says of permissions is then said of whoever deploys. Variables as azure-native reads them: ``ARM_USE_OIDC``
with ``ARM_OIDC_TOKEN``, ``ARM_OIDC_TOKEN_FILE_PATH``, or the request URL and token of GitHub Actions.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import requests
from azure.core.exceptions import AzureError
from azure.identity import ClientAssertionCredential, ClientSecretCredential
from azure.identity import DefaultAzureCredential as EveryCredential

from preflight.cloud import Cloud
from preflight.errors import PreflightError

Credential = ClientAssertionCredential | ClientSecretCredential | EveryCredential

_AUDIENCE = "api://AzureADTokenExchange"
_SECONDS = 10
_TRUE = {"1", "true", "yes"}


def sign_in(cloud: Cloud, environ: Mapping[str, str]) -> Credential:
    """Return a credential that holds a token for the cloud's Resource Manager.

    Raises:
        PreflightError: nobody could sign in; the message tells what was tried.
    """
    credential = _credential(cloud, environ)
    try:
        credential.get_token(cloud.scope)
    except (AzureError, OSError, ValueError) as error:
        raise PreflightError(
            f"could not sign in to {cloud.resource_manager}: {_first_lines(error)}\n"
            "Sign in with `az login`, or set the variables that azure-identity or azure-native reads"
        ) from None
    return credential


def _credential(cloud: Cloud, environ: Mapping[str, str]) -> Credential:
    # A sign-in service that the metadata names is believed; asking Microsoft about it would tell of it.
    place = {} if cloud.authority is None else {"authority": cloud.authority, "disable_instance_discovery": True}
    tenant, client = environ.get("ARM_TENANT_ID"), environ.get("ARM_CLIENT_ID")
    if tenant and client:
        if environ.get("ARM_USE_OIDC", "").casefold() in _TRUE:
            return ClientAssertionCredential(tenant, client, _assertion(environ), **place)
        secret = environ.get("ARM_CLIENT_SECRET")
        if secret:
            return ClientSecretCredential(tenant, client, secret, **place)
    return EveryCredential(**place)


def _assertion(environ: Mapping[str, str]) -> Callable[[], str]:
    """Return how to come by the pipeline's own token, which Microsoft Entra ID exchanges."""
    token, file = environ.get("ARM_OIDC_TOKEN"), environ.get("ARM_OIDC_TOKEN_FILE_PATH")
    url = environ.get("ARM_OIDC_REQUEST_URL") or environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    secret = environ.get("ARM_OIDC_REQUEST_TOKEN") or environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if token:
        return lambda: token
    if file:
        return lambda: Path(file).read_text(encoding="utf-8").strip()
    if url and secret:
        return lambda: _requested(url, secret, environ.get("ARM_OIDC_AUDIENCE") or _AUDIENCE)
    raise PreflightError(
        "ARM_USE_OIDC is set, and there is no token: set ARM_OIDC_TOKEN or ARM_OIDC_TOKEN_FILE_PATH, "
        "or give the GitHub Actions job the permission id-token: write"
    )


def _requested(url: str, secret: str, audience: str) -> str:
    answer = requests.get(
        url, params={"audience": audience}, headers={"Authorization": f"Bearer {secret}"}, timeout=_SECONDS
    )
    if not answer.ok:
        raise ValueError(f"the pipeline gave no token (HTTP {answer.status_code})")
    return str(answer.json()["value"])


def _first_lines(error: Exception) -> str:
    """Return what a person needs of azure-identity's long reports: what was tried and why it failed."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return "\n  ".join(line for line in lines if not line.startswith("To mitigate"))
