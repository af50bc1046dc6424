"""What preflight says where Azure answers late, badly or not at all."""

import time
from collections.abc import Iterator

import pytest

from llama_azure_preflight.questions import StorageAccountName
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.home import SandboxHome
from tests.preflight.bench import Bench
from tests.preflight.scenarios import LLAMA_33, MAVERICK, UNUSED, somebody_who_only_reads, wish_foundry
from tests.support.arm import SUBSCRIPTION

ONE = ("--only", "PF-SUB-001")


@pytest.fixture(autouse=True)
def _no_faults(home: SandboxHome) -> Iterator[None]:
    yield
    clear_faults(home)


def test_a_throttled_request_is_sent_again(bench: Bench) -> None:
    # More often than the SDK tries by itself.
    add_fault(bench.home, "throttle", plane="arm", count=5)
    outcome = bench.check(*ONE)
    assert outcome.row("PF-SUB-001")["result"] == "pass"
    assert outcome.report["work"]["requests"] == 6


def test_what_stays_throttled_is_unknown_and_strict_says_so(bench: Bench) -> None:
    add_fault(bench.home, "throttle", plane="arm")
    outcome = bench.check(*ONE, "--strict", "--call-limit", "2")
    row = outcome.row("PF-SUB-001")
    assert (row["result"], outcome.exit_code) == ("unknown", 2)
    assert "Azure answered 429" in row["answer"]


def test_an_unknown_alone_is_no_failure(bench: Bench) -> None:
    add_fault(bench.home, "server-error", plane="arm", status=501)
    outcome = bench.check(*ONE)
    assert (outcome.row("PF-SUB-001")["result"], outcome.exit_code) == ("unknown", 0)


def test_a_connection_that_breaks_is_unknown(bench: Bench) -> None:
    add_fault(bench.home, "reset", plane="arm")
    row = bench.check(*ONE).row("PF-SUB-001")
    assert row["result"] == "unknown"
    assert "could not be reached" in row["answer"]


def test_a_slow_answer_is_waited_for(bench: Bench) -> None:
    add_fault(bench.home, "delay", plane="arm", delay_seconds=0.7)
    outcome = bench.check(*ONE)
    assert outcome.row("PF-SUB-001")["result"] == "pass"
    assert outcome.report["work"]["slowestChainSeconds"] >= 0.7


def test_the_time_limit_holds_whatever_azure_does(bench: Bench) -> None:
    add_fault(bench.home, "delay", plane="arm", delay_seconds=15)
    start = time.monotonic()
    row = bench.check(*ONE, "--time-limit", "1").row("PF-SUB-001")
    assert row["result"] == "unknown"
    assert "within preflight's 1 seconds" in row["answer"]
    assert time.monotonic() - start < 14


def test_a_failure_outweighs_what_is_unknown(bench: Bench) -> None:
    bench.world(subscriptionState="Disabled")
    add_fault(bench.home, "server-error", plane="arm", status=501, type="Microsoft.Storage/*")
    outcome = bench.check("--strict", "--only", "PF-SUB-001", "--only", "PF-NAME-001")
    assert (outcome.row("PF-SUB-001")["result"], outcome.exit_code) == ("fail", 1)


def test_a_refused_question_names_the_permission_that_it_takes(bench: Bench) -> None:
    nobody = bench.principal("nobody")
    row = bench.check("--only", "PF-NAME-001", principal=nobody).row("PF-NAME-001")
    assert row["result"] == "unknown"
    assert "AuthorizationFailed" in row["answer"]
    assert "resourceGroups/resources/read" in row["remedy"]


def test_a_question_that_several_checks_put_is_put_once(bench: Bench) -> None:
    outcome = bench.check("--only", "PF-NAME-004", "--only", "PF-NAME-001", "--only", "PF-MDL-003")
    assert outcome.report["work"]["requests"] == 2  # the group's resources, and the account's name
    assert StorageAccountName("a") == StorageAccountName("a")


def test_only_and_skip_choose_checks(bench: Bench) -> None:
    checks = {row["id"] for row in bench.check("--only", "pf-sub-001", "--only", "PF-MDL-001").rows}
    assert checks == {"PF-SUB-001", "PF-MDL-001"}
    checks = {row["id"] for row in bench.check("--skip", "PF-SUB-001").rows}
    assert "PF-SUB-001" not in checks
    assert "PF-SUB-002" in checks


def test_checks_that_need_no_azure_ask_nothing(bench: Bench) -> None:
    assert bench.check("--only", "PF-MDL-001").report["work"]["requests"] == 0


