"""The environments that live on Azure preview in a sandbox of their day, and the guardrails find nothing."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.journal_client import journal
from sandbox.process import StartOptions
from tests.support.workbench import Workbench, open_workbench

TODAY = dt.date(2026, 11, 25)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("environments"), StartOptions(port=0, as_of=TODAY)) as bench:
        yield bench


def preview(bench: Workbench, stack: str) -> dict[str, Any]:
    """Preview an environment on its day; return the engine's plan. A violation of a policy makes it fail."""
    bench.configure(stack, **{"llama-azure:asOf": TODAY.isoformat()})
    bench.pulumi("stack", "select", stack, "--create")
    plan: dict[str, Any] = json.loads(bench.pulumi("preview", "--stack", stack, "--json").stdout)
    return plan


def inputs(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    states = [step["newState"] for step in plan["steps"]]
    return [one["inputs"] for one in states if one["type"] == f"azure-native:machinelearningservices:{kind}"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_environment_previews_and_writes_nothing(bench: Workbench, stack: str) -> None:
    plan = preview(bench, stack)
    assert plan["changeSummary"].keys() == {"create"}
    (endpoint,) = inputs(plan, "ServerlessEndpoint")
    assert endpoint["properties"]["modelSettings"]["modelId"].endswith("/Llama-3.3-70B-Instruct")
    assert endpoint["properties"]["contentSafety"] == {"contentSafetyStatus": "Enabled"}
    assert endpoint["tags"]["environment"] == stack
    assert [one for one in journal(bench.home) if one["method"] not in ("GET", "POST")] == []
