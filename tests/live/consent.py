"""What a run may cost, and whether whoever runs it said yes to that, and by name to each thing that it would buy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.live.scenarios import Cost, Plan

Ask = Callable[[str], str]
"""Puts a question to a person and returns the answer."""


class RefusedError(Exception):
    """Nobody said yes, so nothing is sent; the message says to what, and how to."""


@dataclass(frozen=True)
class Agreement:
    """What somebody said yes to."""

    bought: frozenset[str]
    ceiling: float
    """In US dollars."""


@dataclass(frozen=True)
class Choices:
    """What was said on the command line."""

    minutes: float
    ceiling: float | None = None
    is_agreed: bool = False
    buy: tuple[str, ...] = ()
    prices: Mapping[str, float] | None = None
    """US dollars for a unit, by the name of a cost."""


def agree(plan: Plan, choices: Choices, tell: Callable[[str], None], ask: Ask | None) -> Agreement:
    """Tell what a run may cost, and ask for a yes.

    Args:
        ask: ``None`` where nobody can be asked. Then only what the command line agrees to is agreed to.

    Raises:
        RefusedError: somebody said no, nobody said yes, or it may cost more than the ceiling.
    """
    prices = dict(choices.prices or {})
    known = {one.name: one for one in (*plan.costs, *plan.purchases)}
    purchases = {one.name: one for one in plan.purchases}
    _require_known(choices.buy, purchases, "--buy")
    _require_known(prices, known, "--price")
    if ask is None and (not choices.is_agreed or choices.ceiling is None):
        raise RefusedError("nobody can be asked here, so give --ceiling USD and --yes; nothing was sent")
    bought = [name for name in purchases if name in choices.buy]
    for name, purchase in purchases.items():
        if ask is not None and name not in choices.buy and _says_name(purchase, choices.minutes, ask):
            bought.append(name)
    for name in bought:
        if name not in prices:
            prices[name] = _price(purchases[name], ask)
    ceiling = (
        choices.ceiling if choices.ceiling is not None else _number("The most that it may cost, in US dollars", ask)
    )
    chosen = [*plan.costs, *(purchases[name] for name in bought)]
    for line in estimate(chosen, choices.minutes, prices):
        tell(line)
    tell(f"  ceiling: {ceiling:.2f} US dollars, {choices.minutes:g} minutes")
    told = sum(one.most(choices.minutes) * prices[one.name] for one in chosen if one.name in prices)
    if told > ceiling:
        raise RefusedError(
            f"it may cost {told:.2f} US dollars, more than the ceiling of {ceiling:.2f}; nothing was sent. "
            "Raise --ceiling, lower --minutes, or buy less"
        )
    if not choices.is_agreed and (ask is None or ask("Go on? [yes/no]").strip().lower() != "yes"):
        raise RefusedError("nobody said yes; nothing was sent")
    return Agreement(frozenset(bought), ceiling)


def estimate(costs: Sequence[Cost], minutes: float, prices: Mapping[str, float]) -> list[str]:
    """Return what each thing may cost, a line each; a price that nobody said is unknown, never 0."""
    lines = ["It makes, and removes in the end:"]
    for one in costs:
        most = one.most(minutes)
        price = prices.get(one.name)
        money = "price unknown" if price is None else f"at most {most * price:.4f} US dollars at {price:g} each"
        lines.append(f"  {one.name}: {one.what}; at most {most:.4g} of: {one.unit}; {money}")
    unknown = [one.name for one in costs if one.name not in prices]
    if unknown:
        lines.append(f"  not counted against the ceiling, for want of a price: {', '.join(unknown)}")
    return lines


def _require_known(given: Sequence[str] | Mapping[str, float], known: Mapping[str, Cost], option: str) -> None:
    for name in given:
        if name not in known:
            raise RefusedError(f"{option} {name}: there is no such thing; there is {', '.join(known)}")


def _says_name(purchase: Cost, minutes: float, ask: Ask) -> bool:
    question = (
        f"Buy {purchase.what}, at most {purchase.most(minutes):.4g} of: {purchase.unit}? Write {purchase.name} for yes"
    )
    return ask(question).strip() == purchase.name


def _price(purchase: Cost, ask: Ask | None) -> float:
    if ask is None:
        raise RefusedError(
            f"the price of {purchase.name} is not known, so no ceiling can be held: look it up and give "
            f"--price {purchase.name}=USD, for: {purchase.unit}; nothing was sent"
        )
    return _number(f"The price of {purchase.name} in US dollars, for: {purchase.unit}", ask)


def _number(question: str, ask: Ask | None) -> float:
    said = ask(question) if ask is not None else ""
    try:
        number = float(said)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise RefusedError(f"{said!r} is not an amount of US dollars; nothing was sent")
    return number
