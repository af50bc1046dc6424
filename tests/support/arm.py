"""Azure Resource Manager by plain HTTP, as a test's own eye on a sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from llama_azure_sandbox.addresses import IDENTITY_PATH
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.known_providers import api_versions
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running, trusting

SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
_ANY_API_VERSION = "2025-12-01"


class Arm:
    """A signed-in HTTP client of a sandbox."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        """Send a request below the subscription."""
        parameters = {"api-version": newest_api_version(SUBSCRIPTION + path), **query}
        return self.client.request(method, SUBSCRIPTION + path, json=body, params=parameters, headers=headers)

    def resources(self, *, tracking: bool = False) -> list[str]:
        """Return the ids of everything in the subscription, resource groups included.

        The SaaS resources that Azure makes by itself, to track costs, are left out unless asked for.
        """
        listed = [*self.call("GET", "/resources").json()["value"], *self.call("GET", "/resourcegroups").json()["value"]]
        return sorted(one["id"] for one in listed if tracking or one["type"] != "Microsoft.SaaS/resources")


@contextmanager
def sign_in(home: SandboxHome, secret: str | None = None) -> Iterator[Arm]:
    """Sign in to a home's running sandbox with its managed identity, or as the principal of a secret."""
    record = running(home)
    assert record is not None, "the sandbox does not run"
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False, timeout=30) as client:
        answer = client.get(
            IDENTITY_PATH,
            params={"api-version": "2019-08-01", "resource": "https://management.azure.com"},
            headers={"X-IDENTITY-HEADER": secret or home.secret("identity-header")},
        )
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield Arm(client)


def newest_api_version(path: str) -> str:
    """Return the newest api-version of the type that a path is about."""
    try:
        parsed = parse_path(path)
    except ArmError:
        return _ANY_API_VERSION
    kinds = [parsed.collection or "", parsed.id.type if parsed.id is not None else ""]
    return next((api_versions(kind)[-1] for kind in kinds if api_versions(kind)), _ANY_API_VERSION)
