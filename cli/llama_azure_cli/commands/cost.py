"""``llama-azure cost``: what a stack would cost, and what it consumed."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click
import yaml
from rich.console import Console
from rich.table import Table

from llama_azure_access import AccessError, ArmClient, ArmError, NotFoundError
from llama_azure_cli.errors import CommandError
from llama_azure_cli.options import console, json_option, print_json, stack_option
from llama_azure_cli.stack import NO_SUBSCRIPTION, Stack, stack_of
from llama_azure_core.consumption import (
    CONSUMPTION_API_VERSION,
    EXPANDED,
    USAGE_DETAILS,
    BudgetState,
    Group,
    Used,
    by_meter,
    by_offer,
    by_project,
    by_resource,
    by_tag,
    group_document,
    grouped,
    read_budget,
    read_usage,
    scopes,
    total,
)
from llama_azure_core.plan import Plan
from llama_azure_core.plan.cost import EndpointCost, Estimate, estimate, per
from llama_azure_core.plan.cost_report import as_document, budget_words
from llama_azure_core.prices import UNKNOWN, Price, PriceList, money, plain, price_list
from llama_azure_core.resource_types import BUDGET

_MOST_PAGES = 1000
_WAYS = ("project", "offer", "meter", "resource")
_NOT_SIGNED_IN = "not asked: nothing says which Azure subscription; set ARM_SUBSCRIPTION_ID"


@dataclass(frozen=True, slots=True)
class _Consumed:
    """What Azure told."""

    used: tuple[Used, ...]
    budgets: tuple[BudgetState, ...]
    missing: tuple[str, ...]
    """Of which resource groups it told nothing, and why."""


@click.command("cost")
@stack_option
@click.option("--estimate/--no-estimate", "estimates", default=True, help="What a month would cost.  [default: yes]")
@click.option(
    "--consumption/--no-consumption", "consumption", default=None,
    help="What was consumed, as Azure booked it.  [default: where you are signed in]",
)  # fmt: skip
@click.option(
    "--from", "since", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
    help="The first day of the consumption. Default: the first of the month.",
)  # fmt: skip
@click.option(
    "--to", "until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]),
    help="The last day of the consumption. Default: as far as it is known.",
)  # fmt: skip
@click.option(
    "--by", "ways", multiple=True, metavar="WAY",
    help=f"Put the consumption together by {', '.join(_WAYS)} or tag=KEY; can be repeated. Default: project and offer.",
)  # fmt: skip
@click.option(
    "--prices", "price_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
    help="A price list, as `refresh-prices --file` writes it. Default: the one that is installed.",
)  # fmt: skip
@json_option
def cost_command(
    stack: str | None,
    estimates: bool,
    consumption: bool | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    ways: tuple[str, ...],
    price_file: Path | None,
    as_json: bool,
) -> None:
    """Tell what a stack would cost by its file, and what it consumed since the first of the month.

    The estimate is of list prices and needs no Azure. The consumption is what Azure has booked in the stack's resource
    groups, hours late, by project, offer and tag, the Marketplace apart, and the budgets of those groups. What is not
    known is called unknown and is in no sum.
    """
    naming = {way: _way(way) for way in ways or ("project", "offer")}
    one = stack_of(stack)
    plan, prices = one.estate, _prices(price_file)
    found = estimate(plan, prices)
    first = plan.on.replace(day=1) if since is None else since.date()
    last = None if until is None else until.date()
    consumed, why_not = (None, "not asked") if consumption is False else _consumed(one, plan, first, last)
    if consumed is None and consumption:
        raise CommandError(f"the consumption of {one.name} is {why_not}")
    if as_json:
        print_json(_document(found if estimates else None, consumed, why_not, plan, naming, first, last))
        return
    out = console()
    if estimates:
        _print_estimate(out, found)
    if consumption is not False:
        _print_consumption(out, consumed, why_not, plan, naming, found, first, last)


def _way(text: str) -> Callable[[Plan], Callable[[Used], str]]:
    kind, _, key = text.partition("=")
    known: Mapping[str, Callable[[Used], str]] = {"offer": by_offer, "meter": by_meter, "resource": by_resource}
    if kind == "tag" and key:
        return lambda _plan: by_tag(key)
    if text == "project":
        return by_project
    if text not in known:
        raise click.BadParameter(f"{text} is none of {', '.join(_WAYS)} and tag=KEY", param_hint="--by")
    return lambda _plan: known[text]


def _prices(file: Path | None) -> PriceList:
    if file is None:
        return price_list()
    try:
        return PriceList.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
        raise CommandError(f"{file} is not a price list: {' '.join(str(error).split())[:300]}") from None


def _consumed(stack: Stack, plan: Plan, first: dt.date, last: dt.date | None) -> tuple[_Consumed | None, str]:
    """Return what Azure tells, or why it was not asked, or does not tell."""
    if plan.subscription == NO_SUBSCRIPTION:
        return None, _NOT_SIGNED_IN
    try:
        stack.account.token()
    except AccessError as error:
        return None, f"not asked: {str(error).splitlines()[0]}"
    client = ArmClient(stack.account, "llama-azure")
    used: list[Used] = []
    budgets: list[BudgetState] = []
    missing: list[str] = []
    groups = scopes(plan)
    for scope in groups:
        group = scope.rpartition("/")[2]
        try:
            told = read_usage(_rows(client, scope, first, last))
            path = f"{scope}/providers/{BUDGET}"
            rows = client.call("GET", path, CONSUMPTION_API_VERSION).get("value") or ()
        except NotFoundError:
            missing.append(f"none: {group} is not there, so nothing is deployed")
        except ArmError as error:
            missing.append(f"not told of {group}: {error.reason.splitlines()[0]}")
        except ValueError as error:
            missing.append(f"not told of {group}: {error}")
        else:
            used += [one for one in told if one.day >= first and (last is None or one.day <= last)]
            budgets += [read_budget(row) for row in rows]
    if len(missing) == len(groups):
        return None, "; ".join(missing)
    return _Consumed(tuple(used), tuple(budgets), tuple(missing)), ""


def _rows(client: ArmClient, scope: str, first: dt.date, last: dt.date | None) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of all pages."""
    path = f"{scope}/providers/{USAGE_DETAILS}"
    until = "" if last is None else f" and properties/usageEnd le '{last}'"
    query = {"$expand": EXPANDED, "$filter": f"properties/usageStart ge '{first}'{until}"}
    for _ in range(_MOST_PAGES):
        answer = client.call("GET", path, CONSUMPTION_API_VERSION, **query)
        yield from answer.get("value") or ()
        if not answer.get("nextLink"):
            return
        following = urlsplit(str(answer["nextLink"]))
        path, query = following.path, dict(parse_qsl(following.query))
        query.pop("api-version", None)
    raise ValueError(f"there are more than {_MOST_PAGES} pages of usage; ask for less with --from and --to")


