"""What Azure Monitor measures of endpoints, in a SQLite file of its own.

Like the journal it is no part of what the sandbox is trusted to remember: it does not wait for the disk, the death of
the process may take a second of it, and snapshots do not carry it along.
"""

import math
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from llama_azure_sandbox.home import open_database

_STEPS = 8
_FLUSH_SECONDS = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answered (
    source TEXT NOT NULL,          -- key of the deployment, of the serverless endpoint, or of what holds deployments
    minute INTEGER NOT NULL,       -- since the epoch, by the time that answers tell
    status INTEGER NOT NULL,       -- of the answer; 0 of a row of tokens, which no answer goes with
    bucket INTEGER NOT NULL,       -- of the time to the last byte
    requests INTEGER NOT NULL,
    milliseconds REAL NOT NULL,    -- to the last byte, of all of them together
    first REAL NOT NULL,           -- to the first byte, in milliseconds, of all of them together
    read INTEGER NOT NULL,         -- tokens of prompts
    generated INTEGER NOT NULL,    -- tokens of answers
    PRIMARY KEY (source, minute, status, bucket)
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Answers of one status and about one duration, within a minute; or tokens, which are counted apart from them."""

    source: str
    """Key of the deployment, of the serverless endpoint, or of what holds the deployments where none is known."""
    minute: int
    """Since the epoch, by the time that answers tell."""
    status: int = 0
    requests: int = 0
    milliseconds: float = 0.0
    """To the last byte, of all the requests together."""
    first: float = 0.0
    """To the first byte, in milliseconds, of all the requests together."""
    read: int = 0
    generated: int = 0

    @property
    def bucket(self) -> int:
        """The place of the mean duration on a scale whose steps are a twelfth each."""
        return 0 if not self.requests else round(_STEPS * math.log2(self.milliseconds / self.requests + 1))


def bucket_milliseconds(bucket: int) -> float:
    """Return the duration that a bucket stands for."""
    return float(2 ** (bucket / _STEPS) - 1)


class Measurements:
    """What was answered. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self.changes = 0
        """How much was added since the process began."""
        self._connection = open_database(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self._unwritten: dict[tuple[str, int, int, int], list[float]] = {}
        self._written = time.monotonic()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._write()
            self._connection.close()

    def add(self, one: Measured) -> None:
        """Add what was answered. It is written down within a second, so that each request need not wait for it."""
        with self._lock:
            self.changes += 1
            kept = self._unwritten.setdefault((one.source, one.minute, one.status, one.bucket), [0, 0.0, 0.0, 0, 0])
            for at, value in enumerate((one.requests, one.milliseconds, one.first, one.read, one.generated)):
                kept[at] += value
            if time.monotonic() - self._written >= _FLUSH_SECONDS:
                self._write()

    def _write(self) -> None:
        rows = [(*key, *values) for key, values in self._unwritten.items()]
        self._unwritten, self._written = {}, time.monotonic()
        self._connection.executemany(
            "INSERT INTO answered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (source, minute, status, bucket) DO UPDATE SET requests = requests + excluded.requests, "
            "milliseconds = milliseconds + excluded.milliseconds, first = first + excluded.first, "
            "read = read + excluded.read, generated = generated + excluded.generated",
            rows,
        )

    def measured(self, key: str, since: int, until: int) -> list[Measured]:
        """Return what a deployment, or all of an endpoint, answered from one minute on and before another, in order."""
        with self._lock:
            self._write()
            rows = self._connection.execute(
                "SELECT source, minute, status, requests, milliseconds, first, read, generated FROM answered "
                "WHERE (source = ? OR (source > ? AND source < ?)) AND minute >= ? AND minute < ? ORDER BY minute",
                (key, f"{key}/", f"{key}0", since, until),
            ).fetchall()
        return [Measured(*row) for row in rows]
