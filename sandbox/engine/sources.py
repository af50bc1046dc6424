"""What an engine is built from: the Go module in ``host/``, and the versions that its go.mod names."""

import hashlib
import re
from pathlib import Path

HOST_FOLDER = Path(__file__).parent / "host"
CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"

Version = tuple[int, int, int]


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
