"""Building the policy pack as an archive that stands on its own (``make policy-archive``).

A pack is run with its own folder as the working directory and finds nothing outside it, so the one package that it
shares with the rest of this repository lies in it, and its own virtual environment is asked for. The whole distribution
as its requirement would bring azure-native along, which no rule needs.
"""

import re
import shutil
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

_ROOT = Path(__file__).resolve().parents[3]
_PACK = _ROOT / "policies" / "llama_guardrails"
_SHARED = _ROOT / "core" / "llama_azure_core"
_NEEDED = frozenset({"grpcio", "protobuf", "pulumi", "pydantic", "pyyaml"})
"""What the rules and the shared package import; in which versions, pyproject.toml says."""
_README = """# The policy pack llama-guardrails

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    pulumi preview --policy-pack .

run in a Pulumi project with the path of this folder in the place of the dot, judges what it would deploy.
`--policy-pack-config FILE` configures the rules. Python 3.11 or newer.
"""


def build_archive(folder: Path) -> Path:
    """Build ``llama-guardrails-<version>.tar.gz`` in a folder, whose older content goes, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    version = yaml.safe_load((_PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8"))["version"]
    name = f"llama-guardrails-{version}"
    with TemporaryDirectory() as temporary:
        pack = Path(temporary, name)
        _lay_out(pack)
        archive = folder / f"{name}.tar.gz"
        with tarfile.open(archive, "w:gz") as content:
            content.add(pack, name, filter=_plain)
    return archive


def _lay_out(pack: Path) -> None:
    """Copy the pack, and add what it needs outside this repository."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".venv")
    shutil.copytree(_PACK, pack, ignore=ignored)
    shutil.copytree(_SHARED, pack / _SHARED.name, ignore=ignored)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(_ROOT / name, pack)
    (pack / "requirements.txt").write_text("".join(f"{line}\n" for line in requirements()), encoding="utf-8")
    description = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    description["runtime"] = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")
    (pack / "README.md").write_text(_README, encoding="utf-8")


def requirements() -> list[str]:
    """Return those of the distribution's requirements that the pack has."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["guardrails"]]
    return sorted(one for one in declared if re.split(r"[^a-z0-9-]", one)[0] in _NEEDED)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who built it and when, so that the same sources make the same files."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


if __name__ == "__main__":
    print(build_archive(Path(sys.argv[1])))
