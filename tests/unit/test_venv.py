"""What scripts/venv.sh fetches before there is anything to fetch with."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from llama_azure_sandbox.home import PROJECT_ROOT

LOCK = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_environment_of_the_lock_has_the_pip_that_language_hosts_ask() -> None:
    """`make venv` installs what the lock has, also into an environment of an older lock."""
    assert re.search(r"^pip==.*\\\n +--hash=sha256:", LOCK, re.MULTILINE)


def test_a_uv_that_is_not_the_locked_one_is_not_used(tmp_path: Path) -> None:
    found = re.search(r"^uv==(\S+)", LOCK, re.MULTILINE)
    assert found is not None
    (tmp_path / "scripts").mkdir()
    for name in ("scripts/venv.sh", "requirements.lock"):
        shutil.copy(PROJECT_ROOT / name, tmp_path / name)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with zipfile.ZipFile(wheels / f"uv-{found[1]}-py3-none-any.whl", "w") as wheel:
        record = f"uv-{found[1]}.dist-info"
        wheel.writestr(f"{record}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {found[1]}\n")
        wheel.writestr(f"{record}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{record}/RECORD", "")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    answer = subprocess.run(
        ["bash", "scripts/venv.sh"],
        cwd=tmp_path,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
            "PATH": f"{programs}:/usr/bin:/bin",
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "HASHES" in answer.stderr
    assert f"venv: uv {found[1]} could not be fetched from the Python package index, or is not" in answer.stderr
    assert not (tmp_path / ".venv").exists()
    assert not list((tmp_path / "cache" / "llama-azure").iterdir())
