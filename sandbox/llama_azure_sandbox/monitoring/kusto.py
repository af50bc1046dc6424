"""As much of the Kusto Query Language as a rule needs that counts days: tables of literals, and comparisons of them.

    datatable(subject: string, ends: datetime) [ "Llama", datetime(2026-12-31) ] | where ends <= now() + 60d | ...

Queries of anything else are kept and not answered, for the sandbox keeps no logs to ask.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

Row = Mapping[str, Any]

_TABLE = re.compile(r"\s*datatable\s*\(([^)]*)\)\s*\[(.*?)\]", re.DOTALL)
_LITERAL = re.compile(
    r"""\s*(?:"(?P<text>[^"]*)"|datetime\((?P<moment>[^)]*)\)|(?P<number>-?\d+(?:\.\d+)?))\s*(?:,|$)"""
)
_WHERE = re.compile(r"where\s+(\w+)\s*(<=|>=|==|!=|<|>)\s*(.+)", re.DOTALL)
_EXTEND = re.compile(r"extend\s+(\w+)\s*=\s*(.+)", re.DOTALL)
_NOW = re.compile(r"now\(\)\s*(?:([+-])\s*(\d+)\s*([dhm]))?")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}


class NotAnsweredError(ValueError):
    """A query that the sandbox does not answer; the message says of what."""


def rows_of(query: str, now: dt.datetime) -> list[Row]:
    """Return the rows that a query has.

    Args:
        query: of the subset above.
        now: the moment by the sandbox's clock.

    Raises:
        NotAnsweredError: it is of more than the subset.
    """
    table = _TABLE.match(query)
    if table is None:
        raise NotAnsweredError("only a datatable is asked here")
    columns = [one.partition(":")[0].strip() for one in table[1].split(",")]
    values = _literals(table[2])
    if not columns or len(values) % len(columns):
        raise NotAnsweredError("a row of the datatable is not whole")
    rows: list[Row] = [
        dict(zip(columns, values[at : at + len(columns)], strict=True)) for at in range(0, len(values), len(columns))
    ]
    for step in query[table.end() :].split("|")[1:]:
        rows = _stepped(rows, step.strip(), now)
    return rows


def _literals(text: str) -> list[Any]:
    found: list[Any] = []
    at = 0
    while text[at:].strip():
        literal = _LITERAL.match(text, at)
        if literal is None:
            raise NotAnsweredError(f"no literal: {text[at:].strip()[:40]!r}")
        found.append(_value(literal))
        at = literal.end()
    return found


def _value(literal: re.Match[str]) -> Any:
    if literal["moment"] is not None:
        return _moment(literal["moment"])
    return float(literal["number"]) if literal["number"] is not None else literal["text"]


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotAnsweredError(f"no moment: {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _stepped(rows: list[Row], step: str, now: dt.datetime) -> list[Row]:
    if (where := _WHERE.fullmatch(step)) is not None:
        name, comparison, other = where[1], _COMPARISONS[where[2]], _expression(where[3].strip(), now)
        try:
            return [row for row in rows if comparison(row[name], other)]
        except (KeyError, TypeError):
            raise NotAnsweredError(f"cannot compare {name!r}") from None
    if (extend := _EXTEND.fullmatch(step)) is not None:
        value = _expression(extend[2].strip(), now)
        return [{**row, extend[1]: value} for row in rows]
    raise NotAnsweredError(f"no such step here: {step[:40]!r}")


def _expression(text: str, now: dt.datetime) -> Any:
    if (moment := _NOW.fullmatch(text)) is not None:
        apart = dt.timedelta(**{_UNITS[moment[3]]: int(moment[2])}) if moment[1] else dt.timedelta()
        return now - apart if moment[1] == "-" else now + apart
    (value,) = _literals(text)
    return value