def test_the_state_tells_what_the_stack_owns(bench: Bench) -> None:
    bench.make_project()
    bench.make_endpoint(bench.endpoint)
    state = bench.folder / "state.json"
    state.write_text('{"deployment": {"resources": [{"urn": "u", "id": "not-azure"}]}}', encoding="utf-8")
    strange = bench.check("--state", str(state))
    assert strange.row("PF-MDL-003")["result"] == "fail"
    assert "not in the stack's state" in strange.row("PF-NAME-004", "project")["answer"]
    assert "not in the stack's state" in strange.row("PF-NAME-003")["answer"]
    group = strange.row("PF-NAME-007")
    assert (group["result"], "import it into the stack" in group["remedy"]) == ("fail", True)
    workspace = f"{SUBSCRIPTION}{bench.workspace('project')}"
    ids = [workspace, f"{SUBSCRIPTION}{bench.workspace('hub')}", f"{workspace}/serverlessEndpoints/{bench.endpoint}"]
    resources = ", ".join(f'{{"id": "{one}"}}' for one in ids)
    state.write_text(f'{{"deployment": {{"resources": [{resources}]}}}}', encoding="utf-8")
    own = bench.check("--state", str(state))
    assert {row["result"] for row in own.rows if row["id"] in {"PF-MDL-003", "PF-NAME-003", "PF-NAME-004"}} == {"pass"}


def test_the_hub_of_another_stack_is_read_from_its_file(bench: Bench) -> None:
    bench.make_project()
    platform = bench.folder / "stacks" / "Pulumi.platform.yaml"
    platform.write_text(
        "config:\n  azure-native:location: eastus2\n"
        f"  llama-azure:resourceGroup: {bench.group}\n  llama-azure:hub: {{name: hub}}\n",
        encoding="utf-8",
    )
    bench.configure(hub={"stack": "organization/llama-azure/platform"}, resourceGroup=f"{bench.group}-own")
    outcome = bench.check("--only", "PF-ADP-001", "--only", "PF-RBAC-003")
    assert {row["result"] for row in outcome.rows} == {"pass"}
    bench.configure(hub={"stack": "nowhere"})
    unknown = bench.check("--only", "PF-ADP-001", "--only", "PF-RBAC-003")
    assert {row["result"] for row in unknown.rows} == {"unknown"}
    assert all("Pulumi.nowhere.yaml is not there" in row["answer"] for row in unknown.rows)


def test_another_region_is_no_remedy_for_a_counter_of_the_whole_subscription(bench: Bench) -> None:
    bench.world(foundryQuotas={UNUSED: 1})
    wish_foundry(bench, MAVERICK, capacity=2)
    row = bench.check("--only", "PF-QTA-002").row("PF-QTA-002")
    assert row["result"] == "fail"
    assert "another region has the same" in row["remedy"]
    assert "or take another region" not in row["remedy"]


def test_a_stack_with_a_foundry_resource_alone_is_asked_nothing_of_hubs(bench: Bench) -> None:
    wish_foundry(bench)
    del bench.config["llama-azure:hub"]
    outcome = bench.check()
    assert outcome.exit_code == 0, outcome.output
    assert {row["result"] for row in outcome.rows} <= {"pass", "warn"}
    asked = {row["id"] for row in outcome.rows}
    assert {"PF-MDL-004", "PF-MDL-005", "PF-QTA-002", "PF-POL-001", "PF-RBAC-005", "PF-LIM-002"} <= asked
    assert not {"PF-NAME-001", "PF-NAME-002", "PF-NAME-004", "PF-MDL-001", "PF-MKT-001", "PF-RBAC-001"} & asked
    assert "Microsoft.CognitiveServices" in {row["subject"] for row in outcome.rows if row["id"] == "PF-PRV-001"}


def test_who_may_not_read_counters_is_told_the_role_that_may(bench: Bench) -> None:
    wish_foundry(bench)
    nobody = bench.principal("nobody", (["Microsoft.CognitiveServices/locations/models/read"], SUBSCRIPTION))
    row = bench.check("--only", "PF-QTA-002", principal=nobody).row("PF-QTA-002")
    assert row["result"] == "unknown"
    assert "the role Cognitive Services Usages Reader at the subscription" in row["remedy"]


def test_a_countdown_stands_open_in_the_markdown_of_preflight(bench: Bench) -> None:
    bench.world(foundryModels={LLAMA_33: {"ends": "2026-12-31"}})
    wish_foundry(bench)
    said = bench.run("--stack", "test", "--format", "markdown", "--only", "PF-MDL-005").output
    before, _, _ = said.partition("<details>")
    assert "#### what ends soon" in before
    assert "in 33 days" in before


def test_a_hub_that_is_not_there_is_no_question_of_permissions(bench: Bench) -> None:
    bench.configure(hub={"existing": f"{SUBSCRIPTION}{bench.workspace('nowhere')}"}, resourceGroup=f"{bench.group}-own")
    assert bench.check("--only", "PF-RBAC-003").row("PF-RBAC-003")["result"] == "pass"  # the owner may everywhere
    row = bench.check("--only", "PF-RBAC-003", principal=somebody_who_only_reads(bench)).row("PF-RBAC-003")
    assert row["result"] == "unknown"
    assert "is not there" in row["answer"]


def test_who_only_reads_is_told_what_is_missing_where(bench: Bench) -> None:
    reader = somebody_who_only_reads(bench)
    answer = bench.check("--only", "PF-RBAC-002", principal=reader).row("PF-RBAC-002")["answer"]
    assert answer.startswith(f"at {SUBSCRIPTION} you may not: ")
    assert "Microsoft.CognitiveServices" not in answer  # the stack makes none
