"""Finding a Pulumi CLI that is already there: on the PATH, or provided earlier in the user's cache folder."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.engine.sources import Version, cli_version, parse_version, sources_digest, spell_version
from sandbox.home import PROJECT_ROOT

LANGUAGE_HOST = "pulumi-language-python"
DYNAMIC_PROVIDER = "pulumi-resource-pulumi-python"
"""The script that starts the Python SDK's server for dynamic providers."""
_VERSION_SECONDS = 30


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
    """Return where the official installer's engine of the wanted version is kept."""
    return _folder("official")


def built_engine_folder() -> Path:
    """Return where the engine built from the present sources is kept."""
    return _folder(sources_digest())


def private_environment() -> dict[str, str]:
    """Return this process's environment for a CLI that is only looked at: even `pulumi version` writes to its home."""
    return {**os.environ, "PULUMI_HOME": str(cache_folder() / "home"), "PULUMI_SKIP_UPDATE_CHECK": "true"}


def minimum_version() -> Version:
    """Return the oldest CLI that serves: ``requiredPulumiVersion`` of Pulumi.yaml."""
    project = yaml.safe_load((PROJECT_ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    version = parse_version(project["requiredPulumiVersion"])
    if version is None:
        raise EngineError('Pulumi.yaml: requiredPulumiVersion must look like ">=3.249.0"')
    return version


def find_engine() -> Engine:
    """Return an engine that is there: the user's own on the PATH before one that was provided.

    Raises:
        EngineError: there is none yet.
    """
    engine = engine_on_path() or provided_engine()
    if engine is None:
        raise EngineError("no Pulumi CLI is here yet; `make engine` finds or builds one")
    return engine


def engine_on_path() -> Engine | None:
    """Return the first CLI on the PATH that is new enough and has all of its Python parts."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        program = shutil.which("pulumi", path=folder) if folder else None
        if program is not None and (engine := _usable(Path(program).parent, "found on the PATH")) is not None:
            return engine
    return None


def provided_engine() -> Engine | None:
    """Return the engine that an earlier run left in the cache folder."""
    return _usable(official_engine_folder() / "bin", "by the official installer") or _usable(
        built_engine_folder() / "bin", "built from its Go modules"
    )


def _folder(name: str) -> Path:
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return cache_folder() / f"{spell_version(cli_version())}-{name}-{machine}"


def _usable(folder: Path, origin: str) -> Engine | None:
    """Return the engine of a folder if it is whole, runs and is new enough."""
    program = folder / "pulumi"
    beside = program.resolve().parent
    parts = (LANGUAGE_HOST, DYNAMIC_PROVIDER)
    if not program.exists() or not all((beside / part).exists() or shutil.which(part) for part in parts):
        return None
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
    version = parse_version(answer.stdout)
    if version is None or version < minimum_version():
        return None
    return Engine(folder, spell_version(version), origin)
