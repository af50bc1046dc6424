"""Each environment's stack is clean by that environment's own configuration: what a first pull request would see."""

import re
import subprocess

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES
from tests.policy.test_configuration import ADVICE
from tests.support.workbench import Workbench

SECONDS = 180


def report(bench: Workbench, stack: str) -> tuple[int, str]:
    """Have the guardrails report on a stack of the project, and return the exit code and the comment."""
    policies = bench.project / "policies"
    if not policies.exists():
        policies.symlink_to(PROJECT_ROOT / "policies")
    bench.make_group(stack)
    bench.pulumi("stack", "select", stack, "--create")
    answer = subprocess.run(
        ["policy-report", "--stack", stack],
        cwd=bench.project,
        env=bench.environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    written = bench.project / "build" / "policy" / stack / "report.md"
    return answer.returncode, written.read_text(encoding="utf-8") if written.exists() else answer.stderr


@pytest.mark.parametrize("stack", ["sandbox", "dev", "staging", "prod"])
def test_a_stack_of_the_project_is_clean(workbench: Workbench, stack: str) -> None:
    code, said = report(workbench, stack)
    assert code == 0, said
    assert "0 fail, 0 unknown" in said
    if stack in ("staging", "prod"):
        told = set(re.findall(r"\[(LLA-[A-Z]+-\d+)\]", said))
        assert told <= {rule.id for rule in RULES if rule.name in ADVICE}


def test_production_is_not_clean_with_what_it_forbids(workbench: Workbench) -> None:
    workbench.configure("prod", **{"llama-azure:deletionProtection": False, "azure-native:location": "southeastasia"})
    code, said = report(workbench, "prod")
    assert code == 1
    violations = said.split("<details>")[0]
    assert {rule for rule in ("LLA-REG-005", "LLA-REG-002", "LLA-OPS-003") if rule in violations} == {
        "LLA-REG-005",
        "LLA-REG-002",
        "LLA-OPS-003",
    }
