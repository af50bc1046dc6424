"""The environments that live on Azure preview in a sandbox of their day, and the guardrails find nothing."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions, trusting
from scripts.judged.__main__ import verdicts_of
from scripts.judged.verdicts import STACKS, page, problems, reasons
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.data_plane import Caller, owners_token
from tests.support.workbench import Workbench, open_workbench

TODAY = dt.date(2026, 11, 25)
CLOSED = ("staging", "prod")
"""The stacks in whose resource group others have let them in."""


def writes(bench: Workbench) -> list[str]:
    """Return what was written into Azure so far."""
    return [one["path"] for one in journal(bench.home) if one["method"] not in ("GET", "POST")]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("environments"), StartOptions(port=0, as_of=TODAY)) as bench:
        for stack in CLOSED:
            bench.make_group(stack)
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
    before = writes(bench)
    plan = preview(bench, stack)
    assert plan["changeSummary"].keys() == ({"create"} if stack == "dev" else {"create", "import"})
    (deployment,) = states(plan, "cognitiveservices:Deployment")
    assert deployment["inputs"]["properties"]["model"]["name"] == "Llama-3.3-70B-Instruct"
    assert deployment["inputs"]["properties"]["raiPolicyName"] == (
        "Microsoft.DefaultV2" if stack == "dev" else "strict"
    )
    assert deployment["inputs"]["tags"]["environment"] == stack
    (account,) = states(plan, "cognitiveservices:Account")
    assert account["inputs"]["properties"]["disableLocalAuth"] is True
    is_open = "Enabled" if stack == "dev" else "Disabled"
    assert account["inputs"]["properties"]["publicNetworkAccess"] == is_open
    assert account.get("protect", False) == (stack != "dev")
    hubs = [one for one in states(plan, "machinelearningservices:Workspace") if one["inputs"]["kind"] == "Hub"]
    assert [one["inputs"]["publicNetworkAccess"] for one in hubs] == ([] if stack == "dev" else ["Disabled"])
    assert [one.get("protect", False) for one in hubs] == ([] if stack == "dev" else [True])
    assert len(states(plan, "monitor:DiagnosticSetting")) == (0 if stack == "dev" else 7)
    assert len(states(plan, "network:PrivateEndpoint")) == (0 if stack == "dev" else 5)
    assert len(states(plan, "consumption:Budget")) == (0 if stack == "dev" else 1)
    assert len(states(plan, "monitor:ActionGroup")) == (0 if stack == "dev" else 1)
    assert len(states(plan, "monitor:MetricAlert")) == (0 if stack == "dev" else 7)
    scopes = [one["inputs"]["scope"] for one in states(plan, "authorization:RoleAssignment")]
    assert SUBSCRIPTION not in scopes  # nobody is given a right of the whole subscription
    capacities = [one["inputs"]["sku"]["capacity"] for one in states(plan, "machinelearningservices:OnlineDeployment")]
    assert capacities == {"dev": [], "staging": [1], "prod": [2]}[stack]
    assert writes(bench) == before


QUESTION = [{"role": "user", "content": "Say one word."}]
ASKED = {
    "serverless": ("/v1/chat/completions", {"messages": QUESTION}),
    "managed": ("", {"input_data": {"input_string": ["Say one word."], "parameters": {}}}),
}


def answers(bench: Workbench, endpoints: dict[str, dict[str, str]], network: str) -> dict[str, int]:
    """Ask every endpoint of a hub from a network, as the subscription's owner; return the statuses by kind."""
    with httpx.Client(verify=trusting(bench.home), trust_env=False, timeout=60) as client:
        found = {}
        for one in endpoints.values():
            route, body = ASKED[one["kind"]]
            caller = Caller(client, one["uri"], owners_token(bench.home))
            found[one["kind"]] = caller.post(route, body, x_sandbox_network=network).status_code
        return found


