"""An estimate of costs in words, and as a JSON document. Pure."""

from collections.abc import Iterator
from typing import Any

from llama_azure_core.plan.cost import EndpointCost, Estimate, Line, per
from llama_azure_core.prices import (
    UNKNOWN,
    Price,
    money,
    plain,
)


def estimate_lines(found: Estimate) -> Iterator[str]:
    """Yield an estimate for people, a line for each thing that it says."""
    for line in found.lines:
        yield f"{line.what} ({line.subject}): {money(line.monthly, found.currency)} a month"
    for one in found.endpoints:
        yield f"{one.name}: {_said(one, found.currency)}"
    for line in found.by_use:
        yield f"{line.what} ({line.subject}): {UNKNOWN if line.price is None else per(line.price)}, by use"
    tokens = "" if found.tokens is None else f", {money(found.tokens, found.currency)} for the expected tokens"
    known = "" if found.is_whole else ", of what is known"
    yield f"in all {money(found.fixed, found.currency)} a month for what stands there{tokens}{known}"
    yield from (f"unknown: {told}" for told in found.unknown)
    if found.budget is not None:
        yield budget_words(found)
    yield from found.assumptions


def budget_words(found: Estimate) -> str:
    """Return how an estimate stands to the stack's budget; empty where it has none.

    The budget is in the billing account's currency, which may be another one.
    """
    if found.budget is None:
        return ""
    known = "" if found.is_whole else ", and what is unknown comes to it"
    share = plain(found.total / found.budget * 100)
    return (
        f"the budget is {found.budget:,.0f} a month in the billing account's currency; this is {share} % of it{known}"
    )


def _said(one: EndpointCost, currency: str) -> str:
    """Return what an endpoint costs, in words."""
    if not one.by_the_token:
        each = "" if one.per_million is None else f", {money(one.per_million, currency)} for a million expected tokens"
        return f"by the hour, {money(one.fixed, currency)} a month{each}"
    sides = (one.tokens.input, one.tokens.output)
    sent, got = (money(None if side is None else side.per_million, currency) for side in sides)
    expected = "" if one.expected is None else f", {money(one.monthly, currency)} a month as expected"
    sold = ", of the Marketplace" if one.tokens.marketplace else ""
    return f"{sent} for a million tokens sent, {got} got{sold}{expected}"


def as_document(found: Estimate) -> dict[str, Any]:
    """Return an estimate as values of JSON types; amounts are texts, so that none is rounded by a reader.

    An amount that is not known is ``null``, never 0.
    """
    return {
        "stack": found.stack,
        "region": found.region,
        "currency": found.currency,
        "pricesAsOf": found.prices_as_of,
        "monthly": {
            "fixed": str(found.fixed),
            "most": str(found.most),
            "tokens": None if found.tokens is None else str(found.tokens),
            "total": str(found.total),
            "budget": None if found.budget is None else str(found.budget),
        },
        "unknown": list(found.unknown),
        "lines": [_line_document(one) for one in found.lines],
        "byUse": [_line_document(one) for one in found.by_use],
        "endpoints": [_endpoint_document(one) for one in found.endpoints],
        "assumptions": list(found.assumptions),
    }


def _line_document(one: Line) -> dict[str, Any]:
    return {
        "what": one.what,
        "resource": one.subject,
        "id": one.id,
        "path": one.path,
        "meter": one.key,
        "quantity": None if one.quantity is None else str(one.quantity),
        "monthly": None if one.monthly is None else str(one.monthly),
        "most": None if one.most is None else str(one.most),
        "price": _price_document(one.price),
        "note": one.note,
    }


def _endpoint_document(one: EndpointCost) -> dict[str, Any]:
    expected = None if one.expected is None else dict(zip(("input", "output"), one.expected, strict=True))
    return {
        "name": one.name,
        "id": one.id,
        "project": one.project,
        "model": one.model,
        "backend": one.back_end.value,
        "perMillionTokens": None
        if not one.by_the_token
        else {
            "input": None if one.tokens.input is None else str(one.tokens.input.per_million),
            "output": None if one.tokens.output is None else str(one.tokens.output.per_million),
        },
        "marketplace": one.tokens.marketplace,
        "prices": {"input": _price_document(one.tokens.input), "output": _price_document(one.tokens.output)},
        "fixedMonthly": None if one.fixed is None else str(one.fixed),
        "expectedTokensPerDay": expected,
        "expectedMonthly": None if one.monthly is None else str(one.monthly),
        "perMillionAtExpected": None if one.per_million is None else str(one.per_million),
        "unknown": one.unknown,
    }


def _price_document(price: Price | None) -> dict[str, Any] | None:
    """Return a price with where it is known from, as values of JSON types."""
    if price is None:
        return None
    return {
        "each": str(price.each),
        "currency": price.currency,
        "measures": price.measures.value,
        "meter": price.meter,
        "meterId": price.meter_id,
        "region": price.region,
        "effective": None if price.effective is None else price.effective.isoformat(),
        "seen": price.seen.isoformat(),
        "source": list(price.source),
        "confidence": price.confidence,
        "marketplace": price.marketplace,
    }
