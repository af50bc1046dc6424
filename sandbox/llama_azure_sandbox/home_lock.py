"""The lock of a sandbox's home: a server holds it while it lives, and commands in other shells look at it.

To look is to hold it for a moment beside others who look; whoever looks must never be taken for a server.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

_LOOKING_SECONDS = 2.0
"""How long those who look hold the lock at most: no time, but they may be kept waiting by other processes."""
_POLL_SECONDS = 0.01


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock for as long as the context lasts.

    Raises:
        filelock.Timeout: another server holds it.
    """
    with FileLock(path).acquire(timeout=_LOOKING_SECONDS, poll_interval=_POLL_SECONDS):
        yield


def is_held(path: Path) -> bool:
    """Whether a live server holds the lock; that of a killed one is gone with it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
