"""Azure's own resource client, which reads and writes any type by its id, and what it is told of a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.mgmt.resource.resources import ResourceManagementClient

from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, newest_api_version
from tests.support.clients import open_client


@dataclass(frozen=True)
class Refusal:
    """A refusal as the client got it."""

    status: int
    code: str
    inner_codes: tuple[str, ...]
    """The chain of Machine Learning's inner codes, the outermost first."""
    message: str
    """The message, with those of its details."""

    @property
    def what(self) -> tuple[object, ...]:
        """Status, code and inner codes."""
        return (self.status, self.code, *self.inner_codes)


class ById:
    """Azure by resource ids below the subscription. Every call waits until Azure is done."""

    def __init__(self, client: ResourceManagementClient) -> None:
        self.client = client

    def put(self, path: str, body: dict[str, Any], api_version: str = "") -> dict[str, Any]:
        resource_id, version = _addressed(path, api_version)
        put: Any = self.client.resources.begin_create_or_update_by_id(resource_id, body, api_version=version)
        return dict(put.result())

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        resource_id, version = _addressed(path)
        patch: Any = self.client.resources.begin_update_by_id(resource_id, body, api_version=version)
        return dict(patch.result())

    def get(self, path: str) -> dict[str, Any]:
        resource_id, version = _addressed(path)
        return dict(self.client.resources.get_by_id(resource_id, api_version=version))

    def delete(self, path: str) -> None:
        resource_id, version = _addressed(path)
        self.client.resources.begin_delete_by_id(resource_id, api_version=version).result()

    def refused_put(self, path: str, body: dict[str, Any], api_version: str = "") -> Refusal:
        with _refused() as refusals:
            self.put(path, body, api_version)
        return refusals[0]

    def refused_patch(self, path: str, body: dict[str, Any]) -> Refusal:
        with _refused() as refusals:
            self.patch(path, body)
        return refusals[0]

    def refused_delete(self, path: str) -> Refusal:
        with _refused() as refusals:
            self.delete(path)
        return refusals[0]


@contextmanager
def open_by_id(home: SandboxHome, client_id: str = "") -> Iterator[ById]:
    """Open the client on a home's running sandbox."""
    with open_client(ResourceManagementClient, home, client_id) as client:
        yield ById(client)


def _addressed(path: str, api_version: str = "") -> tuple[str, str]:
    resource_id = path if path.startswith("/subscriptions/") else SUBSCRIPTION + path
    return resource_id, api_version or newest_api_version(resource_id)


@contextmanager
def _refused() -> Iterator[list[Refusal]]:
    refusals: list[Refusal] = []
    try:
        yield refusals
    except HttpResponseError as error:
        refusals.append(_refusal(error))
        return
    raise AssertionError("it was not refused")


def _refusal(error: HttpResponseError) -> Refusal:
    response: Any = error.response
    told = response.json()["error"]
    infos = {info["type"]: info["info"]["value"] for info in told.get("additionalInfo", [])}
    chain, inner = [], infos.get("InnerError")
    while inner is not None:
        chain.append(inner["code"])
        inner = inner["innerError"]
    words = [told["message"], *(detail["message"] for detail in told.get("details", []))]
    assert told["message"] in str(error)
    return Refusal(response.status_code, told["code"], tuple(chain), " ".join(words))
