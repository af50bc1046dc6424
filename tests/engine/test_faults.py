"""`pulumi up` on a bad day of a cloud's: it comes through what passes, and says what does not."""

from llama_azure_sandbox.client.faults import add_fault, clear_faults, faults
from llama_azure_sandbox.client.world import change_world
from tests.support.recovery import assert_everything_is_there_once, pending, recover
from tests.support.second_reader import second_reader
from tests.support.workbench import Workbench

STACK = "sandbox"
RESOURCES = 18


def test_up_comes_through_throttling_server_errors_and_broken_connections(workbench: Workbench) -> None:
    workbench.pulumi("stack", "select", STACK, "--create")
    add_fault(workbench.home, "throttle", operation="write", count=3)
    add_fault(workbench.home, "server-error", plane="arm", operation="read", count=2)
    add_fault(workbench.home, "reset", plane="arm", operation="poll", count=2)
    assert workbench.changes("up", "--stack", STACK) == {"create": RESOURCES}
    assert [rule["struck"] for rule in faults(workbench.home)] == [3, 2, 2]
    workbench.judged = False


def test_destroy_says_which_operation_failed_and_comes_through_afterwards(workbench: Workbench) -> None:
    clear_faults(workbench.home)
    add_fault(workbench.home, "operation-failed", type="workspaces", operation="delete", name="assistants")
    failed = workbench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview", check=False)
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert "InternalServerError" in output
    assert "The operation failed (fault rule" in output
    assert "Traceback" not in output
    clear_faults(workbench.home)
    assert "delete" in workbench.changes("destroy", "--stack", STACK)
    assert workbench.state(STACK) == []


def test_an_up_with_one_in_five_connections_reset_ends_in_sentences_and_the_next_converges(
    workbench: Workbench,
) -> None:
    # `make soak` does so for as long as there is time, with other faults too.
    number = add_fault(workbench.home, "reset", plane="arm", probability=0.2, seed=1, count=25)
    answer = workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview", check=False)
    said = answer.stdout + answer.stderr
    assert "Traceback" not in said
    assert answer.returncode == 0 or "error:" in said
    assert [rule["struck"] > 0 for rule in faults(workbench.home) if rule["number"] == number] == [True]
    clear_faults(workbench.home)
    recover(workbench)
    workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    assert pending(workbench) == []
    assert_everything_is_there_once(workbench)


def test_an_up_passes_while_another_reader_of_the_same_identity_uses_up_what_resource_manager_allows(
    workbench: Workbench,
) -> None:
    # `make soak` does so with a hundred endpoints.
    workbench.pulumi("destroy", "--stack", STACK, "--yes", "--skip-preview")
    change_world(workbench.home, throttling="arm")
    try:
        with second_reader(workbench.home) as throttled:
            workbench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
    finally:
        change_world(workbench.home, throttling="none")
    assert throttled.others > 0
    assert_everything_is_there_once(workbench)


def test_more_resources_than_the_program_has_threads_are_made(workbench: Workbench) -> None:
    # With --parallel 1 the SDK makes four calls at a time, and each project asks Azure within the call that makes it.
    workbench.configure(STACK, **{"llama-azure:projects": {f"team-{number}": {} for number in range(6)}})
    up = workbench.popen("up", "--stack", STACK, "--yes", "--skip-preview", "--parallel", "1")
    try:
        said, _ = up.communicate(timeout=120)
    finally:
        up.kill()
    assert up.returncode == 0, said
