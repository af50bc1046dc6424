"""An endpoint's own API by plain HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from llama_azure_sandbox.addresses import IDENTITY_PATH
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.inference.access import AUDIENCE
from llama_azure_sandbox.process import running, trusting
from tests.support.arm import Arm
from tests.support.estates import endpoint_body, put_and_wait, serverless_endpoint, subscribe

MODEL = "azureml://registries/azureml-meta/models"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who holds a key of an endpoint; with another key or none, somebody else."""

    client: httpx.Client
    uri: str
    key: str | None = field(repr=False)

    def post(self, route: str, body: Any, **headers: str) -> httpx.Response:
        """POST to a route of the endpoint; ``extra_parameters="drop"`` sends a header of that name."""
        return self.client.post(self.uri + route, json=body, headers=self._headers(headers))

    def get(self, route: str) -> httpx.Response:
        """GET a route of the endpoint."""
        return self.client.get(self.uri + route, headers=self._headers({}))

    def events(self, route: str, body: Any, **headers: str) -> list[str]:
        """Return the data of a streamed answer's events."""
        answer = self.post(route, {**body, "stream": True}, **headers)
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
        lines = [line for line in answer.text.split("\n\n") if line]
        assert all(line.startswith("data: ") for line in lines)
        return [line.removeprefix("data: ") for line in lines]

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in given.items()}
        return named if self.key is None else {"Authorization": f"Bearer {self.key}", **named}


@contextmanager
def calling(home: SandboxHome, uri: str, key: str | None) -> Iterator[Caller]:
    """Hold a connection to an endpoint."""
    with httpx.Client(verify=trusting(home), trust_env=False, timeout=60) as client:
        yield Caller(client, uri, key)


def deploy(arm: Arm, group: str, name: str, model: str, **properties: Any) -> dict[str, str]:
    """Subscribe the project to a model's offer, make a serverless endpoint of it, and return its URI and keys."""
    subscribe(arm, group, "project", f"{MODEL}/{model}")
    path = serverless_endpoint(group, "project", name)
    body = endpoint_body(f"{MODEL}/{model}")
    body["properties"] |= properties
    put_and_wait(arm, path, body)
    uri = arm.call("GET", path).json()["properties"]["inferenceEndpoint"]["uri"]
    return {"uri": uri, **arm.call("POST", f"{path}/listKeys").json()}


def parsed(events: list[str]) -> list[dict[str, Any]]:
    """Return the chunks of a stream that ended as it should."""
    assert events[-1] == "[DONE]"
    return [json.loads(event) for event in events[:-1]]


def owners_token(home: SandboxHome, resource: str = AUDIENCE) -> str:
    """Return a token of the subscription's owner, for the data plane or another resource."""
    record = running(home)
    assert record is not None
    answer = httpx.get(
        record.base_url + IDENTITY_PATH,
        params={"api-version": "2019-08-01", "resource": resource},
        headers={"X-IDENTITY-HEADER": home.secret("identity-header")},
        verify=trusting(home),
        trust_env=False,
    )
    return str(answer.json()["access_token"])
