"""Who signs in and where, case by case, as pulumi-azure-native reads the same settings."""

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from azure.identity import (
    AzureCliCredential,
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from llama_azure_access import PUBLIC, AccessError, sign_in

ENCRYPTED = SecretStr("")  # what a stack's file holds of it
CLIENT = {"ARM_TENANT_ID": "tenant", "ARM_CLIENT_ID": "client"}
SECRET = {**CLIENT, "ARM_CLIENT_SECRET": "the-secret"}
OIDC = {**CLIENT, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "the-token"}
CONFIGURED = {"azure-native:tenantId": "tenant", "azure-native:clientId": "client"}


@pytest.fixture(autouse=True)
def _nobody_is_signed_in_to_the_azure_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("environ", "config", "kind"),
    [
        ({}, {}, AzureCliCredential),
        (CLIENT, {}, AzureCliCredential),
        ({**CLIENT, "ARM_CLIENT_SECRET": ""}, {}, AzureCliCredential),
        (SECRET, {}, ClientSecretCredential),
        (OIDC, {}, ClientAssertionCredential),
        # Only `true` is true: with any other word it is as if nothing was said.
        *(({**OIDC, "ARM_USE_OIDC": word}, {}, AzureCliCredential) for word in ("1", "yes", "True", "TRUE", "false")),
        *(({"ARM_USE_MSI": word}, {}, AzureCliCredential) for word in ("1", "yes", "True")),
        # The order is azure-native's: a secret comes before a federated token, which comes before a managed identity.
        ({**OIDC, **SECRET}, {}, ClientSecretCredential),
        ({**OIDC, "ARM_USE_MSI": "true"}, {}, ClientAssertionCredential),
        ({"ARM_USE_MSI": "true"}, {}, ManagedIdentityCredential),
        ({**SECRET, "ARM_USE_MSI": "true"}, {}, ClientSecretCredential),
        ({**SECRET, "ARM_USE_DEFAULT_AZURE_CREDENTIAL": "true"}, {}, DefaultAzureCredential),
        # The stack's configuration comes before the environment, one setting at a time, also where it is empty.
        ({}, {**CONFIGURED, "azure-native:clientSecret": "s"}, ClientSecretCredential),
        ({"ARM_CLIENT_SECRET": "s"}, CONFIGURED, ClientSecretCredential),
        (SECRET, {"azure-native:clientSecret": ""}, AzureCliCredential),
        (OIDC, {"azure-native:useOidc": False}, AzureCliCredential),
        ({"ARM_OIDC_TOKEN": "t"}, {**CONFIGURED, "azure-native:useOidc": True}, ClientAssertionCredential),
        ({}, {**CONFIGURED, "azure-native:useOidc": "true", "azure-native:oidcToken": "t"}, ClientAssertionCredential),
        ({}, {"azure-native:useMsi": "true"}, ManagedIdentityCredential),
        # What proves who it is may be encrypted in the file, where the environment has it too.
        (SECRET, {**CONFIGURED, "azure-native:clientSecret": ENCRYPTED}, ClientSecretCredential),
    ],
)
def test_the_first_way_that_is_configured_counts(environ: dict[str, str], config: dict[str, Any], kind: type) -> None:
    assert type(sign_in(environ, config).credential) is kind


