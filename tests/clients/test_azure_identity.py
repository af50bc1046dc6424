"""azure-identity, unmodified: DefaultAzureCredential finds the sandbox by the environment alone, in every way."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DefaultAzureCredential, WorkloadIdentityCredential

from llama_azure_access import ArmClient
from llama_azure_access import sign_in as azure_native_sign_in
from llama_azure_core.rbac import built_in_roles
from llama_azure_sandbox.addresses import OIDC_ISSUER_PATH
from llama_azure_sandbox.arm.world import PRINCIPAL_ID, TENANT_ID
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import FederatedCredential
from llama_azure_sandbox.identity.principals import DEFAULT_AUDIENCE
from llama_azure_sandbox.process import StartOptions, start, stop
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.sign_in import SignIn, oidc_token
from tests.support.arm import SUBSCRIPTION, sign_in

SCOPE = "https://management.azure.com/.default"
SUBJECT = "repo:contoso/llama:environment:dev"

pytestmark = pytest.mark.client("azure-identity", "managed identity, client secret and federated tokens")


@pytest.fixture(scope="module")
def record(home: SandboxHome) -> ServerRecord:
    return start(home, StartOptions())[0]


@pytest.fixture(scope="module")
def pipeline(home: SandboxHome, record: ServerRecord) -> NewPrincipal:
    own_issuer = record.base_url + OIDC_ISSUER_PATH
    federated = [FederatedCredential(own_issuer, SUBJECT, DEFAULT_AUDIENCE)]
    return add_principal(home, "pipeline", role="Reader", federated=federated)


@contextmanager
def environment(home: SandboxHome, record: ServerRecord, principal: str, way: SignIn) -> Iterator[None]:
    """Set what `sandbox env` prints, in this very process."""
    with pytest.MonkeyPatch.context() as patch:
        variables = client_environment(home, record, Path("/nonexistent"), os.environ, principal, way)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every host that a test's clients look up; none but the sandbox's is let through."""
    hosts: list[str] = []
    look_up = socket.getaddrinfo

    def watched(host: Any, *arguments: Any, **options: Any) -> Any:
        hosts.append(str(host))
        if host != "127.0.0.1":
            raise socket.gaierror(f"{host} is not the sandbox")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    return hosts


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("way", list(SignIn))
def test_every_way_to_sign_in_gives_the_principals_own_token(
    home: SandboxHome, record: ServerRecord, pipeline: NewPrincipal, reached: list[str], way: SignIn
) -> None:
    with environment(home, record, "pipeline", way), DefaultAzureCredential() as credential:
        claims = claims_of(credential.get_token(SCOPE).token)
    assert (claims["oid"], claims["appid"]) == (pipeline.object_id, pipeline.client_id)
    assert (claims["tid"], claims["aud"]) == (TENANT_ID, "https://management.azure.com")
    assert set(reached) == {"127.0.0.1"}
    assert journal(home)[-1]["caller"] == "pipeline"


