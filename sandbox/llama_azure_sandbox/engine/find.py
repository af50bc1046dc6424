"""Finding a Pulumi CLI that is already there: on the PATH, or provided earlier in the user's cache folder."""

import contextlib
import json
import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llama_azure_sandbox.engine.sources import Version, cli_version, parse_version, sources_digest, spell_version

LANGUAGE_HOST = "pulumi-language-python"
DYNAMIC_PROVIDER = "pulumi-resource-pulumi-python"
"""The script that starts the Python SDK's server for dynamic providers."""
_PARTS = (LANGUAGE_HOST, DYNAMIC_PROVIDER)
_VERSION_SECONDS = 30
_SMALLEST_CLI = 2**20
_OLDEST: Version = (3, 249, 0)
"""``requiredPulumiVersion`` of Pulumi.yaml and components/PulumiPlugin.yaml says the same to the CLI."""


class EngineError(Exception):
    """No Pulumi CLI can be had; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A Pulumi CLI with its Python language host and the script for dynamic providers."""

    folder: Path
    """The folder that holds ``pulumi``."""
    version: str
    origin: str
    """Where it comes from, for a person to read."""


def cache_folder() -> Path:
    """Return the folder of provided engines, shared by all checkouts of a user."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "llama-azure" / "engine"


def official_engine_folder() -> Path:
    """Return where the engine of Pulumi's own archive is kept, in the wanted version."""
    return _folder("official")


def built_engine_folder() -> Path:
    """Return where the engine built from the present sources is kept."""
    return _folder(sources_digest())


def private_environment() -> dict[str, str]:
    """Return this process's environment for a CLI that is only looked at: even `pulumi version` writes to its home."""
    return {**os.environ, "PULUMI_HOME": str(cache_folder() / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}


def minimum_version() -> Version:
    """Return the oldest CLI that serves."""
    return _OLDEST


def find_engine() -> Engine:
    """Return an engine that is there: the user's own on the PATH before one that was provided.

    Raises:
        EngineError: there is none yet.
    """
    engine = engine_on_path() or provided_engine()
    if engine is None:
        raise EngineError("no Pulumi CLI is here yet; `sandbox engine` finds or builds one")
    return engine


def engine_on_path() -> Engine | None:
    """Return the first CLI on the PATH that is new enough and has all of its Python parts."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = shutil.which("pulumi", path=folder) if folder else None
        if program is not None and (engine := _usable(Path(program).parent, "found on the PATH")) is not None:
            return engine
    return None


def unusable_cli() -> str | None:
    """Return why the first CLI on the PATH does not serve; ``None`` where there is none."""
    program = shutil.which("pulumi")
    if program is None:
        return None
    missing = [part for part in _PARTS if not _has_part(Path(program), part)]
    if missing:
        return f"{program} does not serve: {' and '.join(missing)} lie neither beside it nor on the PATH"
    version = _version(Path(program))
    if version is None:
        return f"{program} does not serve: it does not tell its version"
    return (
        f"{program} does not serve: it is Pulumi {spell_version(version)}, "
        f"and the sandbox needs {spell_version(minimum_version())} or newer"
    )


def provided_engine() -> Engine | None:
    """Return the engine that an earlier run left in the cache folder."""
    return _usable(official_engine_folder() / "bin", "from Pulumi's own archive") or _usable(
        built_engine_folder() / "bin", "built from its Go modules"
    )


def _folder(name: str) -> Path:
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return cache_folder() / f"{spell_version(cli_version())}-{name}-{machine}"


def _usable(folder: Path, origin: str) -> Engine | None:
    """Return the engine of a folder if it is whole, runs and is new enough."""
    program = folder / "pulumi"
    if not program.exists() or not all(_has_part(program, part) for part in _PARTS):
        return None
    version = _version(program)
    if version is None or version < minimum_version():
        return None
    return Engine(folder, spell_version(version), origin)


def _has_part(program: Path, part: str) -> bool:
    return (program.resolve().parent / part).exists() or shutil.which(part) is not None


def _version(program: Path) -> Version | None:
    """Return what a CLI says its version is."""
    try:
        found = program.stat()
    except OSError:
        return None
    return _told_version(program, (found.st_ino, found.st_mtime_ns, found.st_size))


@cache
def _told_version(program: Path, file: tuple[int, int, int]) -> Version | None:
    """Return what a CLI says its version is, asked once as long as its file stays the same: it takes a quarter of a
    second, and each command needs it."""
    # A wrapper, such as that of a version manager, may be the same file and start another CLI tomorrow.
    if file[2] < _SMALLEST_CLI or program.resolve().name != "pulumi":
        return _asked_version(program)
    known = cache_folder() / "versions.json"
    identity = [str(program), *file]
    try:
        kept = json.loads(known.read_text(encoding="utf-8"))
        if kept["identity"] == identity:
            return parse_version(kept["version"])
    except (OSError, ValueError, LookupError, TypeError):
        pass
    version = _asked_version(program)
    if version is not None:
        with contextlib.suppress(OSError):  # it is asked the next time, too
            known.parent.mkdir(parents=True, exist_ok=True)
            written = known.with_suffix(f".{os.getpid()}")
            written.write_text(json.dumps({"identity": identity, "version": spell_version(version)}), encoding="utf-8")
            written.replace(known)
    return version


def _asked_version(program: Path) -> Version | None:
    try:
        answer = subprocess.run(
            [program, "version"],
            env=private_environment(),
            capture_output=True,
            text=True,
            timeout=_VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_version(answer.stdout)