@pytest.mark.parametrize(
    ("environ", "config", "said"),
    [
        ({"ARM_CLIENT_SECRET": "s"}, {}, "a client secret takes azure-native:tenantId or ARM_TENANT_ID"),
        ({"ARM_CLIENT_SECRET": "s", "ARM_TENANT_ID": "t"}, {}, "azure-native:clientId or ARM_CLIENT_ID"),
        (SECRET, {"azure-native:clientId": ""}, "azure-native:clientId or ARM_CLIENT_ID"),
        ({"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "t"}, {}, "a federated token"),
        ({**CLIENT, "ARM_USE_OIDC": "true"}, {}, "ARM_USE_OIDC is set, and there is no token: set ARM_OIDC_TOKEN"),
        (CLIENT, {"azure-native:useOidc": True}, "azure-native:useOidc is set, and there is no token"),
        ({**CLIENT, "ARM_CLIENT_CERTIFICATE_PATH": "/nowhere.pem"}, {}, "ARM_CLIENT_CERTIFICATE_PATH is /nowhere.pem"),
        (
            {},
            {**CONFIGURED, "azure-native:clientSecret": ENCRYPTED},
            "is encrypted .* set ARM_CLIENT_SECRET to it",
        ),
        (SECRET, {"azure-native:clientId": {"secure": "v1:x"}}, "azure-native:clientId is encrypted"),
        ({**SECRET, "ARM_AUXILIARY_TENANT_IDS": "a,b"}, {}, "write a JSON list of tenant ids"),
        ({**SECRET, "ARM_ENVIRONMENT": "usgoverment"}, {}, "ARM_ENVIRONMENT is 'usgoverment': write public, usgov"),
        (SECRET, {"azure-native:environment": "mars"}, "azure-native:environment is 'mars'"),
        ({**SECRET, "ARM_METADATA_HOSTNAME": "http://here"}, {}, "must begin with https://"),
        ({**SECRET, "ARM_METADATA_HOSTNAME": "127.0.0.1:1"}, {}, "could not be read from ARM_METADATA_HOSTNAME"),
        ({**SECRET, "ARM_CLOUD_METADATA_URL": "https://127.0.0.1:1/m"}, {}, "read from ARM_CLOUD_METADATA_URL"),
    ],
)
def test_a_sign_in_that_cannot_be_repeated_is_an_error(
    environ: dict[str, str], config: dict[str, Any], said: str
) -> None:
    with pytest.raises(AccessError, match=said) as refused:
        sign_in(environ, config)
    assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("environ", "config", "name", "resource_manager"),
    [
        ({}, {}, "public", "https://management.azure.com"),
        ({"ARM_ENVIRONMENT": "public"}, {}, "public", "https://management.azure.com"),
        ({"ARM_ENVIRONMENT": "usgovernment"}, {}, "usgovernment", "https://management.usgovcloudapi.net"),
        ({"AZURE_ENVIRONMENT": "AzureUSGovernment"}, {}, "usgovernment", "https://management.usgovcloudapi.net"),
        ({"ARM_ENVIRONMENT": "China"}, {}, "china", "https://management.chinacloudapi.cn"),
        (
            {"ARM_ENVIRONMENT": "china"},
            {"azure-native:environment": "public"},
            "public",
            "https://management.azure.com",
        ),
        (
            {
                "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.example/",
                "ARM_RESOURCE_MANAGER_ENDPOINT": "https://arm.example/",
                "ARM_RESOURCE_MANAGER_AUDIENCE": "https://audience.example",
                "ARM_ENVIRONMENT": "china",
            },
            {},
            "arm.example",
            "https://arm.example",
        ),
        # Two of the three are none.
        ({"ARM_RESOURCE_MANAGER_ENDPOINT": "https://arm.example"}, {}, "public", "https://management.azure.com"),
    ],
)
def test_the_cloud_is_azure_natives(
    environ: dict[str, str], config: dict[str, Any], name: str, resource_manager: str
) -> None:
    cloud = sign_in({**SECRET, **environ}, config).cloud
    assert (cloud.name, cloud.resource_manager) == (name, resource_manager)
    assert (cloud == PUBLIC) == (name == "public")


def test_a_described_cloud_is_not_left_to_the_azure_cli() -> None:
    three = {
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.example",
        "ARM_RESOURCE_MANAGER_ENDPOINT": "https://arm.example",
        "ARM_RESOURCE_MANAGER_AUDIENCE": "https://audience.example",
    }
    with pytest.raises(AccessError, match=r"nothing says how to sign in to https://arm\.example"):
        sign_in(three)


@pytest.mark.parametrize(
    ("environ", "config", "found"),
    [
        ({"ARM_SUBSCRIPTION_ID": "arm", "AZURE_SUBSCRIPTION_ID": "azure"}, {}, "arm"),
        ({"AZURE_SUBSCRIPTION_ID": "azure"}, {}, "azure"),
        ({"ARM_SUBSCRIPTION_ID": "arm"}, {"azure-native:subscriptionId": "stack"}, "stack"),
        ({}, {}, ""),
    ],
)
def test_the_subscription_is_the_stacks_before_the_environments(
    environ: dict[str, str], config: dict[str, Any], found: str
) -> None:
    assert sign_in({**SECRET, **environ}, config).subscription_id == found


def az(tmp_path: Path, **shown: str) -> None:
    """Put an Azure CLI on the PATH that is signed in."""
    command = tmp_path / "az"
    command.write_text(f"#!/bin/sh\necho '{json.dumps(shown)}'\n", encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)


def test_without_more_said_cloud_and_subscription_are_the_azure_clis(tmp_path: Path) -> None:
    az(tmp_path, id="chosen", environmentName="AzureUSGovernment")
    account = sign_in({})
    assert (account.cloud.name, account.subscription_id) == ("usgovernment", "chosen")
    assert sign_in({"ARM_ENVIRONMENT": "usgovernment"}).cloud == account.cloud
    assert sign_in({"ARM_SUBSCRIPTION_ID": "mine"}).subscription_id == "mine"


def test_an_azure_cli_of_another_cloud_is_an_error(tmp_path: Path) -> None:
    az(tmp_path, id="chosen", environmentName="AzureCloud")
    with pytest.raises(AccessError, match=r"ARM_ENVIRONMENT says usgovernment, .* CLI is signed in to public"):
        sign_in({"ARM_ENVIRONMENT": "usgovernment"})


def test_nobody_who_is_signed_in_is_one_sentence() -> None:
    with pytest.raises(AccessError, match=r"could not sign in to https://management\.azure\.com by the Azure CLI"):
        sign_in({}).token()


def test_a_certificate_signs_in_and_needs_its_password(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pipeline")])
    import datetime as dt

    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "client.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"opens"),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    environ = {**SECRET, "ARM_CLIENT_CERTIFICATE_PATH": str(path)}
    assert type(sign_in({**environ, "ARM_CLIENT_CERTIFICATE_PASSWORD": "opens"}).credential) is CertificateCredential
    with pytest.raises(AccessError, match=r"client\.pem, which is not a certificate with its key|cannot be read"):
        sign_in({**environ, "ARM_CLIENT_CERTIFICATE_PASSWORD": "wrong"})


class Issuer(BaseHTTPRequestHandler):
    """A CI system that issues tokens."""

    asked: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Authorization"]))
        self.send_response(200 if "good" in self.path else 403)
        self.end_headers()
        self.wfile.write(b'{"value": "issued"}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def issuer() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Issuer)
    Thread(target=server.serve_forever, daemon=True).start()
    Issuer.asked.clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def assertion(environ: dict[str, str], config: dict[str, Any] | None = None) -> str:
    """Return what would be handed to Microsoft Entra ID."""
    credential = sign_in({**CLIENT, "ARM_USE_OIDC": "true", **environ}, config or {}).credential
    return str(credential._func())  # type: ignore[attr-defined]


def test_a_federated_token_comes_from_where_azure_native_takes_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n", encoding="utf-8")
    assert assertion({"ARM_OIDC_TOKEN": "given", "ARM_OIDC_TOKEN_FILE_PATH": str(file)}) == "given"
    assert assertion({"ARM_OIDC_TOKEN_FILE_PATH": str(file)}) == "from-file"
    with issuer() as url:
        github = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/good?x=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "b1"}
        own = {"ARM_OIDC_REQUEST_URL": f"{url}/good", "ARM_OIDC_REQUEST_TOKEN": "b2", "ARM_OIDC_AUDIENCE": "api://mine"}
        assert assertion(github) == "issued"
        assert assertion({**github, **own}) == "issued"
        assert assertion(github, {"azure-native:oidcRequestUrl": f"{url}/good/of-stack"}) == "issued"
    assert Issuer.asked == [
        ("/good?x=1&audience=api%3A%2F%2FAzureADTokenExchange", "Bearer b1"),
        ("/good?audience=api%3A%2F%2Fmine", "Bearer b2"),
        ("/good/of-stack?audience=api%3A%2F%2FAzureADTokenExchange", "Bearer b1"),
    ]


def test_an_issuer_that_refuses_is_told_without_its_url() -> None:
    with issuer() as url:
        github = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{url}/bad", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer"}
        with pytest.raises(ValueError, match="the pipeline gave no token") as refused:
            assertion(github)
    assert url not in str(refused.value)
