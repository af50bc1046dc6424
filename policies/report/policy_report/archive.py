"""Building the policy pack as an archive that stands on its own (``make policy-archive``).

A pack is run with its own folder as the working directory and finds nothing outside it, so the one package that it
shares with the rest of this repository goes along as a wheel, and its own virtual environment is asked for.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

_ROOT = Path(__file__).resolve().parents[3]
_PACK = _ROOT / "policies" / "llama_guardrails"
_CORE = _ROOT / "core"
_WHEELS = "wheels"
_README = """# The policy pack llama-guardrails

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    pulumi preview --policy-pack .

run in a Pulumi project with the path of this folder in the place of the dot, judges what it would deploy.
`--policy-pack-config FILE` configures the rules. Python 3.11 to 3.14.
"""


def build_archive(folder: Path) -> Path:
    """Build ``llama-guardrails-<version>.tar.gz`` in a folder, whose older content goes, and return it.

    Raises:
        subprocess.CalledProcessError: the wheel could not be built.
    """
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
    shutil.copytree(_PACK, pack, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".venv"))
    command = [
        "uv",
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--out-dir",
        str(pack / _WHEELS),
        str(_CORE),
    ]
    subprocess.run([str(Path(sys.executable).with_name(command[0])), *command[1:]], check=True)
    (pack / _WHEELS / ".gitignore").unlink(missing_ok=True)
    requirements = pack / "requirements.txt"
    requirements.write_text(f"--find-links {_WHEELS}\n{requirements.read_text(encoding='utf-8')}", encoding="utf-8")
    description = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text(encoding="utf-8"))
    description["runtime"] = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump(description, sort_keys=False), encoding="utf-8")
    (pack / "README.md").write_text(_README, encoding="utf-8")


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who built it and when, so that the same sources make the same files."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


if __name__ == "__main__":
    print(build_archive(Path(sys.argv[1])))
