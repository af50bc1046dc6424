"""The variables by which clients of the Azure SDKs sign in to a sandbox, in each way that they know."""

import os
from enum import StrEnum
from typing import Any

from llama_azure_sandbox.addresses import IDENTITY_PATH, IMDS_PATH, OIDC_TOKEN_PATH
from llama_azure_sandbox.arm.customer import CLIENT_ID
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.client.principals import principals
from llama_azure_sandbox.home import OWNER_SECRET, SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME, digest, imds_capability, secret_name
from llama_azure_sandbox.process import SandboxError
from llama_azure_sandbox.records import ServerRecord


class SignIn(StrEnum):
    """The ways to sign in."""

    MANAGED_IDENTITY = "managed-identity"
    """As code in App Service."""
    IMDS = "imds"
    """As code on a virtual machine."""
    SECRET = "secret"  # noqa: S105 - the name of a way
    """As a service principal with its client secret."""
    WORKLOAD_IDENTITY = "workload-identity"
    """As a service principal with a token of another issuer, in a file."""


# Each way of DefaultAzureCredential's that could be taken instead.
_EVERY_VARIABLE = (
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
)


def sign_in_variables(home: SandboxHome, record: ServerRecord, principal: str, way: SignIn) -> dict[str, str]:
    """Return the variables with which DefaultAzureCredential is a principal; empty ones take an effect away.

    Raises:
        SandboxError: there is no such principal, or it cannot sign in so.
    """
    secret = client_secret(home, principal)
    match way:
        case SignIn.MANAGED_IDENTITY:
            credential = "ManagedIdentityCredential"
            variables = {"IDENTITY_ENDPOINT": record.base_url + IDENTITY_PATH, "IDENTITY_HEADER": secret}
        case SignIn.IMDS:
            credential = "ManagedIdentityCredential"
            address = f"{record.base_url}{IMDS_PATH}/{imds_capability(digest(secret))}"
            variables = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": address}
        case SignIn.SECRET:
            credential = "EnvironmentCredential"
            variables = {"AZURE_CLIENT_ID": client_id(home, principal), "AZURE_CLIENT_SECRET": secret}
        case SignIn.WORKLOAD_IDENTITY:
            credential = "WorkloadIdentityCredential"
            variables = {
                "AZURE_CLIENT_ID": client_id(home, principal),
                "AZURE_FEDERATED_TOKEN_FILE": _token_file(home, principal),
            }
    others = {name: "" for name in _EVERY_VARIABLE if name not in variables}
    return others | variables | {"AZURE_TOKEN_CREDENTIALS": credential}


def client_secret(home: SandboxHome, principal: str) -> str:
    """Return the secret with which a principal signs in.

    Raises:
        SandboxError: there is no principal of that name.
    """
    if principal == OWNER_NAME:
        return home.secret(OWNER_SECRET)
    if not home.has_secret(secret_name(principal)):
        raise SandboxError(f"there is no principal {principal!r}; see `sandbox principal list`")
    return home.secret(secret_name(principal))


def client_id(home: SandboxHome, principal: str) -> str:
    """Return a principal's client id; the sandbox must run unless it is the owner's."""
    return CLIENT_ID if principal == OWNER_NAME else str(_named(home, principal)["clientId"])


def oidc_token(home: SandboxHome, subject: str, audience: str | None = None, issuer: str | None = None) -> str:
    """Return a token as a pipeline's issuer makes it for a subject, good for ten minutes.

    Args:
        home: of the running sandbox.
        subject: such as ``repo:contoso/llama:environment:prod``.
        audience: for whom it is; what Microsoft Entra ID recommends if none is given.
        issuer: in whose name it is made; the sandbox's own if none is given.

    Raises:
        SandboxError: the sandbox does not run.
    """
    wanted = {"subject": subject, "audience": audience, "issuer": issuer}
    body = {name: value for name, value in wanted.items() if value is not None}
    return str(call_sandbox(home, "POST", OIDC_TOKEN_PATH, body)["value"])


def _token_file(home: SandboxHome, principal: str) -> str:
    """Write a new token for a principal's first federated credential, and return the file's path."""
    credentials = _named(home, principal)["federated"]
    if not credentials:
        raise SandboxError(
            f"principal {principal!r} has no federated credential; add one with "
            "`sandbox principal add NAME --subject SUBJECT`"
        )
    first = credentials[0]
    path = home.root / f"federated-token-{principal}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(oidc_token(home, first["subject"], first["audience"], first["issuer"]))
    return str(path)


def _named(home: SandboxHome, principal: str) -> dict[str, Any]:
    found = next((one for one in principals(home) if one["name"] == principal), None)
    if found is None:
        raise SandboxError(f"there is no principal {principal!r}; see `sandbox principal list`")
    return found
