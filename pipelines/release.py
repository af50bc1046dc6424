"""Release: what others install — the policy pack and the component packages — with a list of digests."""

import hashlib
import shutil
import tomllib
from pathlib import Path

from pipelines.environments import ROOT
from pipelines.errors import StepError
from pipelines.programs import show
from pipelines.say import say

FOLDER = ROOT / "build" / "release"
_PACKAGES = ("core", "components")
_ARCHIVES = ROOT / "build" / "policy-archive"


def release(version: str) -> list[Path]:
    """Build the artefacts of a version into ``build/release``, and return them.

    Raises:
        StepError: the packages have another version than the tag, or something could not be built.
    """
    for package in _PACKAGES:
        _require_version(package, version)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for package in _PACKAGES:
        _must("uv", "build", "--quiet", "--no-build-isolation", "--out-dir", str(FOLDER), package)
    _must("make", "--no-print-directory", "policy-archive")
    for archive in _ARCHIVES.iterdir():
        shutil.copy(archive, FOLDER)
    artefacts = sorted(path for path in FOLDER.iterdir() if path.name != ".gitignore")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in artefacts]
    (FOLDER / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    for path in artefacts:
        say(str(path.relative_to(ROOT)))
    return artefacts


def _require_version(package: str, version: str) -> None:
    declared = tomllib.loads((ROOT / package / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if declared != version:
        raise StepError(f"{package}/pyproject.toml says version {declared}, the tag {version}; make them the same")


def _must(*command: str) -> None:
    if show(command).returncode != 0:
        raise StepError(f"`{' '.join(command)}` failed, as said above")
