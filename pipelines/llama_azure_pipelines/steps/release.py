"""Release: what others install — the distribution, the policy pack — with digests and a bill of materials."""

import hashlib
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import yaml

from llama_azure_pipelines.environments import ROOT
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import show
from llama_azure_pipelines.say import say

FOLDER = ROOT / "build" / "release"
NAME = "llama-azure"
_ARCHIVES = ROOT / "build" / "policy-archive"
_PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;\\]+).*\\\n(?P<rest>(?: +.*\n)*)", re.MULTILINE)


def release(version: str) -> list[Path]:
    """Build the artefacts of a version into ``build/release``, and return them.

    Raises:
        StepError: a file has another version than the tag, or something could not be built.
    """
    for file, declared in versions().items():
        if declared != version:
            raise StepError(f"{file} says version {declared}, the tag {version}; make them the same")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    _must("uv", "build", "--quiet", "--no-build-isolation", "--out-dir", str(FOLDER), ".")
    _must("make", "--no-print-directory", "policy-archive")
    for archive in _ARCHIVES.iterdir():
        shutil.copy(archive, FOLDER)
    bill = bill_of_materials(version, (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    (FOLDER / f"{NAME}-{version}.cdx.json").write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    artefacts = sorted(path for path in FOLDER.iterdir() if path.name != ".gitignore")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in artefacts]
    (FOLDER / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    for path in artefacts:
        say(str(path.relative_to(ROOT)))
    return artefacts


def versions() -> dict[str, str]:
    """Return the version by each file that has it; the first is where it is changed."""
    pack, schema = "policies/llama_guardrails/PulumiPolicy.yaml", "components/schema.json"
    return {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        pack: yaml.safe_load((ROOT / pack).read_text(encoding="utf-8"))["version"],
        schema: json.loads((ROOT / schema).read_text(encoding="utf-8"))["version"],
    }


def bill_of_materials(version: str, lock: str) -> dict[str, Any]:
    """Return what a version needs with all its extras, as the lock has it and the tests ran: CycloneDX 1.5.

    It is read from the lock, which says of each package who asked for it: a resolver could come to other versions. What
    only the development of the project needs is not in it.

    Args:
        version: of the distribution.
        lock: the text of requirements.lock.
    """
    pins = {found["name"]: found["version"] for found in _PIN.finditer(lock)}
    asked_by = {found["name"]: _asked_by(found["rest"]) for found in _PIN.finditer(lock)}
    root = f"{NAME} (pyproject.toml)"
    needed = {root}
    while more := {name for name, by in asked_by.items() if by & needed} - needed:
        needed |= more
    urls = {name: f"pkg:pypi/{name}@{pins[name]}" for name in pins if name in needed}
    urls[root] = f"pkg:pypi/{NAME}@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": _component(NAME, version, urls[root])},
        "components": [_component(name, pins[name], urls[name]) for name in sorted(needed - {root})],
        "dependencies": [
            {"ref": url, "dependsOn": [urls[one] for one in sorted(urls) if name in asked_by.get(one, ())]}
            for name, url in sorted(urls.items())
        ],
    }


def _asked_by(text: str) -> frozenset[str]:
    """Return who asked for a package by the comment below its hashes."""
    comments = (line.strip().removeprefix("#").strip() for line in text.splitlines() if line.lstrip().startswith("#"))
    return frozenset(name for line in comments if (name := line.removeprefix("via").strip()))


def _component(name: str, version: str, url: str) -> dict[str, str]:
    return {"type": "library", "bom-ref": url, "name": name, "version": version, "purl": url}


def _must(*command: str) -> None:
    if show(command).returncode != 0:
        raise StepError(f"`{' '.join(command)}` failed, as said above")
