"""The journal's entries, in a SQLite file of their own.

It is no part of what the sandbox is trusted to remember, so it neither waits for the disk nor is it
carried along by snapshots.
"""

import datetime as dt
import sqlite3
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from llama_azure_sandbox.home import open_database

KEPT_ENTRIES = 10_000
"""How many entries are kept; older ones go."""

_TRIM_EVERY = 100

_SCHEMA = """
CREATE TABLE IF NOT EXISTS journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    caller TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    apiVersion TEXT,
    status INTEGER NOT NULL,
    code TEXT,
    milliseconds REAL NOT NULL,
    message TEXT
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and how it was answered."""

    caller: str
    """The client id, or user name, of who sent it; empty where nobody signed in."""
    method: str
    path: str
    query: str
    """The query string without what could be a secret."""
    api_version: str | None
    status: int
    """The HTTP status; 0 where the answer never began."""
    code: str | None
    """The error code in the answer's body."""
    milliseconds: float
    """From the request's arrival to the end of its answer."""
    message: str | None = None
    """The beginning of the error's message in the answer's body."""


class Journal:
    """The exchanges of one sandbox, numbered from 1 on. Safe to use from several threads."""

    def __init__(self, path: Path, kept: int = KEPT_ENTRIES) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._connection = open_database(path)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        columns = {row["name"] for row in self._connection.execute("PRAGMA table_info(journal)")}
        if "message" not in columns:  # the journal of a sandbox before
            self._connection.execute("ALTER TABLE journal ADD COLUMN message TEXT")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def add(self, exchange: Exchange) -> None:
        """Add an exchange that has just ended."""
        values = asdict(exchange)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO journal (time, caller, method, path, query, apiVersion, status, code, milliseconds, "
                "message) VALUES (:time, :caller, :method, :path, :query, :api_version, :status, :code, "
                ":milliseconds, :message)",
                {"time": now, **values},
            )
            number = int(cursor.lastrowid or 0)
            if number % _TRIM_EVERY == 0:
                self._connection.execute("DELETE FROM journal WHERE number <= ?", (number - self._kept,))

    def last(self) -> int:
        """Return the number of the newest entry; 0 where there is none."""
        with self._lock:
            (newest,) = self._connection.execute("SELECT COALESCE(MAX(number), 0) FROM journal").fetchone()
            return int(newest)

    def since(self, number: int) -> list[dict[str, Any]]:
        """Return the entries after a number, the oldest first, by their names in JSON."""
        with self._lock:
            rows = self._connection.execute("SELECT * FROM journal WHERE number > ? ORDER BY number", (number,))
            return [dict(row) for row in rows]
