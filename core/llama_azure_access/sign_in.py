"""Signing in as pulumi-azure-native does: the same settings, with the same meaning, in the same order.

A setting is ``azure-native:<name>`` of the stack's configuration, or else a variable. The first that applies counts,
and one that applies but lacks something is an error, never a reason to try the next:

1. ``useDefaultAzureCredential`` (``ARM_USE_DEFAULT_AZURE_CREDENTIAL``): what azure-identity finds by itself.
2. ``clientCertificatePath`` (``ARM_CLIENT_CERTIFICATE_PATH``), with ``clientCertificatePassword``.
3. ``clientSecret`` (``ARM_CLIENT_SECRET``).
4. ``useOidc`` (``ARM_USE_OIDC``): a token of the pipeline's issuer, given by ``oidcToken``, ``oidcTokenFilePath``, or
   asked for at ``oidcRequestUrl`` with ``oidcRequestToken``.
5. ``useMsi`` (``ARM_USE_MSI``): a managed identity, that of ``clientId`` if it is given. Where it is asked,
   azure-identity finds out; ``ARM_MSI_ENDPOINT`` is no longer read, here or by azure-native.
6. The Azure CLI: ``az login``.

Read in pulumi-azure-native's own source (provider/auth_azidentity.go of its version 3).
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.identity import (
    AzureCliCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)

from llama_azure_access.cloud import PUBLIC, Cloud, cloud_named, find_cloud, get_json
from llama_azure_access.options import AccessError, Configuration, Options

_AUDIENCE = "api://AzureADTokenExchange"
_AZ_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Account:
    """Who acts, in which cloud."""

    cloud: Cloud
    credential: TokenCredential
    way: str
    """How it signs in, such as ``client secret``, for messages."""
    subscription_id: str = ""
    """The subscription that is configured, or that the Azure CLI has chosen; empty where nothing says which."""

    def token(self, scope: str | None = None) -> str:
        """Return an access token, for Azure Resource Manager unless another scope is given.

        Raises:
            AccessError: nobody could sign in; the message tells what was tried.
        """
        try:
            return self.credential.get_token(scope or self.cloud.scope).token
        except (AzureError, OSError, ValueError) as error:
            # azure-identity ends its long reports with a word on where to read more.
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            tried = "\n  ".join(line for line in lines if not line.startswith("To mitigate"))
            raise AccessError(
                f"could not sign in to {self.cloud.resource_manager} by {self.way}: {tried}\n"
                "Sign in with `az login`, or set the variables that azure-native reads"
            ) from None


def sign_in(environ: Mapping[str, str], config: Configuration | None = None) -> Account:
    """Return the account that azure-native would deploy with.

    Args:
        environ: the variables. azure-identity itself reads ``os.environ`` besides.
        config: a stack's configuration by full key; keys that do not begin with ``azure-native:`` are left alone.

    Raises:
        AccessError: the settings lack something, contradict one another, or cannot be read here.
    """
    options = Options(environ, config or {})
    cloud = find_cloud(options)
    subscription = options.get("subscriptionId", "ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID")
    found = _credential(options, cloud or PUBLIC)
    if found is None:
        return _cli_account(options, cloud, subscription)
    credential, way = found
    return Account(cloud or PUBLIC, credential, way, subscription)


def _credential(options: Options, cloud: Cloud) -> tuple[TokenCredential, str] | None:
    """Return the credential that is configured and how it signs in; ``None`` leaves it to the Azure CLI."""
    place: dict[str, Any] = {"authority": cloud.authority}
    if cloud.is_described or options.is_true("disableInstanceDiscovery", "ARM_DISABLE_INSTANCE_DISCOVERY"):
        place["disable_instance_discovery"] = True
    tenants = {"additionally_allowed_tenants": _auxiliary_tenants(options)}
    if options.is_true("useDefaultAzureCredential", "ARM_USE_DEFAULT_AZURE_CREDENTIAL"):
        return DefaultAzureCredential(**place, **tenants), "azure-identity's default credential"
    path = options.get("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH")
    if path:
        tenant, client = _principal(options, "a client certificate")
        password = options.get("clientCertificatePassword", "ARM_CLIENT_CERTIFICATE_PASSWORD") or None
        try:
            certificate = CertificateCredential(tenant, client, path, password=password, **place, **tenants)
        except (OSError, ValueError) as error:
            source = options.source("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH")
            raise AccessError(
                f"{source} is {path}, which cannot be read as a certificate with its key: {error}"
            ) from None
        return certificate, "client certificate"
    secret = options.get("clientSecret", "ARM_CLIENT_SECRET")
    if secret:
        tenant, client = _principal(options, "a client secret")
        return ClientSecretCredential(tenant, client, secret, **place, **tenants), "client secret"
    if options.is_true("useOidc", "ARM_USE_OIDC"):
        tenant, client = _principal(options, "a federated token (OIDC)")
        return ClientAssertionCredential(tenant, client, _assertion(options), **place), "federated token"
    if options.is_true("useMsi", "ARM_USE_MSI"):
        client_id = options.get("clientId", "ARM_CLIENT_ID") or None
        return ManagedIdentityCredential(client_id=client_id), "managed identity"
    return None


def _principal(options: Options, way: str) -> tuple[str, str]:
    """Return tenant and client."""
    found = []
    for name, variable in (("tenantId", "ARM_TENANT_ID"), ("clientId", "ARM_CLIENT_ID")):
        value = options.get(name, variable)
        if not value:
            raise AccessError(f"signing in with {way} takes azure-native:{name} or {variable}, and neither is set")
        found.append(value)
    return found[0], found[1]


def _auxiliary_tenants(options: Options) -> list[str]:
    text = options.get("auxiliaryTenantIds", "ARM_AUXILIARY_TENANT_IDS")
    try:
        found = json.loads(text) if text else []
    except ValueError:
        found = None
    if not isinstance(found, list):
        source = options.source("auxiliaryTenantIds", "ARM_AUXILIARY_TENANT_IDS")
        raise AccessError(f"{source} is {text!r}: write a JSON list of tenant ids")
    return [str(one) for one in found]


def _assertion(options: Options) -> Callable[[], str]:
    """Return what gets a token of the pipeline's issuer, which Microsoft Entra ID exchanges."""
    token = options.get("oidcToken", "ARM_OIDC_TOKEN")
    if token:
        return lambda: token
    file = options.get("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH")
    if file:
        return lambda: _token_in(file)
    url = options.get("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL")
    bearer = options.get("oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    if url and bearer:
        audience = options.get("oidcAudience", "ARM_OIDC_AUDIENCE") or _AUDIENCE
        return lambda: _requested(url, bearer, audience)
    raise AccessError(
        f"{options.source('useOidc', 'ARM_USE_OIDC')} is set, and there is no token: set ARM_OIDC_TOKEN or "
        "ARM_OIDC_TOKEN_FILE_PATH, or give the GitHub Actions job the permission id-token: write"
    )


def _token_in(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"the pipeline's token cannot be read from {file}: {error.strerror}") from None


def _requested(url: str, bearer: str, audience: str) -> str:
    parts = urlsplit(url)
    query = "&".join([*filter(None, [parts.query]), f"audience={quote(audience, safe='')}"])
    try:
        answer = get_json(urlunsplit(parts._replace(query=query)), {"Authorization": f"Bearer {bearer}"})
        return str(answer["value"])
    except (AzureError, ValueError, KeyError, TypeError) as error:
        # Neither URL nor answer is repeated: they tell of the job.
        raise ValueError(f"the pipeline gave no token ({type(error).__name__})") from None


def _cli_account(options: Options, cloud: Cloud | None, subscription: str) -> Account:
    """Return the account of `az login`; which cloud it is in, only the Azure CLI knows."""
    tenants = _auxiliary_tenants(options)
    credential = AzureCliCredential(subscription=subscription or None, additionally_allowed_tenants=tenants)
    if cloud is not None and cloud.is_described:
        # The Azure CLI would sign in elsewhere than this cloud says, and its token would be refused.
        raise AccessError(
            f"nothing says how to sign in to {cloud.resource_manager}: set ARM_CLIENT_SECRET, ARM_USE_OIDC, "
            "ARM_USE_MSI or ARM_USE_DEFAULT_AZURE_CREDENTIAL"
        )
    shown = _az_account(subscription)
    if shown is None:
        return Account(cloud or PUBLIC, credential, "the Azure CLI", subscription)
    active = cloud_named(shown.get("environmentName") or "public", "the Azure CLI's cloud")
    if cloud is not None and cloud != active:
        raise AccessError(
            f"{options.source('environment', 'ARM_ENVIRONMENT', 'AZURE_ENVIRONMENT')} says {cloud.name}, and the Azure "
            f"CLI is signed in to {active.name}: change it with `az cloud set`, and sign in again"
        )
    return Account(active, credential, "the Azure CLI", subscription or str(shown.get("id") or ""))


def _az_account(subscription: str) -> dict[str, Any] | None:
    """Return the Azure CLI's account; ``None`` where it has none, which its credential then tells."""
    az = shutil.which("az")
    if az is None:
        return None
    chosen = ["--subscription", subscription] if subscription else []
    try:
        answer = subprocess.run(
            [az, "account", "show", "--output", "json", *chosen],
            capture_output=True,
            text=True,
            check=True,
            timeout=_AZ_SECONDS,
        )
        shown = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return shown if isinstance(shown, dict) else None
