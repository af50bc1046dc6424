"""The environments that live on Azure preview in a sandbox of their day, and the guardrails find nothing."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import SUBSCRIPTION
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


def states(plan: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Return the resources of a type that are to be created."""
    found = [step["newState"] for step in plan["steps"]]
    return [one for one in found if one["type"] == f"azure-native:{kind}"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_environment_previews_as_it_is_described_and_writes_nothing(bench: Workbench, stack: str) -> None:
    plan = preview(bench, stack)
    assert plan["changeSummary"].keys() == {"create"}
    (endpoint,) = states(plan, "machinelearningservices:ServerlessEndpoint")
    assert endpoint["inputs"]["properties"]["modelSettings"]["modelId"].endswith("/Llama-3.3-70B-Instruct")
    assert endpoint["inputs"]["properties"]["contentSafety"] == {"contentSafetyStatus": "Enabled"}
    assert endpoint["inputs"]["tags"]["environment"] == stack
    hub = next(one for one in states(plan, "machinelearningservices:Workspace") if one["inputs"]["kind"] == "Hub")
    assert hub["inputs"]["publicNetworkAccess"] == ("Enabled" if stack == "dev" else "Disabled")
    assert hub.get("protect", False) == (stack == "prod")
    assert len(states(plan, "monitor:DiagnosticSetting")) == (0 if stack == "dev" else 4)
    assert len(states(plan, "network:PrivateEndpoint")) == (0 if stack == "dev" else 4)
    assert len(states(plan, "consumption:Budget")) == (0 if stack == "dev" else 1)
    scopes = [one["inputs"]["scope"] for one in states(plan, "authorization:RoleAssignment")]
    buys = {"dev": [], "staging": [SUBSCRIPTION], "prod": []}
    assert [scope for scope in scopes if scope == SUBSCRIPTION] == buys[stack]
    capacities = [one["inputs"]["sku"]["capacity"] for one in states(plan, "machinelearningservices:OnlineDeployment")]
    assert capacities == {"dev": [], "staging": [1], "prod": [2]}[stack]
    assert [one for one in journal(bench.home) if one["method"] not in ("GET", "POST")] == []
