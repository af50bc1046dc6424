"""Sign-in: the managed-identity endpoint, and what Resource Manager thinks of tokens."""

import httpx
import jwt
import pytest

from sandbox.addresses import IDENTITY_PATH
from sandbox.arm.world import PRINCIPAL_ID, TENANT_ID
from sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm

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
