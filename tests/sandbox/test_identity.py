"""Sign-in: the managed-identity endpoint, and what Resource Manager thinks of tokens."""

from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from llama_azure_sandbox.addresses import IDENTITY_PATH
from llama_azure_sandbox.arm.world import CLIENT_ID, PRINCIPAL_ID, TENANT_ID
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.home import OWNER_SECRET, SandboxHome
from llama_azure_sandbox.identity.credentials import FederatedCredential
from llama_azure_sandbox.identity.principals import DEFAULT_AUDIENCE
from llama_azure_sandbox.process import running
from llama_azure_sandbox.sign_in import oidc_token
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.workbench import sandbox_command

MANAGEMENT = "https://management.azure.com"
QUERY = {"api-version": "2019-08-01", "resource": MANAGEMENT}


def token(arm: Arm, home: SandboxHome, resource: str) -> str:
    answer = arm.client.get(
        IDENTITY_PATH,
        params={**QUERY, "resource": resource},
        headers={"X-IDENTITY-HEADER": home.secret("identity-header")},
    )
    value: str = answer.json()["access_token"]
    return value


def ask(arm: Arm, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    with httpx.Client(verify=arm.client._transport._pool._ssl_context) as stranger:  # type: ignore[attr-defined]
        url = arm.client.base_url.join(f"{SUBSCRIPTION}/resources")
        return stranger.get(url, params={"api-version": "2021-04-01"}, headers=headers)


def test_a_token_tells_who_holds_it(arm: Arm, home: SandboxHome) -> None:
    claims = jwt.decode(token(arm, home, MANAGEMENT), options={"verify_signature": False})
    assert (claims["oid"], claims["tid"], claims["aud"]) == (PRINCIPAL_ID, TENANT_ID, MANAGEMENT)


@pytest.mark.parametrize(
    "header", [{}, {"X-IDENTITY-HEADER": "wrong"}, {"X-IDENTITY-HEADER": "\u00e5".encode("latin-1")}]
)
def test_only_who_knows_the_header_gets_a_token(arm: Arm, header: dict[str, str]) -> None:
    assert arm.client.get(IDENTITY_PATH, params=QUERY, headers=header).status_code == 401


def test_a_token_is_asked_for_a_resource(arm: Arm, home: SandboxHome) -> None:
    header = {"X-IDENTITY-HEADER": home.secret("identity-header")}
    assert arm.client.get(IDENTITY_PATH, params={"api-version": "2019-08-01"}, headers=header).status_code == 400


@pytest.mark.parametrize("authorization", [None, "Bearer", "Basic abc", "Bearer abc.def.ghi"])
def test_resource_manager_refuses_who_has_no_token_of_its_own(arm: Arm, authorization: str | None) -> None:
    assert ask(arm, authorization).status_code == 401


def test_resource_manager_refuses_a_token_for_something_else(arm: Arm, home: SandboxHome) -> None:
    assert ask(arm, f"Bearer {token(arm, home, 'https://vault.azure.net')}").status_code == 401
    assert ask(arm, f"Bearer {token(arm, home, MANAGEMENT)}").status_code == 200


def test_resource_manager_refuses_a_forged_token(arm: Arm, home: SandboxHome) -> None:
    genuine = token(arm, home, MANAGEMENT)
    claims = jwt.decode(genuine, options={"verify_signature": False})
    forged = jwt.encode(claims, "a-key-of-at-least-thirty-two-bytes!", algorithm="HS256")
    assert ask(arm, f"Bearer {forged}").status_code == 401


def token_request(arm: Arm, tenant: str = TENANT_ID, **form: str) -> httpx.Response:
    return arm.client.post(f"/{tenant}/oauth2/v2.0/token", data=form)


def test_whoever_reads_the_published_keys_can_check_a_token(arm: Arm, home: SandboxHome) -> None:
    metadata = arm.client.get(f"/{TENANT_ID}/v2.0/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(arm.client.get(metadata["jwks_uri"]).json())
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "scope": f"{MANAGEMENT}/.default"}
    answer = arm.client.post(metadata["token_endpoint"], data={**form, "client_secret": home.secret(OWNER_SECRET)})
    issued = answer.json()["access_token"]
    key = keys[jwt.get_unverified_header(issued)["kid"]]
    claims = jwt.decode(issued, key.key, algorithms=["RS256"], audience=MANAGEMENT)
    assert (claims["oid"], answer.json()["expires_in"]) == (PRINCIPAL_ID, 3600)


@pytest.mark.parametrize(
    ("change", "status", "error", "number"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"client_secret": ""}, 401, "invalid_client", 7000215),
        ({"scope": "openid"}, 400, "invalid_scope", 1002012),
        ({"tenant": "11111111-1111-1111-1111-111111111111"}, 400, "invalid_request", 90002),
        ({"client_assertion": "x", "client_assertion_type": "urn:other"}, 400, "invalid_request", 50027),
    ],
)
def test_a_request_for_a_token_that_is_wrong_is_refused_with_entras_number(
    arm: Arm, home: SandboxHome, change: dict[str, str], status: int, error: str, number: int
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT_ID,
        "client_secret": home.secret(OWNER_SECRET),
        "scope": f"{MANAGEMENT}/.default",
    }
    answer = token_request(arm, **{**form, **change})
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [number])
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")
    assert "access_token" not in answer.json()