def _print_estimate(out: Console, found: Estimate) -> None:
    out.print(f"[bold]A month of {found.stack} in {found.region}, by its file[/bold]")
    if found.lines:
        out.print(_lines(found))
    if found.endpoints:
        out.print(_endpoints(found))
    for one in found.by_use:
        price, note = per(one.price) if one.price is not None else UNKNOWN, f" ({one.note})" if one.note else ""
        out.print(f"  by use: {one.what} ({one.subject}): {price}{note}", soft_wrap=True)
    tokens = "" if found.tokens is None else f" and {money(found.tokens, found.currency)} for the expected tokens"
    most = "" if found.most == found.fixed else f", up to {money(found.most, found.currency)} by autoscale"
    known = "" if found.is_whole else ", of what is known"
    out.print(f"Stands there: {money(found.fixed, found.currency)}{most}{tokens}{known}.", soft_wrap=True)
    for told in found.unknown:
        out.print(f"  unknown: {told}", soft_wrap=True, style="yellow")
    if found.budget is not None:
        words = budget_words(found)
        out.print(f"{words[:1].upper()}{words[1:]}.", soft_wrap=True, style="red" if found.is_over else "")
    for told in found.assumptions:
        out.print(f"  {told}", soft_wrap=True, style="dim")


def _lines(found: Estimate) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("what", "of", "a month", "at most", "price"):
        table.add_column(heading, justify="right" if heading in {"a month", "at most"} else "left")
    for one in found.lines:
        most = "" if one.most == one.monthly else money(one.most, found.currency)
        price = "unknown" if one.price is None else f"{per(one.price)}, {_source(one.price)}"
        table.add_row(one.what, one.subject, money(one.monthly, found.currency), most, price)
    return table


def _endpoints(found: Estimate) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("endpoint", "model", "back end", "a million in", "a million out", "a month expected", "price"):
        table.add_column(heading, justify="right" if heading.startswith("a ") else "left")
    for one in found.endpoints:
        table.add_row(one.name, one.model, one.back_end.value, *_token_cells(one, found.currency))
    return table


