"""What the data plane remembers: metered tokens, requests by deployment, and collected inference data.

It lies in the store's SQLite file, over a connection of its own: each entry survives the death of the process, but is
not waited for until it is on the disk, so that metering does not slow requests down. What a power cut may take is a
moment of usage.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_azure_sandbox.home import open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS usage (
    resource TEXT NOT NULL,        -- id of the SaaS resource that is charged, or of the project where there is none
    project TEXT NOT NULL,         -- id of the project's workspace
    offer TEXT NOT NULL,           -- the Marketplace offer's id
    meter TEXT NOT NULL,
    day TEXT NOT NULL,             -- by the sandbox's clock
    tokens INTEGER NOT NULL,
    PRIMARY KEY (resource, project, offer, meter, day)
) STRICT;
CREATE TABLE IF NOT EXISTS deployment_requests (
    deployment TEXT NOT NULL,      -- key of the deployment
    kind TEXT NOT NULL,            -- routed or mirrored
    requests INTEGER NOT NULL,
    PRIMARY KEY (deployment, kind)
) STRICT;
CREATE TABLE IF NOT EXISTS collected (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    deployment TEXT NOT NULL,      -- key of the deployment
    collection TEXT NOT NULL,      -- model_inputs or model_outputs
    event TEXT NOT NULL            -- a CloudEvents object
) STRICT;
CREATE INDEX IF NOT EXISTS collected_by_deployment ON collected (deployment);
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens that a project used of an offer on a day, by one meter."""

    resource: str
    project: str
    offer: str
    meter: str
    day: str
    tokens: int


class Ledger:
    """Entries of the data plane. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(path, timeout=30)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)
        # Who reads may hold the file's lock already, for which whoever writes here waits.
        self._reading_lock = threading.Lock()
        self._reading = open_database(path, timeout=30)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
        with self._reading_lock:
            self._reading.close()

    def add_usage(self, resource: str, project: str, offer: str, day: str, tokens: Mapping[str, int]) -> None:
        """Add tokens, by meter, to what a project used of an offer on a day, charged to a resource."""
        with self._lock:
            self._connection.executemany(
                "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (resource, project, offer, meter, day) DO UPDATE SET tokens = tokens + excluded.tokens",
                [(resource, project, offer, meter, day, count) for meter, count in tokens.items()],
            )

    def usage(self) -> list[Usage]:
        """Return everything that was metered."""
        with self._reading_lock:
            rows = self._reading.execute(
                "SELECT resource, project, offer, meter, day, tokens FROM usage "
                "ORDER BY resource, project, offer, day, meter"
            ).fetchall()
        return [Usage(*row) for row in rows]

    def count_request(self, deployment: str, kind: str) -> None:
        """Count a request that was ``routed`` or ``mirrored`` to a deployment."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO deployment_requests VALUES (?, ?, 1) "
                "ON CONFLICT (deployment, kind) DO UPDATE SET requests = requests + 1",
                (deployment, kind),
            )

    def requests(self, deployment: str) -> dict[str, int]:
        """Return how many requests were routed and mirrored to a deployment."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT kind, requests FROM deployment_requests WHERE deployment = ?", (deployment,)
            ).fetchall()
        return {"routed": 0, "mirrored": 0, **dict(rows)}

    def collect(self, deployment: str, collection: str, event: Mapping[str, Any]) -> None:
        """Keep one collected input or output."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO collected (deployment, collection, event) VALUES (?, ?, ?)",
                (deployment, collection, json.dumps(event)),
            )

    def collected(self, deployment: str, collection: str) -> list[dict[str, Any]]:
        """Return what was collected of a deployment, the oldest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT event FROM collected WHERE deployment = ? AND collection = ? ORDER BY number",
                (deployment, collection),
            ).fetchall()
        return [json.loads(row[0]) for row in rows]