def test_a_closed_environment_answers_those_inside_changes_nothing_again_and_goes(bench: Workbench) -> None:
    """Prod, too, but for that it goes: its writer deploys it twice in `tests/gitops/test_writers.py`."""
    stack = "staging"
    bench.configure(stack, **{"llama-azure:asOf": TODAY.isoformat()})
    bench.select(stack)
    assert bench.changes("up", "--stack", stack).keys() == {"create", "import"}
    listed = {name: one for name, one in bench.outputs(stack)["endpoints"].items() if one["kind"] in ASKED}
    kinds = {one["kind"] for one in listed.values()}
    assert kinds
    assert answers(bench, listed, "public") == dict.fromkeys(kinds, 403)
    assert answers(bench, listed, "private") == dict.fromkeys(kinds, 200)
    assert bench.changes("up", "--refresh", "--stack", stack).keys() == {"same"}
    # A subnet goes after what lies in it, a zone after its links.
    assert "is protected" in bench.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview", check=False).stdout
    bench.pulumi("state", "unprotect", "--all", "--stack", stack, "--yes")
    bench.changes("destroy", "--stack", stack)
    with sign_in(bench.home) as arm:
        left = [one for one in arm.resources() if "/rg-llama-staging" in one]
        assert left == [f"{SUBSCRIPTION}/resourceGroups/rg-llama-staging"]


def test_the_first_environment_chats_with_a_token_and_has_no_keys(bench: Workbench) -> None:
    bench.configure("dev", **{"llama-azure:asOf": TODAY.isoformat()})
    bench.select("dev")
    assert bench.changes("up", "--stack", "dev").keys() == {"create"}
    assert bench.outputs("dev")["endpointKeys"] == {}
    example = [sys.executable, str(PROJECT_ROOT / "examples" / "first_chat.py"), "--stack", "dev"]
    said = subprocess.run(
        example, cwd=bench.project, env=bench.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert "What is the distance to the moon?" in said.stdout
    assert "Llama-3.3-70B-Instruct" in said.stdout


def export(arm: Arm, group: str, folder: Path) -> None:
    """Write the template of a resource group, and each resource of it as it is shown, content filters included."""
    template = arm.call("POST", f"/resourceGroups/{group}/exportTemplate", {"resources": ["*"]}).json()["template"]
    shown = []
    for one in template["resources"]:
        inside = f"{SUBSCRIPTION}/resourceGroups/{group}"
        scope = f"{inside}/providers/{one['scope']}" if "scope" in one else inside
        path = str(ResourceId.of(scope, one["type"], *one["name"].split("/"))).removeprefix(SUBSCRIPTION)
        shown.append(arm.call("GET", path).json())
        if one["type"] == AI_SERVICES_ACCOUNT:
            shown += arm.call("GET", f"{path}/raiPolicies").json()["value"]
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("template", template), ("resources", shown)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")


def test_what_other_judges_say_of_prod_and_dev_has_a_reason_and_stands_in_the_docs(
    bench: Workbench, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    wanted: Path | None = request.config.getoption("--judged")
    folder = tmp_path if wanted is None else PROJECT_ROOT / "build" / "judged"
    for stack in STACKS:
        bench.configure(stack, **{"llama-azure:asOf": TODAY.isoformat()})
        bench.select(stack)
        bench.changes("up", "--stack", stack)
        with sign_in(bench.home) as arm:
            export(arm, f"rg-llama-{stack}", folder / stack)
    found, resources = verdicts_of(folder)
    assert {(one.judge, one.stack) for one in found} == {
        (judge, stack) for judge in ("checkov", "Azure Policy") for stack in STACKS
    }
    made = page(found, reasons())
    if wanted is not None:
        wanted.write_text(made, encoding="utf-8")
    assert problems(found, reasons(), resources) == []
    assert made == (PROJECT_ROOT / "docs" / "judged.md").read_text(encoding="utf-8"), "run `make judged`"
