"""Who used what of a gateway, by its own tables, and how that compares with what Azure measured. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Use:
    """What a team used of a model at an endpoint."""

    team: str
    """Its id; empty for keys of no team."""
    model: str
    endpoint: str
    """By the id that the gateway's configuration gives it; empty for what reached none."""
    requests: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    spend: Decimal
    """In US dollars, by the prices of the configuration; an endpoint without a price counts as nothing in it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What Azure measured at an endpoint."""

    requests: int | None
    """``None`` where Azure has no such count."""
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Compared:
    """An endpoint in both books."""

    endpoint: str
    told: Measured
    """By the gateway."""
    measured: Measured | None
    """By Azure; ``None`` where nothing was measured that is known."""
    difference: str
    """What differs and what may explain it, for a person to read; empty where nothing does."""


def uses(rows: Iterable[Mapping[str, Any]]) -> tuple[Use, ...]:
    """Add up the rows of LiteLLM's table of spend (``LiteLLM_SpendLogs``), the most tokens first."""
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows:
        key = (str(row.get("team_id") or ""), str(row.get("model_group") or ""), str(row.get("model_id") or ""))
        sums = found.setdefault(key, [0, 0, 0, 0, Decimal(0)])
        failed = str(row.get("status") or "success") != "success"
        sums[0] += 1
        sums[1] += failed
        sums[2] += int(row.get("prompt_tokens") or 0)
        sums[3] += int(row.get("completion_tokens") or 0)
        sums[4] += Decimal(str(row.get("spend") or 0))
    listed = [Use(*key, *sums) for key, sums in found.items()]
    return tuple(sorted(listed, key=lambda one: (-one.prompt_tokens - one.completion_tokens, one.team, one.endpoint)))


def compare(used: Iterable[Use], measured: Mapping[str, Measured]) -> tuple[Compared, ...]:
    """Compare what a gateway counted with what Azure measured, by endpoint."""
    told: dict[str, Measured] = {}
    for one in used:
        before = told.get(one.endpoint, Measured(0, 0, 0))
        told[one.endpoint] = Measured(
            (before.requests or 0) + one.requests - one.failed,
            before.prompt_tokens + one.prompt_tokens,
            before.completion_tokens + one.completion_tokens,
        )
    names = [name for name in sorted(told.keys() | measured.keys()) if name]
    return tuple(_compared(name, told.get(name, Measured(0, 0, 0)), measured.get(name)) for name in names)


def _compared(name: str, told: Measured, measured: Measured | None) -> Compared:
    if measured is None:
        return Compared(name, told, None, "Azure told nothing of it")
    both = ((told.prompt_tokens, measured.prompt_tokens, "prompt tokens"),
            (told.completion_tokens, measured.completion_tokens, "tokens of answers"),
            (told.requests, measured.requests, "requests"))  # fmt: skip
    parts = [
        f"{theirs - ours:+,} {what}"
        for ours, theirs, what in both
        if ours is not None and theirs is not None and ours != theirs
    ]
    if not parts:
        return Compared(name, told, measured, "")
    more = measured.prompt_tokens + measured.completion_tokens > told.prompt_tokens + told.completion_tokens
    why = (
        "callers who go past the gateway, answers that were cut after Azure had begun them, or use that the gateway "
        "has not written yet"
        if more
        else "Azure's metrics lag by minutes, or the gateway counted tokens itself where an answer told none"
    )
    return Compared(name, told, measured, f"Azure has {', '.join(parts)}: {why}")
