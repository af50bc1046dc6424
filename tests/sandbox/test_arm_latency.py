"""Operations take the time of their type and profile, and their states are seen meanwhile, by a clock that is moved."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency, World
from tests.sandbox.roles import ENDPOINT, ENDPOINT_BODY, GROUP, HUB, MARKETPLACE, PROJECT, SUBSCRIBE_BODY, Azure
from tests.sandbox.roles import project_body as project
from tests.support.estates import account_body, hub_body

ONLINE = f"{PROJECT}/onlineEndpoints/chat"
SKU = {"name": "Default", "capacity": 1}
ONLINE_BODY = {"location": "eastus2", "properties": {"authMode": "Key"}}
SIZE = {"instanceType": "Standard_DS3_v2"}
# In the order in which one needs the other: path, body, status and header of the first answer.
ESTATE: list[tuple[str, dict[str, Any], int, str]] = [
    (GROUP, {"location": "eastus2"}, 201, ""),
    (
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stlatency",
        account_body(),
        202,
        "Location",
    ),
    (HUB, hub_body(), 202, "Location"),
    (f"{HUB}/outboundRules/pypi", {"properties": {"type": "FQDN"}}, 202, "Location"),
    (PROJECT, project(), 202, "Location"),
    (MARKETPLACE, SUBSCRIBE_BODY, 201, "Azure-AsyncOperation"),
    (ENDPOINT, ENDPOINT_BODY, 201, "Azure-AsyncOperation"),
    (ONLINE, ONLINE_BODY, 201, "Azure-AsyncOperation"),
    (
        f"{ONLINE}/deployments/blue",
        {"location": "eastus2", "sku": SKU, "properties": SIZE},
        201,
        "Azure-AsyncOperation",
    ),
]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def azure(tmp_path: Path, clock: Clock) -> Iterator[Azure]:
    """An empty subscription in a world of realistic pace."""
    store = Store(tmp_path / "azure.db")
    yield Azure(World(store, dt.date(2024, 7, 1), "https://127.0.0.1:1", Latency.REALISTIC, clock))
    store.close()


def state(azure: Azure, path: str) -> str:
    body = azure.call("GET", path).body
    assert body is not None
    return str(body["properties"]["provisioningState"])


def poll(azure: Azure, answer: ArmAnswer, header: str) -> ArmAnswer:
    url = answer.headers[header].removeprefix(azure.world.base_url).split("?")[0]
    return azure.call("GET", url)


def is_running(answer: ArmAnswer) -> bool:
    return answer.status == 202 or (answer.body or {}).get("status") == "InProgress"


def test_each_types_operation_is_seen_for_as_long_as_its_profile_says(azure: Azure, clock: Clock) -> None:
    for path, body, status, header in ESTATE:
        for is_new, shown in ((True, "Creating"), (False, "Updating")):
            answer = azure.call("PUT", path, body)
            assert answer.status == (status if is_new or header == "Location" else 200), path
            if not header:
                assert state(azure, path) == "Succeeded"
                continue
            seconds = azure.world.seconds_for(_type(path))
            assert seconds > 0, path
            assert answer.headers["x-ms-async-operation-timeout"] == "PT1H"
            assert (answer.body or {})["properties"]["provisioningState"] == shown
            clock.now += seconds - 0.01
            assert (state(azure, path), is_running(poll(azure, answer, header))) == (shown, True), path
            assert azure.refusal("PATCH", path, {"tags": {}}).code == "AnotherOperationInProgress"
            clock.now += 0.01
            assert (is_running(poll(azure, answer, header)), state(azure, path)) == (False, "Succeeded"), path


def _type(path: str) -> str:
    namespace, *rest = path.split("/providers/")[-1].split("/")
    return "/".join([namespace, *rest[0::2]])


def test_a_deletion_is_seen_while_it_runs_and_takes_what_lies_in_it(azure: Azure, clock: Clock) -> None:
    for path, body, _, _ in ESTATE:
        azure.call("PUT", path, body)
        clock.now += 1000
    deletion = azure.call("DELETE", ONLINE)
    assert deletion.status == 202
    assert state(azure, ONLINE) == "Deleting"
    clock.now += azure.world.seconds_for(_type(ONLINE))
    assert poll(azure, deletion, "Location").status == 204
    assert azure.refusal("GET", f"{ONLINE}/deployments/blue").status == 404


def test_profiles_differ_and_types_within_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "azure.db")
    worlds = [World(store, dt.date(2024, 7, 1), "https://127.0.0.1:1", latency) for latency in Latency]
    paces = {world.latency: [world.seconds_for(_type(path)) for path, *_ in ESTATE] for world in worlds}
    store.close()
    assert set(paces[Latency.NONE]) == {0}
    assert len(set(paces[Latency.FAST])) > 1
    assert len(set(paces[Latency.REALISTIC])) > 4
    assert max(paces[Latency.FAST]) < min(paces[Latency.UNHURRIED]) < min(paces[Latency.REALISTIC])
