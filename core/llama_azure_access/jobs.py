"""Running a Container Apps job to its end."""

import time
from collections.abc import Callable
from typing import Any

_RUNNING = frozenset({"Running", "Processing", "Unknown", ""})
_PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 1200.0
"""How long a run may take; Azure ends one of a gateway's after three tries of fifteen minutes at most."""


class JobError(Exception):
    """A run did not end well, or not in time; the message says how to look at it."""


def run_job(call: Callable[[str, str], Any], job_id: str, pause_seconds: float = _PAUSE_SECONDS) -> None:
    """Start a job and return when its run has succeeded.

    Args:
        call: sends a request to Azure Resource Manager, by its method and path, and returns the answer.
        job_id: the job's resource id.
        pause_seconds: how long to wait between two looks at it.

    Raises:
        JobError: the run failed, or goes on.
    """
    job = job_id.rpartition("/")[2]
    name = str((call("POST", f"{job_id}/start") or {}).get("name") or "")
    end = time.monotonic() + PATIENCE_SECONDS
    while (state := _state(call("GET", f"{job_id}/executions"), name)) in _RUNNING:
        if time.monotonic() > end:
            raise JobError(f"the job {job} still runs after {PATIENCE_SECONDS:.0f} s")
        time.sleep(pause_seconds)
    if state != "Succeeded":
        raise JobError(
            f"the job {job} ended as {state}; its log says why: "
            f"az containerapp job logs show --name {job} --container teams --execution {name}"
        )


def _state(executions: Any, name: str) -> str:
    found = [one for one in (executions or {}).get("value") or () if one.get("name") == name]
    return str((found[0].get("properties") or {}).get("status") or "") if found else ""
