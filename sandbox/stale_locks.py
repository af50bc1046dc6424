"""Locks that a killed engine left on the sandbox's stacks.

An engine that is killed cannot take its lock away, and the next one refuses to start.
On one machine it can be known that the process is gone; its lock then protects nothing.
"""

import json
import os
import socket
from pathlib import Path


def release_stale_locks(state: Path) -> list[int]:
    """Remove the locks in a file backend whose engines ran on this machine and are gone.

    Args:
        state: the backend's folder.

    Returns:
        The process ids of those engines.
    """
    released = []
    for path in state.glob(".pulumi/locks/**/*.json"):
        try:
            lock = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it went away, or is just being written
            continue
        if lock["hostname"] == socket.gethostname() and not _runs(lock["pid"]):
            path.unlink(missing_ok=True)
            released.append(lock["pid"])
    return released


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
