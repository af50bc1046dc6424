"""Principals: added, listed, removed, signed in with their own secret, and judged by their own roles."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import jwt
import pytest

from llama_azure_sandbox.arm.world import CLIENT_ID, PRINCIPAL_ID
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal, principals, remove_principal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import digest, imds_capability, secret_name
from llama_azure_sandbox.process import SandboxError, running, trusting
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.workbench import sandbox_command

RESOURCE = {"api-version": "2019-08-01", "resource": "https://management.azure.com"}


@contextmanager
def stranger(home: SandboxHome) -> Iterator[httpx.Client]:
    record = running(home)
    assert record is not None
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False) as client:
        yield client


def token_for(home: SandboxHome, secret: str, **query: str) -> httpx.Response:
    with stranger(home) as client:
        return client.get("/msi/token", params={**RESOURCE, **query}, headers={"X-IDENTITY-HEADER": secret})


def claims(answer: httpx.Response) -> dict[str, str]:
    decoded: dict[str, str] = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    return decoded


@pytest.fixture(scope="module")
def reader(home: SandboxHome, arm: Arm) -> NewPrincipal:
    arm.call("PUT", "/resourcegroups/rg-read", {"location": "eastus2"})
    return add_principal(home, "reader", role="reader", scope="resourceGroups/rg-read")


def test_a_principal_may_do_what_its_role_permits_and_no_more(home: SandboxHome, reader: NewPrincipal) -> None:
    bearer = {"Authorization": f"Bearer {token_for(home, reader.secret).json()['access_token']}"}
    path = f"{SUBSCRIPTION}/resourcegroups/rg-read"
    with stranger(home) as client:
        assert client.get(path, params=RESOURCE, headers=bearer).status_code == 200
        refused = client.delete(path, params=RESOURCE, headers=bearer)
        elsewhere = client.get(f"{SUBSCRIPTION}/resourcegroups/rg-other", params=RESOURCE, headers=bearer)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert reader.client_id in refused.json()["error"]["message"]
    assert elsewhere.status_code == 403
    assert journal(home)[-2]["caller"] == "reader"


def test_a_principal_that_gets_no_role_leaves_no_secret_behind(home: SandboxHome) -> None:
    with pytest.raises(SandboxError, match="there is no role 'no-such-role'"):
        add_principal(home, "nobody", role="no-such-role")
    assert not home.has_secret(secret_name("nobody"))


def test_the_secret_lies_in_a_file_of_its_owner_alone(home: SandboxHome, reader: NewPrincipal) -> None:
    path = home.root / "principal-reader.secret"
    assert path.read_text(encoding="ascii") == reader.secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert reader.secret.encode() not in home.database.read_bytes()


def test_a_list_shows_ids_and_roles_but_no_secret(home: SandboxHome, reader: NewPrincipal) -> None:
    listed = {one["name"]: one for one in principals(home)}
    assert (listed["owner"]["clientId"], listed["owner"]["objectId"]) == (CLIENT_ID, PRINCIPAL_ID)
    assert listed["reader"]["roles"] == [{"role": "Reader", "scope": f"{SUBSCRIPTION}/resourceGroups/rg-read"}]
    assert reader.secret not in str(listed)


def test_only_the_owner_may_ask_for_another_principals_token(home: SandboxHome, reader: NewPrincipal) -> None:
    owner = home.secret("identity-header")
    assert claims(token_for(home, owner))["oid"] == PRINCIPAL_ID
    assert claims(token_for(home, owner, client_id=reader.client_id))["oid"] == reader.object_id
    assert claims(token_for(home, owner, principal_id=reader.object_id))["appid"] == reader.client_id
    assert claims(token_for(home, reader.secret, client_id=reader.client_id))["oid"] == reader.object_id
    assert token_for(home, reader.secret, client_id=CLIENT_ID).status_code == 400
    assert token_for(home, owner, client_id="no-such-id").status_code == 400


def test_the_metadata_service_knows_its_caller_by_its_address_which_is_nowhere_written(
    home: SandboxHome, reader: NewPrincipal
) -> None:
    capability = imds_capability(digest(reader.secret))
    path = f"/imds/{capability}/metadata/identity/oauth2/token"
    query = {"api-version": "2018-02-01", "resource": "https://management.azure.com"}
    with stranger(home) as client:
        answer = client.get(path, params=query, headers={"Metadata": "true"})
        assert client.get(path, params=query).status_code == 400
        assert client.get(path, headers={"Metadata": "true"}).status_code == 400
        other = client.get(path.replace(capability, "0" * 32), params=query, headers={"Metadata": "true"})
    assert claims(answer)["oid"] == reader.object_id
    assert other.json() == {"error": "invalid_request", "error_description": "Identity not found"}
    assert journal(home)[-1]["path"] == "/imds/…/metadata/identity/oauth2/token"
    assert capability not in home.log.read_text(encoding="utf-8")


def test_a_removed_principal_signs_in_no_more(home: SandboxHome) -> None:
    gone = add_principal(home, "gone", role="Contributor")
    remove_principal(home, "gone")
    assert token_for(home, gone.secret).status_code == 401
    assert not (home.root / "principal-gone.secret").exists()
    again = add_principal(home, "gone")
    assert (again.secret != gone.secret, again.object_id != gone.object_id) == (True, True)
    assert [one["roles"] for one in principals(home) if one["name"] == "gone"] == [[]]


@pytest.mark.parametrize(
    ("name", "role", "scope", "message"),
    [
        ("owner", None, None, "there is a principal 'owner' already"),
        ("../x", None, None, "is not a name for a principal"),
        ("fresh", "Emperor", None, "there is no role 'Emperor'; there are: .*owner"),
        ("fresh", "Reader", "resourceGroups/rg-none", "the role was not assigned: ResourceNotFound"),
    ],
)
def test_what_cannot_be_added_is_said_and_leaves_nothing(
    home: SandboxHome, name: str, role: str | None, scope: str | None, message: str
) -> None:
    before = principals(home)
    with pytest.raises(SandboxError, match=message):
        add_principal(home, name, role=role, scope=scope)
    assert principals(home) == before


def test_the_owner_stays(home: SandboxHome) -> None:
    with pytest.raises(SandboxError, match="the owner stays"):
        remove_principal(home, "owner")


def test_the_command_adds_lists_signs_in_and_removes(home: SandboxHome) -> None:
    added = sandbox_command(home, "principal", "add", "someone", "--role", "Reader", "--user")
    secret = added.stdout.split()[-1]
    assert token_for(home, secret).status_code == 200
    listed = sandbox_command(home, "principal", "list").stdout
    assert f"Reader at {SUBSCRIPTION}" in listed
    assert secret not in listed
    environment = sandbox_command(home, "env", "--principal", "someone").stdout
    assert f"export IDENTITY_HEADER={secret}" in environment
    assert sandbox_command(home, "principal", "remove", "someone").returncode == 0
    mistaken = sandbox_command(home, "env", "--principal", "someone")
    assert (mistaken.returncode, mistaken.stderr) == (
        1,
        "sandbox: there is no principal 'someone'; see `sandbox principal list`\n",
    )


def test_a_users_name_stands_in_errors(home: SandboxHome) -> None:
    user = add_principal(home, "ann", user=True)
    bearer = {"Authorization": f"Bearer {token_for(home, user.secret).json()['access_token']}"}
    with stranger(home) as client:
        refused = client.get(f"{SUBSCRIPTION}/resourcegroups", params=RESOURCE, headers=bearer)
    assert refused.json()["error"]["message"].startswith("The client 'ann@sandbox.localhost' with object id")