def _token_cells(one: EndpointCost, currency: str) -> tuple[str, str, str, str]:
    expected = "" if one.expected is None else money(one.monthly, currency)
    if not one.by_the_token:
        each = "" if one.per_million is None else f"{money(one.per_million, currency)} at the expected load"
        return "by the hour", "by the hour", expected, each
    sides = (one.tokens.input, one.tokens.output)
    cells = [money(None if side is None else side.per_million, currency) for side in sides]
    told = next((side for side in sides if side is not None), None)
    return cells[0], cells[1], expected, "" if told is None else _source(told)


def _source(price: Price) -> str:
    since = f"since {price.effective}, " if price.effective else ""
    sold = "Marketplace, " if price.marketplace else ""
    return f"{sold}{since}seen {price.seen} ({price.confidence})"


def _print_consumption(
    out: Console,
    consumed: _Consumed | None,
    why_not: str,
    plan: Plan,
    naming: Mapping[str, Callable[[Plan], Callable[[Used], str]]],
    found: Estimate,
    first: dt.date,
    last: dt.date | None,
) -> None:
    until = f" to {last}" if last else " on"
    out.print(f"\n[bold]Consumed from {first}{until}[/bold]")
    if consumed is None:
        out.print(f"  {why_not}", soft_wrap=True)
        return
    for way, name in naming.items():
        out.print(_groups(way, grouped(consumed.used, name(plan))))
    for why in consumed.missing:
        out.print(f"  {why}", soft_wrap=True, style="yellow")
    everything = total(consumed.used)
    out.print(f"In all: {_amounts(everything)}; of that Marketplace {_told(everything.marketplace)}.", soft_wrap=True)
    if everything.unknown:
        out.print(f"  unknown: the cost of {', '.join(everything.unknown)}", soft_wrap=True, style="yellow")
    for one in consumed.budgets:
        out.print(_budget(one, found), soft_wrap=True, style="red" if (one.percent or 0) >= 100 else "")
    if not consumed.budgets:
        out.print("No budget watches these resource groups.", soft_wrap=True)


def _groups(way: str, groups: tuple[Group, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in (way, "cost", "of that Marketplace", "quantities"):
        table.add_column(heading, justify="right" if "cost" in heading or "Market" in heading else "left")
    for one in groups:
        much = "; ".join(f"{plain(count)} x {unit or '1'} {meter}" for (meter, unit), count in one.quantities.items())
        table.add_row(one.name, _amounts(one), _told(one.marketplace), much)
    if not groups:
        table.add_row("nothing", "", "", "")
    return table


def _amounts(group: Group) -> str:
    if group.unknown:
        return "unknown" if not group.amounts else f"{_told(group.amounts)} and unknown"
    return _told(group.amounts)


def _told(amounts: Mapping[str, Decimal]) -> str:
    return " + ".join(money(amount, currency or "?") for currency, amount in amounts.items()) or "none"


def _budget(one: BudgetState, found: Estimate) -> str:
    spent = "what is spent is not told" if one.spent is None else f"{money(one.spent, one.currency)} spent"
    share = "" if one.percent is None else f", {plain(one.percent)} %"
    ahead = "" if one.forecast is None else f", forecast {money(one.forecast, one.currency)}"
    estimated = money(found.total, found.currency)
    return (
        f"Budget {one.name}: {plain(one.amount)} {one.grain.lower()}, {spent}{share}{ahead}; a month is estimated at "
        f"{estimated}{'' if found.is_whole else ' and what is unknown'}"
    )


def _document(
    found: Estimate | None,
    consumed: _Consumed | None,
    why_not: str,
    plan: Plan,
    naming: Mapping[str, Callable[[Plan], Callable[[Used], str]]],
    first: dt.date,
    last: dt.date | None,
) -> dict[str, Any]:
    told: dict[str, Any] = {"from": first, "to": last}
    if consumed is None:
        told["notKnown"] = why_not
    else:
        told |= {
            "missing": list(consumed.missing),
            "total": group_document(total(consumed.used)),
            "by": {
                way: [group_document(one) for one in grouped(consumed.used, name(plan))] for way, name in naming.items()
            },
            "budgets": [
                {
                    "name": one.name,
                    "amount": str(one.amount),
                    "timeGrain": one.grain,
                    "spent": None if one.spent is None else str(one.spent),
                    "forecast": None if one.forecast is None else str(one.forecast),
                    "currency": one.currency,
                }
                for one in consumed.budgets
            ],
        }
    return {"stack": plan.stack, "estimate": None if found is None else as_document(found), "consumption": told}
