"""Packages of npm, as a lock file has them, kept in the user's cache folder."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from llama_azure_sandbox.engine.find import cache_folder

_SECONDS = 900


def npm_packages(folder: Path) -> Path:
    """Install what a folder's lock file names, unless it is there, and return the folder ``node_modules``."""
    lock = (folder / "package-lock.json").read_bytes()
    packages = cache_folder() / f"nodejs-{hashlib.sha256(lock).hexdigest()[:12]}"
    with FileLock(f"{packages}.lock"):
        if not (packages / "done").exists():
            shutil.rmtree(packages, ignore_errors=True)
            packages.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(folder / name, packages / name)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            done = subprocess.run(command, cwd=packages, capture_output=True, text=True, timeout=_SECONDS, check=False)
            assert done.returncode == 0, f"npm ci failed:\n{done.stdout}\n{done.stderr}"
            (packages / "done").touch()
    return packages / "node_modules"
