"""The lock of a sandbox's home, held and looked at by several processes at once."""

import threading
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from llama_azure_sandbox.home_lock import hold, is_held


def test_a_lock_is_held_for_as_long_as_somebody_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "server.lock"
    assert not is_held(path)
    with hold(path):
        assert is_held(path)
        with pytest.raises(Timeout):
            FileLock(path).acquire(timeout=0)
    assert path.exists()
    assert not is_held(path)


def test_whoever_looks_keeps_no_server_from_starting_and_is_taken_for_none(tmp_path: Path) -> None:
    path = tmp_path / "server.lock"
    path.touch()
    over = threading.Event()
    found: list[bool] = []

    def look() -> None:
        while not over.is_set():
            found.append(is_held(path))

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for one in lookers:
        one.start()
    try:
        while len(found) < 2000:
            pass
        nobody_held = not any(found)
        for _ in range(100):
            with hold(path):
                assert is_held(path)
    finally:
        over.set()
        for one in lookers:
            one.join()
    assert nobody_held
