"""`pulumi up` on a bad day of a cloud's: it comes through what passes, and says what does not."""

from sandbox.fault_client import add_fault, clear_faults, faults
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
