"""What is measured of endpoints, and the values that metrics make of it."""

import asyncio
import datetime as dt
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.store import Store, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, Latency, World
from llama_azure_sandbox.inference.answers import DONE
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.foundry_accounts import FoundryAccounts
from llama_azure_sandbox.inference.measurements import Measured, Measurements
from llama_azure_sandbox.inference.measuring import SOURCE, MeasuringMiddleware, Sources
from llama_azure_sandbox.inference.metrics import Metrics

GROUP = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg"
ENDPOINT = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/p/onlineEndpoints/e"


@pytest.fixture
def measurements(tmp_path: Path) -> Measurements:
    return Measurements(tmp_path / "measurements.db")


def test_what_is_added_is_read_at_once_and_after_a_restart(measurements: Measurements, tmp_path: Path) -> None:
    for _ in range(3):
        measurements.add(Measured("/a/deployments/blue", 10, 200, 1, 8.0, 2.0))
    measurements.add(Measured("/a/deployments/blue", 10, read=5, generated=7))
    measurements.add(Measured("/ab", 10, 200, 1, 8.0))
    found = measurements.measured("/a", 10, 11)
    assert sum(one.requests for one in found) == 3
    assert sum(one.generated for one in found) == 7
    measurements.close()
    assert Measurements(tmp_path / "measurements.db").measured("/a", 10, 11) == found


@pytest.mark.parametrize(("metric", "expected"), [("RequestLatency_P50", 10.0), ("RequestLatency_P95", 1000.0)])
def test_a_percentile_is_right_within_a_twentieth(measurements: Measurements, metric: str, expected: float) -> None:
    rows = [Measured("/a", 1, 200, 90, 900.0), Measured("/a", 1, 200, 10, 10_000.0)]
    value = Metrics(measurements).value(ONLINE_ENDPOINT, metric, rows, "Average", 5)
    assert value == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("metric", "aggregation", "expected"),
    [
        ("ModelRequests", "Total", 20.0),
        ("ModelAvailabilityRate", "Average", 75.0),
        ("TimeToLastByte", "Average", 20.0),
        ("TimeToLastByte", "Maximum", 50.0),
        ("TotalTokens", "Total", 12.0),
        ("TotalTokens", "Count", 5.0),
    ],
)
def test_a_value_is_what_its_aggregation_says(
    measurements: Measurements, metric: str, aggregation: str, expected: float
) -> None:
    rows = [
        Measured("/a", 1, 200, 15, 150.0),
        Measured("/a", 1, 503, 5, 250.0),
        Measured("/a", 1, read=5, generated=7),
    ]
    assert Metrics(measurements).value(AI_SERVICES_ACCOUNT, metric, rows, aggregation, 5) == pytest.approx(expected)


def test_a_mean_of_nothing_is_no_value(measurements: Measurements) -> None:
    metrics = Metrics(measurements)
    assert metrics.value(AI_SERVICES_ACCOUNT, "TimeToLastByte", [], "Average", 5) is None
    assert metrics.value(ONLINE_ENDPOINT, "RequestLatency_P95", [], "Average", 5) is None
    assert metrics.value(ONLINE_ENDPOINT, "RequestsPerMinute", [], "Average", 5) == 0


class Clock:
    """A machine's clock that goes on when it is told to."""

    def __init__(self, moment: str) -> None:
        self.now = dt.datetime.fromisoformat(moment).timestamp()

    def __call__(self) -> float:
        return self.now


def served(folder: Path, clock: Clock) -> tuple[World, Endpoints]:
    world = World(Store(folder / "azure.db"), dt.date(2024, 7, 1), "https://sandbox", Latency.NONE, clock)
    world.store.save(StoredResource(GROUP.lower(), GROUP, "Microsoft.Resources/resourceGroups", None, "g", {}, {}))
    body = {"location": "eastus2", "properties": {"provisioningState": "Succeeded"}}
    world.store.save(StoredResource(ENDPOINT.lower(), ENDPOINT, ONLINE_ENDPOINT, GROUP.lower(), "e", body, {}))
    return world, Endpoints(world)


def shown(world: World, measurements: Measurements, **query: str) -> float:
    """Return how many requests the metrics of the endpoint tell."""
    path = next(row for row in Metrics(measurements).paths if row.path.endswith("metrics") and row.method == "GET")
    asked = {"metricnames": "RequestsPerMinute", "aggregation": "Total", "interval": "PT1H", **query}
    answer: Any = path.answer(world, ArmRequest("GET", "", asked), {"scope": ENDPOINT}).body
    return float(sum(one["total"] for series in answer["value"][0]["timeseries"] for one in series["data"]))


@pytest.mark.parametrize("advanced", [0.0, 12_345.0])
@pytest.mark.parametrize("answered", ["12:01:00", "12:01:00.500", "12:01:59.999", "23:59:59.999", "00:00:00"])
def test_what_was_answered_is_shown_at_whatever_second_it_is_asked_for(
    measurements: Measurements, tmp_path: Path, answered: str, advanced: float
) -> None:
    clock = Clock(f"2026-11-28T{answered}+00:00")
    world, endpoints = served(tmp_path, clock)
    world.advance_clock(advanced)
    measurements.add(Measured(ENDPOINT.lower(), int(endpoints.told_now() // 60), 200, 1, 8.0))
    for _ in range(4):
        assert shown(world, measurements) == 1
        clock.now += 0.4


@pytest.mark.parametrize(
    ("end", "expected"),
    [("12:01:00Z", 0), ("12:01:00.5Z", 1), ("12:01:01Z", 1), ("12:02:00", 1), ("14:01:00+02:00", 0)],
)
def test_the_minute_in_which_a_timespan_ends_is_shown(
    measurements: Measurements, tmp_path: Path, end: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has only just begun is not: the end is not part of it. A moment without an offset is UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    clock = Clock("2026-11-28T12:01:00.250+00:00")
    world, endpoints = served(tmp_path, clock)
    measurements.add(Measured(ENDPOINT.lower(), int(endpoints.told_now() // 60), 200, 1, 8.0))
    try:
        assert shown(world, measurements, timespan=f"2024-07-01T11:30:00Z/2024-07-01T{end}") == expected
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("last", [b"{}", DONE.encode(), f"data: {{}}\n\n{DONE}".encode()])
def test_an_answer_is_counted_once_and_before_its_reader_has_the_end(
    measurements: Measurements, tmp_path: Path, last: bytes
) -> None:
    world, endpoints = served(tmp_path, Clock("2026-11-28T12:01:00+00:00"))
    counted: list[float] = []

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        is_stream = last.endswith(DONE.encode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: {}", "more_body": True})
        await send({"type": "http.response.body", "body": last, "more_body": is_stream})
        if is_stream:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(message: Message) -> None:
        counted.append(shown(world, measurements))

    async def receive() -> Message:
        raise AssertionError("the body is the endpoint's to read")

    scope = {"type": "http", "method": "POST", "path": "/managed/eastus2/e/score", "state": {SOURCE: ENDPOINT.lower()}}
    sources = Sources(endpoints, FoundryAccounts(world, endpoints))
    asyncio.run(MeasuringMiddleware(answers, measurements, sources)(scope, receive, send))
    assert counted[:3] == [0, 0, 1]
    assert counted[-1] == 1
