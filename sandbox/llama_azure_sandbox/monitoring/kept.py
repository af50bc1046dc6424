"""What the alerts remember: which fired and ended, and how the health of resources changed.

It lies in a SQLite file of its own, is no part of what the sandbox is trusted to remember, and is in no snapshot.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path

from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.home import open_database

FIRED, RESOLVED = "Fired", "Resolved"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alerts (
    id TEXT PRIMARY KEY,           -- a GUID
    rule TEXT NOT NULL,            -- key of the alert rule
    series TEXT NOT NULL,          -- what tells the alerts of a rule apart
    condition TEXT NOT NULL,       -- Fired or Resolved
    body TEXT NOT NULL             -- what Azure shows of it, as JSON
) STRICT;
CREATE INDEX IF NOT EXISTS alerts_by_rule ON alerts (rule, condition);
CREATE TABLE IF NOT EXISTS health (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    resource TEXT NOT NULL,        -- id of the resource
    status TEXT NOT NULL,          -- Available, Degraded or Unavailable
    previous TEXT NOT NULL,
    moment REAL NOT NULL           -- by the sandbox's clock
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class KeptAlert:
    """An alert that fired."""

    id: str
    rule: str
    series: str
    condition: str
    body: Json


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A resource whose health became another."""

    number: int
    resource: str
    status: str
    previous: str
    moment: float


class AlertLog:
    """Keeps alerts. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def alerts(self, rule: str | None = None, condition: str | None = None) -> list[KeptAlert]:
        """Return the alerts, of a rule and a condition where they are given, the oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, rule, series, condition, body FROM alerts "
                "WHERE (? IS NULL OR rule = ?) AND (? IS NULL OR condition = ?) ORDER BY rowid",
                (rule, rule, condition, condition),
            ).fetchall()
        return [KeptAlert(number, of, series, state, json.loads(body)) for number, of, series, state, body in rows]

    def fire(self, alert: KeptAlert) -> bool:
        """Keep a new alert; false where its id is known already."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?)",
                (alert.id, alert.rule, alert.series, alert.condition, json.dumps(alert.body)),
            )
            return cursor.rowcount > 0

    def change(self, alert_id: str, condition: str, body: Json) -> None:
        """Change an alert."""
        with self._lock:
            self._connection.execute(
                "UPDATE alerts SET condition = ?, body = ? WHERE id = ?", (condition, json.dumps(body), alert_id)
            )

    def note_health(self, resource: str, status: str, previous: str, moment: float) -> None:
        """Keep that the health of a resource became another."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO health (resource, status, previous, moment) VALUES (?, ?, ?, ?)",
                (resource, status, previous, moment),
            )

    def health_changes(self) -> list[HealthChange]:
        """Return how the health of resources changed, the oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT number, resource, status, previous, moment FROM health ORDER BY number"
            ).fetchall()
        return [HealthChange(*row) for row in rows]
