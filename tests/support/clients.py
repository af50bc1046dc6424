"""Azure SDK clients of a sandbox: unmodified, told nothing but an address, a certificate authority and a credential."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from azure.core.credentials import AccessToken

from llama_azure_sandbox.addresses import IDENTITY_PATH
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running, trusting

_AUDIENCE = "https://management.azure.com"

Client = TypeVar("Client")


class SandboxCredential:
    """The credential of a principal: of the owner of the sandbox's subscription, unless a client id is given."""

    def __init__(self, home: SandboxHome, client_id: str = "") -> None:
        self._home = home
        self._who = {"client_id": client_id} if client_id else {}

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        record = running(self._home)
        assert record is not None, "the sandbox does not run"
        answer = httpx.get(
            record.base_url + IDENTITY_PATH,
            params={"api-version": "2019-08-01", "resource": _AUDIENCE, **self._who},
            headers={"X-IDENTITY-HEADER": self._home.secret("identity-header")},
            verify=trusting(self._home),
            trust_env=False,
        )
        return AccessToken(answer.json()["access_token"], int(time.time()) + 3600)


@contextmanager
def open_client(make: Callable[..., Client], home: SandboxHome, client_id: str = "") -> Iterator[Client]:
    """Open a management client, such as ``ResourceManagementClient``, of a home's running sandbox."""
    record = running(home)
    assert record is not None, "the sandbox does not run"
    client: Any = make(
        SandboxCredential(home, client_id),
        SUBSCRIPTION_ID,
        base_url=record.base_url,
        credential_scopes=[f"{_AUDIENCE}/.default"],
        connection_verify=str(home.ca_bundle),
    )
    with client:
        yield client
