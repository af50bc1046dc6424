"""The page about rules of one's own: each of its examples does what the page says, one of them by the engine."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import llama_guardrails.property_rule
import llama_guardrails.rule
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES, resource_types
from llama_guardrails.configuration import Configuration, Setting
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.resource_types import RESOURCE_GROUP, STORAGE_ACCOUNT
from tests.policy.judging import CONTEXT
from tests.policy.specimens import specimen
from tests.support.states import write_state

PACK = PROJECT_ROOT / "examples" / "policy-pack"
PAGE = (PROJECT_ROOT / "docs" / "write-a-rule.md").read_text(encoding="utf-8")
WHOLE, _, ROW = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_shows_the_whole_example() -> None:
    assert (PACK / "__main__.py").read_text(encoding="utf-8") == WHOLE


def test_the_engine_runs_the_example_with_the_teams_policy_and_the_guardrails(tmp_path: Path) -> None:
    state, pack = tmp_path / "state.json", tmp_path / "pack"
    shutil.copytree(PACK, pack)
    group = specimen(RESOURCE_GROUP, "group", {"resourceGroupName": "llama"})
    store = specimen(STORAGE_ACCOUNT, "store", {"allowSharedKeyAccess": True, "location": "westeurope", "tags": {}})
    write_state(state, [group, store])
    path = f"{PROJECT_ROOT / '.venv-policy-sdk' / 'bin'}:{find_engine().folder}:{os.environ['PATH']}"
    own = {"PATH": path, "PULUMI_HOME": str(tmp_path / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}
    command = ["pulumi", "policy", "analyze", "--file", str(state), "--policy-pack", str(pack), "--json"]
    answer = subprocess.run(
        command, cwd=tmp_path, env=os.environ | own, capture_output=True, text=True, timeout=180, check=False
    )
    events = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    said = [event["policyEvent"] for event in events if "policyEvent" in event]
    found = {(one["policyName"], one["resourceUrn"].rpartition("::")[2], one["enforcementLevel"]) for one in said}
    assert found >= {
        ("resource-group-name", "group", "mandatory"),
        ("storage-no-shared-key", "store", "mandatory"),
        ("allowed-regions", "store", "mandatory"),
        ("required-tags", "store", "advisory"),
    }, answer.stderr
    assert answer.returncode != 0
    (keys,) = [one["message"] for one in said if one["policyName"] == "storage-no-shared-key"]
    assert "Remedy: Set allowSharedKeyAccess to false" in keys
    assert keys.rstrip().endswith("[LLA-DAT-005 violation at allowSharedKeyAccess]")


def test_the_row_of_the_page_is_a_rule() -> None:
    names: dict[str, Any] = {**vars(resource_types), **vars(llama_guardrails.rule)}
    rule = eval(ROW, names | vars(llama_guardrails.property_rule))  # noqa: S307 - the page's own text
    assert rule.id == "LLA-DAT-NNN"
    assert rule.name not in [one.name for one in RULES]
    evaluator = Evaluator([rule], Configuration({rule.name: Setting(rule.level, rule.options())}), CONTEXT)
    for value, paths in ((rule.example.good, []), (rule.example.bad, [rule.example.path])):
        store = specimen(STORAGE_ACCOUNT, "store", {rule.example.path: value})
        assert [one.path for one in evaluator.judge(store).findings] == paths
