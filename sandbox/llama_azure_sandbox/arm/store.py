"""The sandbox's memory: resources and long-running operations in one SQLite file.

Every change is one transaction that is on disk before the request is answered, so a
killed sandbox has lost nothing that it acknowledged. An operation is finished by the
first look at it after it is due: there is no background work to lose.
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from llama_azure_core.metered import standing
from llama_azure_core.resource_ids import name_of
from llama_azure_sandbox.arm.json_content import mended_json
from llama_azure_sandbox.arm.marks import Mark, marks
from llama_azure_sandbox.home import open_database

Json = dict[str, Any]

_log = logging.getLogger(__name__)

_MARKED = 1
"""The version of a file that has its resources' marks."""

# What follows the last slash of a key; an index serves a query only in the same words.
_NAME = "substr(key, length(rtrim(key, replace(key, '/', ''))) + 1)"
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS resources (
    key TEXT PRIMARY KEY,          -- the id in lower case
    id TEXT NOT NULL,              -- as first spelled
    type TEXT NOT NULL,            -- as first spelled
    parent TEXT,                   -- key of the parent resource or group
    instance TEXT NOT NULL,        -- differs each time a resource of this id is created anew
    body TEXT NOT NULL,            -- the ARM body without id, name and type
    secrets TEXT NOT NULL          -- keys; never part of a body
) STRICT;
CREATE INDEX IF NOT EXISTS resources_by_parent_and_type ON resources (parent, type COLLATE NOCASE, key);
CREATE INDEX IF NOT EXISTS resources_by_type_and_key ON resources (type COLLATE NOCASE, key);
DROP INDEX IF EXISTS resources_by_parent;  -- of a sandbox before
DROP INDEX IF EXISTS resources_by_type;
DROP INDEX IF EXISTS resources_by_name;
CREATE INDEX IF NOT EXISTS resources_by_type_and_name ON resources (type COLLATE NOCASE, {_NAME}, key);
CREATE TABLE IF NOT EXISTS marks (
    mark TEXT NOT NULL,            -- a Mark
    value TEXT NOT NULL,
    type TEXT NOT NULL COLLATE NOCASE,
    resource TEXT NOT NULL,        -- key of the resource
    PRIMARY KEY (mark, value, type, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS marks_by_resource ON marks (resource);
CREATE TABLE IF NOT EXISTS operations (
    id TEXT PRIMARY KEY,
    resource TEXT NOT NULL,        -- key of the resource
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    due REAL NOT NULL              -- seconds since the epoch
) STRICT;
CREATE INDEX IF NOT EXISTS operations_by_status ON operations (status, due);
CREATE TABLE IF NOT EXISTS standing (
    resource TEXT NOT NULL,        -- key of a resource that costs money as long as it is there
    id TEXT NOT NULL,              -- as first spelled
    meter TEXT NOT NULL,           -- its key in the price list
    quantity TEXT NOT NULL,        -- how many of it, a decimal number
    region TEXT NOT NULL,
    tags TEXT NOT NULL,            -- JSON
    since REAL NOT NULL,           -- seconds since the epoch, by the sandbox's clock
    until REAL                     -- NULL while it is there
) STRICT;
CREATE INDEX IF NOT EXISTS standing_now ON standing (resource) WHERE until IS NULL;
CREATE TABLE IF NOT EXISTS settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL            -- JSON
) STRICT;
"""


def _read_body(content: str) -> Json:
    """Return a stored body, which has properties with a state, whatever an import once said."""
    body = _object(json.loads(content))
    properties = _object(body.get("properties"))
    return {**body, "properties": {"provisioningState": "Succeeded", **properties}}


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _json(value: Any) -> str:
    """Return what is kept of a value.

    Raises:
        ValueError: no JSON in UTF-8 can say it. The door refuses that; nothing else may bring it in either.
    """
    content = json.dumps(value, ensure_ascii=False, allow_nan=False)
    content.encode("utf-8")
    return content


class OperationKind(StrEnum):
    """What a long-running operation does to its resource."""

    PUT = "put"
    DELETE = "delete"
    PURGE = "purge"
    ACTION = "action"
    EXPIRY = "expiry"


class OperationStatus(StrEnum):
    """The states of an operation, as ARM spells them."""

    IN_PROGRESS = "InProgress"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class StoredResource:
    """A resource as the sandbox keeps it."""

    key: str
    id: str
    type: str
    parent: str | None
    instance: str
    body: Json
    secrets: dict[str, str]

    @property
    def name(self) -> str:
        """The resource's own name."""
        return name_of(self.id)


@dataclass(frozen=True, slots=True)
class StoodThere:
    """A time in which a resource cost money for being there, always the same."""

    id: str
    """The resource's."""
    meter: str
    """The meter's key in the price list."""
    quantity: Decimal
    region: str
    tags: dict[str, str]
    since: float
    """Seconds since the epoch, by the sandbox's clock."""
    until: float | None
    """``None`` while it is there."""


@dataclass(frozen=True, slots=True)
class StoredOperation:
    """A long-running operation."""

    id: str
    resource: str
    kind: OperationKind
    status: OperationStatus
    due: float


class Store:
    """Resources and operations. One transaction at a time; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self.clock: Callable[[], float] = time.time
        """Tells the time by which resources stand there; the world's, once there is one."""
        self._moment: float | None = None
        self._connection = open_database(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)
        self._mend()
        if self._connection.execute("PRAGMA user_version").fetchone()[0] < _MARKED:
            with self.transaction():  # the file of a sandbox before
                for one in self.all_resources():
                    self._note_marks(one)
                self._connection.execute(f"PRAGMA user_version = {_MARKED}")

    def _mend(self) -> None:
        """Make readable what an older sandbox let in and nothing can say: ``NaN``, or half a surrogate pair."""
        for table, key, column in (
            ("resources", "key", "body"),
            ("resources", "key", "secrets"),
            ("settings", "name", "value"),
        ):
            rows = self._connection.execute(
                f"SELECT {key}, {column} FROM {table} WHERE NOT json_valid({column}) "  # noqa: S608 - the names above
                f"OR {column} LIKE '%\\ud%' ESCAPE '~'"
            ).fetchall()
            for row, content in rows:
                mended = mended_json(content)
                if mended != content:
                    self._connection.execute("PRAGMA user_version = 0")  # its marks may be others now
                    _log.warning("%s %s: what no JSON can say was taken out of its %s", table, row, column)
                    self._connection.execute(
                        f"UPDATE {table} SET {column} = ? WHERE {key} = ?",  # noqa: S608
                        (mended, row),
                    )

    @property
    def changes(self) -> int:
        """How many rows were changed since the file was opened: while it is the same, so is everything else."""
        return self._connection.total_changes

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything in the block, or nothing of it. A transaction within one is part of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back what the block did if it raises, within the transaction that is open."""
        with self._lock:
            self._connection.execute("SAVEPOINT attempt")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK TO attempt")
                self._connection.execute("RELEASE attempt")
                raise
            self._connection.execute("RELEASE attempt")

    @contextmanager
    def at(self, moment: float) -> Iterator[None]:
        """Have what the block does count from an earlier moment on, by the clock: of what was due then."""
        with self._lock:
            self._moment = moment
            try:
                yield
            finally:
                self._moment = None

    def _now(self) -> float:
        return self.clock() if self._moment is None else self._moment

    def resource(self, key: str) -> StoredResource | None:
        """Return the resource of that key."""
        rows = self._resources("WHERE key = ?", key)
        return rows[0] if rows else None

    def children(self, parent: str, kind: str | None = None) -> list[StoredResource]:
        """Return the direct children of a resource or group, of one type or of all."""
        if kind is None:
            return self._resources("WHERE parent = ?", parent)
        return self._resources("WHERE parent = ? AND type = ? COLLATE NOCASE", parent, kind)

    def count_children(self, parent: str, kind: str) -> int:
        """Return how many direct children of a type a resource or group has."""
        return self._count("resources WHERE parent = ? AND type = ? COLLATE NOCASE", parent, kind)

    def below(self, key: str) -> list[StoredResource]:
        """Return every resource whose id begins with that of another one or of a group."""
        return self._resources("WHERE key > ? AND key < ?", f"{key}/", f"{key}0")  # 0 follows the slash

    def of_type(self, kind: str, below: str | None = None) -> list[StoredResource]:
        """Return every resource of a type, in the whole subscription or below a resource, a group or a scope."""
        if below is None:
            return self._resources("WHERE type = ? COLLATE NOCASE", kind)
        return self._resources(
            "WHERE type = ? COLLATE NOCASE AND key > ? AND key < ?", kind, f"{below}/", f"{below}0"
        )  # 0 follows the slash

    def extending(self, kind: str, key: str) -> list[StoredResource]:
        """Return the resources of an extension type that extend a resource, or what it lies in, up to the tenant."""
        parts = key.split("/")
        scopes = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        return [one for scope in scopes for one in self.of_type(kind, f"{scope}/providers/{kind}".lower())]

    def of_name(self, kind: str, name: str) -> list[StoredResource]:
        """Return the resources of a type that bear a name, in whatever case."""
        return self._resources(f"WHERE type = ? COLLATE NOCASE AND {_NAME} = ?", kind, name.lower())

    def marked(self, mark: Mark, value: str, kind: str | None = None) -> list[StoredResource]:
        """Return the resources that are looked up by a value, of one type or of all."""
        of_type = "" if kind is None else " AND type = ?"
        return self._resources(
            f"WHERE key IN (SELECT resource FROM marks WHERE mark = ? AND value = ?{of_type})",  # noqa: S608 - constants
            mark.value,
            value,
            *(() if kind is None else (kind,)),
        )

    def count_marked(self, mark: Mark, value: str, kind: str) -> int:
        """Return how many resources of a type are looked up by a value."""
        return self._count("marks WHERE mark = ? AND value = ? AND type = ?", mark.value, value, kind)

    def keys_in_state(self, kind: str, state: str) -> list[str]:
        """Return the keys of the resources of a type that are in a provisioning state."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT resource FROM marks WHERE mark = ? AND value = ? AND type = ? ORDER BY resource",
                (Mark.STATE.value, state, kind),
            ).fetchall()
        return [row[0] for row in rows]

    def all_resources(self) -> list[StoredResource]:
        """Return every resource."""
        return self._resources("")

    def save(self, resource: StoredResource) -> None:
        """Add a resource, or replace the one of its key."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET body = excluded.body, secrets = excluded.secrets",
                (
                    resource.key,
                    resource.id,
                    resource.type,
                    resource.parent,
                    resource.instance,
                    _json(resource.body),
                    _json(resource.secrets),
                ),
            )
            self._note_standing(resource)
            self._note_marks(resource)

    def remove(self, key: str) -> None:
        """Remove a resource and everything below it."""
        with self._lock:
            for child in self.children(key):
                self.remove(child.key)
            self._connection.execute("DELETE FROM resources WHERE key = ?", (key,))
            self._connection.execute("DELETE FROM marks WHERE resource = ?", (key,))
            if self._standing_now(key):
                self._end_standing(key)

    def _note_marks(self, resource: StoredResource) -> None:
        now = marks(resource.type, resource.instance, resource.body)
        rows = self._connection.execute("SELECT mark, value FROM marks WHERE resource = ?", (resource.key,))
        before = {(Mark(mark), value) for mark, value in rows}
        for mark, value in before - now:
            self._connection.execute(
                "DELETE FROM marks WHERE mark = ? AND value = ? AND type = ? AND resource = ?",
                (mark.value, value, resource.type, resource.key),
            )
        self._connection.executemany(
            "INSERT INTO marks VALUES (?, ?, ?, ?)",
            [(mark.value, value, resource.type, resource.key) for mark, value in sorted(now - before)],
        )

    def stood_there(self) -> list[StoodThere]:
        """Return every time in which a resource cost money for being there, the first first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT id, meter, quantity, region, tags, since, until FROM standing ORDER BY since, id"
            ).fetchall()
        return [StoodThere(row[0], row[1], Decimal(row[2]), row[3], json.loads(row[4]), *row[5:]) for row in rows]

    def _note_standing(self, resource: StoredResource) -> None:
        found = standing(resource.type, resource.body)
        if not found:
            return
        is_there = _object(resource.body.get("properties")).get("provisioningState") != "Failed"
        region, tags = str(resource.body.get("location") or ""), _json(_object(resource.body.get("tags")))
        now = sorted(
            (one.key, str(one.quantity), region, tags) for one in found if is_there and one.quantity is not None
        )
        before = self._standing_now(resource.key)
        if before == now:
            return
        if before:
            self._end_standing(resource.key)
        since = self._now()
        self._connection.executemany(
            "INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            [(resource.key, resource.id, *one, since) for one in now],
        )

    def _standing_now(self, key: str) -> list[tuple[str, str, str, str]]:
        return self._connection.execute(
            "SELECT meter, quantity, region, tags FROM standing WHERE resource = ? AND until IS NULL "
            "ORDER BY meter, quantity",
            (key,),
        ).fetchall()

    def _end_standing(self, key: str) -> None:
        self._connection.execute(
            "UPDATE standing SET until = ? WHERE resource = ? AND until IS NULL", (self._now(), key)
        )

    def setting(self, name: str) -> Any:
        """Return a value kept by ``keep_setting``, or ``None``."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_setting(self, name: str, value: Any) -> None:
        """Keep a value of JSON types under a name."""
        with self._lock:
            self._connection.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, _json(value)),
            )

    def all_settings(self) -> dict[str, Any]:
        """Return everything that ``keep_setting`` keeps, by name."""
        with self._lock:
            rows = self._connection.execute("SELECT name, value FROM settings ORDER BY name").fetchall()
        return {name: json.loads(value) for name, value in rows}

    def running_operations(self) -> list[StoredOperation]:
        """Return the operations that are in progress."""
        return self._operations("WHERE status = ? ORDER BY id", OperationStatus.IN_PROGRESS.value)

    def restore_operation(self, operation: StoredOperation) -> None:
        """File an operation of another store, or replace the one of its id."""
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO operations VALUES (?, ?, ?, ?, ?)",
                (operation.id, operation.resource, operation.kind.value, operation.status.value, operation.due),
            )

    def begin_operation(self, resource: str, kind: OperationKind, due: float) -> StoredOperation:
        """File a new operation on a resource, in progress until it is due (seconds since the epoch)."""
        operation = StoredOperation(str(uuid.uuid4()), resource, kind, OperationStatus.IN_PROGRESS, due)
        with self._lock:
            self._connection.execute(
                "INSERT INTO operations VALUES (?, ?, ?, ?, ?)",
                (operation.id, resource, kind.value, operation.status.value, due),
            )
        return operation

    def operation(self, operation_id: str) -> StoredOperation | None:
        """Return the operation of that id."""
        rows = self._operations("WHERE id = ?", operation_id)
        return rows[0] if rows else None

    def running_deletion(self, resource: str) -> StoredOperation | None:
        """Return the operation in progress that will remove a resource."""
        rows = self._operations(
            "WHERE resource = ? AND kind IN (?, ?) AND status = ?",
            resource,
            OperationKind.DELETE.value,
            OperationKind.PURGE.value,
            OperationStatus.IN_PROGRESS.value,
        )
        return rows[0] if rows else None

    def due_operations(self, now: float) -> list[StoredOperation]:
        """Return the operations that are in progress and due, the oldest first."""
        return self._operations("WHERE status = ? AND due <= ? ORDER BY due", OperationStatus.IN_PROGRESS.value, now)

    def failed_operations(self) -> list[StoredOperation]:
        """Return the operations that ended badly, the oldest first."""
        return self._operations("WHERE status = ? ORDER BY due", OperationStatus.FAILED.value)

    def finish_operation(self, operation_id: str, status: OperationStatus = OperationStatus.SUCCEEDED) -> None:
        """Mark an operation as ended."""
        with self._lock:
            self._connection.execute("UPDATE operations SET status = ? WHERE id = ?", (status.value, operation_id))

    def _count(self, where: str, *values: str) -> int:
        with self._lock:
            (found,) = self._connection.execute(f"SELECT COUNT(*) FROM {where}", values).fetchone()  # noqa: S608
        return int(found)

    def _resources(self, where: str, *values: str) -> list[StoredResource]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT key, id, type, parent, instance, body, secrets FROM resources {where} ORDER BY key",  # noqa: S608
                values,
            ).fetchall()
        return [
            StoredResource(key, name, kind, parent, instance, _read_body(body), _object(json.loads(keys)))
            for key, name, kind, parent, instance, body, keys in rows
        ]

    def _operations(self, where: str, *values: object) -> list[StoredOperation]:
        with self._lock:
            rows = self._connection.execute(
                f"SELECT id, resource, kind, status, due FROM operations {where}",  # noqa: S608
                values,
            ).fetchall()
        return [StoredOperation(row[0], row[1], OperationKind(row[2]), OperationStatus(row[3]), row[4]) for row in rows]