AS_DEPLOYED: dict[str, dict[str, str]] = {
    **{way.value: {} for way in SignIn},
    "secret of azure-native": {"ARM_CLIENT_SECRET": "{secret}"},
    "token of a pipeline": {"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "{token}"},
    "managed identity of azure-native": {"ARM_USE_MSI": "true"},
}


@pytest.mark.parametrize("way", AS_DEPLOYED)
def test_whoever_asks_and_sets_traffic_is_whoever_deploys(
    home: SandboxHome, record: ServerRecord, pipeline: NewPrincipal, reached: list[str], way: str
) -> None:
    given = AS_DEPLOYED[way]
    values = {"secret": pipeline.secret, "token": oidc_token(home, SUBJECT)}
    own = {"ARM_CLIENT_ID": pipeline.client_id, "ARM_USE_DEFAULT_AZURE_CREDENTIAL": ""} if given else {}
    if "ARM_USE_MSI" in given:
        own["ARM_CLIENT_ID"] = ""
    sandbox_way = SignIn.MANAGED_IDENTITY if given else SignIn(way)
    with environment(home, record, "pipeline", sandbox_way):
        variables = {**os.environ, **own, **{name: text.format(**values) for name, text in given.items()}}
        account = azure_native_sign_in(variables)
        claims = claims_of(account.token())
        group = ArmClient(account, "test").call("GET", f"{SUBSCRIPTION}/resourcegroups", "2024-03-01")
    assert (claims["oid"], claims["appid"]) == (pipeline.object_id, pipeline.client_id)
    assert account.cloud.resource_manager == record.base_url
    assert group["value"] == []
    assert journal(home)[-1]["caller"] == "pipeline"
    assert set(reached) == {"127.0.0.1"}


@pytest.mark.parametrize("way", [SignIn.MANAGED_IDENTITY, SignIn.IMDS, SignIn.SECRET])
def test_the_owner_signs_in_too(home: SandboxHome, record: ServerRecord, way: SignIn) -> None:
    with environment(home, record, "owner", way), DefaultAzureCredential() as credential:
        assert claims_of(credential.get_token(SCOPE).token)["oid"] == PRINCIPAL_ID


def test_a_wrong_secret_is_refused_in_entras_words(
    home: SandboxHome, record: ServerRecord, pipeline: NewPrincipal, reached: list[str]
) -> None:
    with environment(home, record, "owner", SignIn.SECRET):
        credential = ClientSecretCredential(TENANT_ID, pipeline.client_id, "wrong")
        with pytest.raises(ClientAuthenticationError, match="AADSTS7000215: Invalid client secret provided"):
            credential.get_token(SCOPE)
    assert set(reached) == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("claim", "changed", "code"),
    [
        ("subject", {"subject": SUBJECT.upper()}, "AADSTS700213"),
        ("issuer", {"issuer": "https://token.example.com"}, "AADSTS700211"),
        ("audience", {"audience": "api://other"}, "AADSTS700212"),
    ],
)
def test_a_federated_token_that_does_not_match_is_refused_with_what_does_not(
    home: SandboxHome,
    record: ServerRecord,
    pipeline: NewPrincipal,
    tmp_path: Path,
    claim: str,
    changed: dict[str, str],
    code: str,
) -> None:
    file = tmp_path / "token"
    file.write_text(oidc_token(home, **{"subject": SUBJECT, **changed}), encoding="ascii")
    with environment(home, record, "owner", SignIn.MANAGED_IDENTITY):
        credential = WorkloadIdentityCredential(
            tenant_id=TENANT_ID, client_id=pipeline.client_id, token_file_path=str(file)
        )
        with pytest.raises(ClientAuthenticationError, match=f"{code}: No matching .* presented assertion {claim}"):
            credential.get_token(SCOPE)


def test_a_managed_identity_of_a_program_signs_in_with_its_pipelines_token(
    home: SandboxHome, record: ServerRecord, tmp_path: Path
) -> None:
    issuer = "https://token.actions.githubusercontent.com"
    path = "/resourceGroups/rg-ci/providers/Microsoft.ManagedIdentity/userAssignedIdentities/deploy"
    with sign_in(home) as arm:
        arm.call("PUT", "/resourcegroups/rg-ci", {"location": "eastus2"})
        identity = arm.call("PUT", path, {"location": "eastus2"}).json()["properties"]
        credential_body = {"properties": {"issuer": issuer, "subject": SUBJECT, "audiences": [DEFAULT_AUDIENCE]}}
        assert arm.call("PUT", f"{path}/federatedIdentityCredentials/dev", credential_body).status_code == 201
        role_id = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{built_in_roles()['Reader'].id}"
        assignment = {"properties": {"roleDefinitionId": role_id, "principalId": identity["principalId"]}}
        name = "00000000-0000-4000-8000-000000000001"
        assigned = arm.call("PUT", f"/providers/Microsoft.Authorization/roleAssignments/{name}", assignment)
        assert assigned.json()["properties"]["principalType"] == "ServicePrincipal"
    file = tmp_path / "token"
    file.write_text(oidc_token(home, SUBJECT, issuer=issuer), encoding="ascii")
    with environment(home, record, "owner", SignIn.MANAGED_IDENTITY):
        credential = WorkloadIdentityCredential(
            tenant_id=TENANT_ID, client_id=identity["clientId"], token_file_path=str(file)
        )
        token = credential.get_token(SCOPE).token
    with sign_in(home) as arm:
        bearer = {"Authorization": f"Bearer {token}"}
        assert arm.call("GET", "/resourcegroups/rg-ci", headers=bearer).status_code == 200
        assert arm.call("DELETE", "/resourcegroups/rg-ci", headers=bearer).status_code == 403


def test_while_the_sandbox_is_down_no_way_reaches_any_other_host(
    home: SandboxHome, record: ServerRecord, pipeline: NewPrincipal, reached: list[str]
) -> None:
    environments = {}
    for way in SignIn:
        with environment(home, record, "pipeline", way):
            environments[way] = dict(os.environ)
    stop(home)
    try:
        for way, variables in environments.items():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(os, "environ", variables)
                patch.setattr(time, "sleep", lambda _seconds: None)  # the client's pauses between its tries
                with pytest.raises(ClientAuthenticationError), DefaultAzureCredential() as credential:
                    credential.get_token(SCOPE)
            assert set(reached) == {"127.0.0.1"}, way
    finally:
        start(home, StartOptions())
