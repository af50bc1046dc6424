"""What is measured of endpoints, and the values that metrics make of it."""

from pathlib import Path

import pytest

from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT
from llama_azure_sandbox.inference.measurements import Measured, Measurements
from llama_azure_sandbox.inference.metrics import Metrics


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
