"""Where one sandbox keeps everything: a folder of its own, readable by its owner only."""

import contextlib
import os
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path


def _project_root() -> Path:
    packages = Path(__file__).resolve().parents[2]
    if (packages / "pyproject.toml").is_file():
        return packages
    here = Path.cwd()
    return next((one for one in (here, *here.parents) if (one / "Pulumi.yaml").is_file()), here)


PROJECT_ROOT = _project_root()
"""The checkout that this package runs from. Installed without one: the Pulumi project in whose folder, or below it, the
process was started, or else that folder."""

DEFAULT_PORT = 10443

OWNER_SECRET = "identity-header"  # noqa: S105 - the name of the secret with which the owner signs in
PAGE_SECRET = "page"  # noqa: S105 - the name of the secret that opens the page
ADMIN_SECRET = "admin"  # noqa: S105 - the name of the secret that opens the settings of the world


@dataclass(frozen=True, slots=True)
class SandboxHome:
    """The paths of one sandbox. Nothing is created until it is needed."""

    root: Path

    @classmethod
    def locate(cls) -> "SandboxHome":
        """Return the home that ``SANDBOX_HOME`` names, or ``.sandbox`` in the project."""
        chosen = os.environ.get("SANDBOX_HOME")
        return cls(Path(chosen).resolve() if chosen else PROJECT_ROOT / ".sandbox")

    @property
    def database(self) -> Path:
        """The SQLite file with every resource, operation and key."""
        return self.root / "azure.db"

    @property
    def journal(self) -> Path:
        """The SQLite file with the requests that were answered."""
        return self.root / "journal.db"

    @property
    def snapshots(self) -> Path:
        """The folder of the named snapshots."""
        return self.root / "snapshots"

    @property
    def faults(self) -> Path:
        """The SQLite file with the fault rules."""
        return self.root / "faults.db"

    @property
    def measurements(self) -> Path:
        """The SQLite file with what Azure Monitor measures of endpoints."""
        return self.root / "measurements.db"

    @property
    def alerts(self) -> Path:
        """The SQLite file with the alerts that fired."""
        return self.root / "alerts.db"

    @property
    def certificates(self) -> Path:
        """The folder of the certificate authority and the server's certificate."""
        return self.root / "certificates"

    @property
    def ca_bundle(self) -> Path:
        """The certificates that clients of the sandbox trust: the public ones and the sandbox's own."""
        return self.certificates / "ca-bundle.pem"

    @property
    def authority(self) -> Path:
        """The certificate of the sandbox's own authority, which is all that a client of nothing else need trust."""
        return self.certificates / "ca.pem"

    @property
    def server_record(self) -> Path:
        """What the last server wrote when it was ready: its process, port, date and latency profile."""
        return self.root / "server.json"

    @property
    def lock(self) -> Path:
        """The file that a running server holds locked."""
        return self.root / "server.lock"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.root / "sandbox.log"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of the sandbox: the stand-in provider plugin lies here, never in the user's own."""
        return self.root / "pulumi-home"

    @property
    def pulumi_state(self) -> Path:
        """The folder of the engine's state backend."""
        return self.root / "pulumi-state"

    def create(self) -> None:
        """Create the folder, closed to other users.

        A folder that is there keeps its mode, which is its owner's choice; what an older sandbox left in it that
        others could read is closed.
        """
        if not self.root.exists():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            # It lies in somebody's repository, and has keys in it.
            (self.root / ".gitignore").write_text("*\n", encoding="ascii")
        files = (
            path
            for name in (self.database, self.journal, self.faults, self.measurements, self.alerts)
            for path in self.root.glob(f"{name.name}*")
        )
        for path in (*files, self.server_record, self.log):
            _close_to_others(path, 0o600)
        for folder in (self.certificates, self.snapshots, self.pulumi_home, self.pulumi_state):
            _close_to_others(folder, 0o700)

    def secret(self, name: str) -> str:
        """Return the secret of that name, made at first use and kept in a file that only its owner reads."""
        self.create()
        path = self.root / f"{name}.secret"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(value := secrets.token_urlsafe(32))
        return value

    def has_secret(self, name: str) -> bool:
        """Whether a secret of that name was made."""
        return (self.root / f"{name}.secret").exists()

    def forget_secret(self, name: str) -> None:
        """Remove the secret of that name, if it was made."""
        (self.root / f"{name}.secret").unlink(missing_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    temporary = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    temporary.replace(path)


def open_database(path: Path, timeout: float = 5.0) -> sqlite3.Connection:
    """Open a SQLite file, in a mode in which threads may share it and each statement is a transaction of its own.

    It is made, if it is not there, so that only its owner reads it, whatever folder it lies in; so are the files that
    SQLite puts beside it.

    Args:
        path: the file.
        timeout: how many seconds to wait for another connection that writes.
    """
    # One that is there is not opened here: to close it would end the locks that other connections hold on it.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=timeout)


def _close_to_others(path: Path, mode: int) -> None:
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(mode)
    except FileNotFoundError:
        pass
