"""The fault rules of one sandbox, in a SQLite file of their own: they outlive a restart, and no snapshot holds them."""

import threading
import time
from dataclasses import replace
from pathlib import Path

from llama_azure_sandbox.faults.rules import FaultRule, KeptRule, Target, decide
from llama_azure_sandbox.home import open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rules (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL,            -- JSON
    fitted INTEGER NOT NULL,
    struck INTEGER NOT NULL
) STRICT;
"""


class FaultKeeper:
    """Keeps rules and counts what they strike. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = open_database(path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(_SCHEMA)
        rows = self._connection.execute("SELECT number, rule, fitted, struck FROM rules ORDER BY number")
        self._rules = {
            number: KeptRule(number, FaultRule.model_validate_json(rule), fitted, struck)
            for number, rule, fitted, struck in rows
        }

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def all(self) -> list[KeptRule]:
        """Return the rules in the order in which they were added."""
        with self._lock:
            return list(self._rules.values())

    def add(self, rule: FaultRule) -> KeptRule:
        """Add a rule behind those that are there."""
        with self._lock:
            content = rule.model_dump_json(by_alias=True)
            cursor = self._connection.execute("INSERT INTO rules (rule, fitted, struck) VALUES (?, 0, 0)", (content,))
            kept = KeptRule(int(cursor.lastrowid or 0), rule)
            self._rules[kept.number] = kept
            return kept

    def clear(self, number: int | None = None) -> int:
        """Remove one rule, or all of them. Returns how many there were."""
        with self._lock:
            gone = [one for one in self._rules if number in (None, one)]
            for one in gone:
                del self._rules[one]
                self._connection.execute("DELETE FROM rules WHERE number = ?", (one,))
            return len(gone)

    def strike(self, target: Target) -> KeptRule | None:
        """Return the rule that strikes a request, and count it."""
        if not self._rules:
            return None
        with self._lock:
            decision = decide(list(self._rules.values()), target, time.time())
            for kept in decision.counted:
                struck = kept.struck + (kept is decision.striking)
                self._rules[kept.number] = replace(kept, fitted=kept.fitted + 1, struck=struck)
                self._connection.execute(
                    "UPDATE rules SET fitted = ?, struck = ? WHERE number = ?", (kept.fitted + 1, struck, kept.number)
                )
            return decision.striking
