"""actionlint, built once from its Go module in the user's cache folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from llama_azure_sandbox.engine.find import cache_folder
from llama_azure_sandbox.engine.provide import _find_go

MODULE = "github.com/rhysd/actionlint/cmd/actionlint"
VERSION = "v1.7.12"


def provide_actionlint() -> Path:
    """Return the program; build it where it is not yet.

    Raises:
        AssertionError: it cannot be built; the message is Go's.
    """
    folder = cache_folder().parent / f"actionlint-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "actionlint"
    with FileLock(folder / "lock"):
        if not program.exists():
            _build(program)
    return program


def _build(program: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        go = _find_go(Path(scratch), print)
        answer = subprocess.run(
            [go.program, "install", f"{MODULE}@{VERSION}"],
            env=os.environ | {"GOTOOLCHAIN": "local"} | go.environment | {"GOBIN": scratch},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, f"actionlint {VERSION} could not be built:\n{answer.stderr}"
        shutil.copy(Path(scratch, "actionlint"), program.with_suffix(".new"))
    program.with_suffix(".new").rename(program)