def test_a_token_in_the_name_of_an_issuer_is_good_only_if_the_sandbox_made_it(arm: Arm, home: SandboxHome) -> None:
    claims = {"iss": "https://issuer", "sub": "s", "aud": DEFAULT_AUDIENCE, "exp": 4102444800}
    principal = add_principal(home, "forged", federated=[FederatedCredential("https://issuer", "s", DEFAULT_AUDIENCE)])
    forged = jwt.encode(claims, rsa.generate_private_key(65537, 2048), algorithm="RS256")
    genuine = oidc_token(home, "s", issuer="https://issuer")
    form = {
        "grant_type": "client_credentials",
        "client_id": principal.client_id,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "scope": f"{MANAGEMENT}/.default",
    }
    refused = token_request(arm, **form, client_assertion=forged)
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [50027])
    assert token_request(arm, **form, client_assertion=genuine).status_code == 200


def test_a_pipelines_token_opens_nothing_by_itself(arm: Arm, home: SandboxHome) -> None:
    posing = oidc_token(home, PRINCIPAL_ID, MANAGEMENT, f"https://sts.windows.net/{TENANT_ID}/")
    assert ask(arm, f"Bearer {posing}").status_code == 401


def test_the_sandboxs_issuer_publishes_its_keys_and_tells_of_github(arm: Arm, home: SandboxHome) -> None:
    metadata = arm.client.get("/oidc/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(arm.client.get(metadata["jwks_uri"]).json())
    printed = sandbox_command(home, "oidc-token", "--subject", "repo:contoso/llama:environment:prod").stdout.strip()
    key = keys[jwt.get_unverified_header(printed)["kid"]]
    claims = jwt.decode(printed, key.key, algorithms=["RS256"], audience="api://AzureADTokenExchange")
    assert claims["iss"] == metadata["issuer"]
    assert (claims["repository"], claims["repository_owner"]) == ("contoso/llama", "contoso")
    assert claims["environment"] == "prod"


def test_the_clouds_metadata_has_both_shapes_and_names_no_public_host(arm: Arm) -> None:
    def get(version: str) -> Any:
        return arm.client.get("/metadata/endpoints", params={"api-version": version}).json()

    cloud = get("2022-09-01")
    assert get("2019-05-01") == [cloud]
    assert cloud["resourceManager"] == str(arm.client.base_url).rstrip("/")
    assert len(cloud["portal"].split(".")) >= 3
    addresses = [*cloud["suffixes"].values(), *(value for value in cloud.values() if isinstance(value, str))]
    own = (".sandbox.localhost", cloud["resourceManager"])
    assert [address for address in addresses if not address.endswith(own)] == ["Sandbox"]
    assert cloud["authentication"]["loginEndpoint"] == cloud["resourceManager"]


def test_what_the_official_plugin_would_need_is_printed_and_said_to_be_untried(home: SandboxHome) -> None:
    printed = sandbox_command(home, "env", "--provider", "official").stdout
    record = running(home)
    assert record is not None
    assert "UNTRIED" in printed
    assert f"export ARM_METADATA_HOSTNAME={record.base_url}" in printed
    assert "export ARM_DISABLE_INSTANCE_DISCOVERY=true" in printed
    assert f"export SSL_CERT_FILE={home.ca_bundle}" in printed
    assert "PULUMI_HOME" not in printed
