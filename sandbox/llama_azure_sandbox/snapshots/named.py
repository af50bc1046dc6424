"""Named snapshots: whole copies of a sandbox's state and of the stacks that describe it, in the sandbox's home."""

import json
import re
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from llama_azure_sandbox.home import SandboxHome, open_database
from llama_azure_sandbox.identity.credentials import secret_name
from llama_azure_sandbox.process import SandboxError, forget_state
from llama_azure_sandbox.snapshots.document import SCHEMA_VERSION

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ABOUT = "snapshot.json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of a snapshot."""

    name: str
    saved: float
    """Seconds since the epoch."""
    schema_version: int


def save_snapshot(home: SandboxHome, name: str) -> Snapshot:
    """Copy the state as it is at one moment, also while the sandbox runs; one of that name is replaced.

    Raises:
        SandboxError: the name is none, or there is no state yet.
    """
    folder = _folder(home, name)
    if not home.database.exists():
        raise SandboxError("there is no state yet to save; start the sandbox first")
    unfinished = folder.with_name(f".{name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    home.snapshots.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished.mkdir(mode=0o700)
    _copy_database(home.database, unfinished / home.database.name)
    for secret in home.root.glob(f"{secret_name('*')}.secret"):
        shutil.copy2(secret, unfinished)
    if home.pulumi_state.exists():
        shutil.copytree(home.pulumi_state, unfinished / home.pulumi_state.name)
    about = Snapshot(name, time.time(), SCHEMA_VERSION)
    (unfinished / _ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)
    return about


def load_snapshot(home: SandboxHome, name: str) -> Snapshot:
    """Put a snapshot in the place of the state and of the stacks. The sandbox must not run.

    Raises:
        SandboxError: there is no such snapshot, or it is of a newer sandbox.
    """
    folder = _folder(home, name)
    about = _about(folder)
    if about is None:
        known = ", ".join(one.name for one in snapshots(home)) or "none"
        raise SandboxError(f"there is no snapshot {name!r}; there are: {known}")
    if about.schema_version > SCHEMA_VERSION:
        raise SandboxError(
            f"snapshot {name!r} has schema version {about.schema_version}, and this sandbox reads up to "
            f"{SCHEMA_VERSION}; use a newer sandbox"
        )
    forget_state(home)
    shutil.copy2(folder / home.database.name, home.database)
    for secret in folder.glob("*.secret"):
        shutil.copy2(secret, home.root)
    if (folder / home.pulumi_state.name).exists():
        shutil.copytree(folder / home.pulumi_state.name, home.pulumi_state)
    return about


def delete_snapshot(home: SandboxHome, name: str) -> None:
    """Remove a snapshot.

    Raises:
        SandboxError: there is none of that name.
    """
    folder = _folder(home, name)
    if _about(folder) is None:
        raise SandboxError(f"there is no snapshot {name!r}; see `sandbox snapshot list`")
    shutil.rmtree(folder)


def snapshots(home: SandboxHome) -> list[Snapshot]:
    """Return the snapshots, the oldest first."""
    found = [_about(folder) for folder in home.snapshots.glob("*")]
    return sorted((one for one in found if one is not None), key=lambda one: one.saved)


def _folder(home: SandboxHome, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise SandboxError(f"{name!r} is not a name for a snapshot; use letters, digits, dots, hyphens and underscores")
    return home.snapshots / name


def _about(folder: Path) -> Snapshot | None:
    try:
        return Snapshot(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite file that may be in use, as it is at one moment."""
    reading, writing = open_database(source), open_database(target)
    try:
        reading.backup(writing)
    finally:
        writing.close()
        reading.close()
