"""``llama-azure endpoints``: what a stack serves, where, how much, until when, and how it is now."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from llama_azure_access import AccessError
from llama_azure_cli.deployed import DeployedEndpoint, complete_endpoint, deployed_endpoints
from llama_azure_cli.errors import CommandError, nearest
from llama_azure_cli.live import live_states
from llama_azure_cli.options import console, json_option, print_json, stack_option
from llama_azure_cli.stack import NO_SUBSCRIPTION, Stack, stack_of
from llama_azure_core.plan import Endpoint, Plan
from llama_azure_core.plan.calling import endpoint_ends
from llama_azure_core.plan.cost import EndpointCost, Estimate, estimate
from llama_azure_core.plan.cost_report import as_document
from llama_azure_core.prices import money, plain, price_list
from llama_azure_core.settings import SettingsError

_AUTH = {"key": "a key", "token": "Microsoft Entra ID", "keyOrToken": "a key or Microsoft Entra ID"}
_UNITS = {
    "tokensPerMinute": "tokens a minute",
    "requestsPerMinute": "requests a minute",
    "requestsPerSecond": "requests a second",
}

_PRICES = ("perMillionTokens", "fixedMonthly", "marketplace", "unknown")


@dataclass(frozen=True, slots=True)
class _Row:
    """An endpoint as the stack's file and its outputs have it; one of the two may be missing."""

    name: str
    planned: Endpoint | None
    deployed: DeployedEndpoint | None
    state: str
    cost: EndpointCost | None
    """By list prices; ``None`` where it is not in the stack's file."""


@click.command("endpoints")
@click.argument("names", nargs=-1, metavar="[ENDPOINT]...", shell_complete=complete_endpoint)
@stack_option
@click.option("--live/--no-live", default=True, help="Ask Azure how each is now.  [default: where you are signed in]")
@json_option
def endpoints_command(names: tuple[str, ...], stack: str | None, live: bool, as_json: bool) -> None:
    """List a stack's endpoints: address, model, back end, sign-in, limits, price, end of life and state.

    Addresses are those of the stack's outputs; what stands in its file and is not deployed yet is listed too.
    """
    one = stack_of(stack)
    plan, note = _plan(one)
    deployed = deployed_endpoints(one)
    planned = {} if plan is None else {endpoint.exported: endpoint for endpoint in plan.endpoints}
    known = [*planned, *(name for name in deployed if name not in planned)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise CommandError(f"stack {one.name} has no endpoint {unknown[0]}; {nearest(unknown[0], known)}")
    wanted = [name for name in known if not names or name in names]
    states, why_not = _states(
        one, plan, [planned[name] for name in wanted if name in planned and name in deployed], live
    )
    costs = None if plan is None else estimate(plan)
    rows = [_row(name, planned.get(name), deployed.get(name), states, why_not, costs) for name in wanted]
    on = dt.date.today() if plan is None else plan.on
    if as_json:
        prices = {} if costs is None else {entry["name"]: entry for entry in as_document(costs)["endpoints"]}
        currency = None if costs is None else costs.currency
        documents = [_document(row, prices.get(row.name)) for row in rows]
        print_json({"stack": one.name, "on": on, "currency": currency, "endpoints": documents})
    else:
        _print(console(), rows, on)
        if not rows:
            click.echo(f"Stack {one.name} has no endpoints.")
        elif deployed:
            told = "`llama-azure code NAME` prints a program for one, `llama-azure chat NAME` talks to it."
            click.echo(click.style(told, dim=True), err=True)
    if note:
        click.echo(note, err=True)


def _plan(stack: Stack) -> tuple[Plan | None, str]:
    """Return what the stack's file comes to, or why it is not known."""
    try:
        return stack.estate, ""
    except (CommandError, SettingsError) as error:
        return None, f"Read from the outputs alone: {error}"


def _states(stack: Stack, plan: Plan | None, endpoints: list[Endpoint], live: bool) -> tuple[Mapping[str, str], str]:
    """Return the states that Azure tells, and why it was not asked for the others."""
    if not live:
        return {}, "not asked"
    if plan is not None and plan.subscription == NO_SUBSCRIPTION:
        return {}, "not asked: nothing says which Azure subscription; set ARM_SUBSCRIPTION_ID"
    if not endpoints:
        return {}, "not asked"
    try:
        return live_states(stack, endpoints), "not asked"
    except AccessError as error:
        return {}, f"not asked: {str(error).splitlines()[0]}"


def _row(
    name: str,
    planned: Endpoint | None,
    deployed: DeployedEndpoint | None,
    states: Mapping[str, str],
    why_not: str,
    costs: Estimate | None,
) -> _Row:
    if planned is None or costs is None:
        return _Row(name, None, deployed, "not in the stack's file", None)
    cost = next(one for one in costs.endpoints if one.name == name)
    return _Row(name, planned, deployed, states.get(name, why_not) if deployed else "not deployed yet", cost)


def _print(out: Console, rows: list[_Row], on: dt.date) -> None:
    for row in rows:
        out.print(Text(row.name, "bold"), Text(_what(row)))
        for heading, value in _lines(row, on):
            out.print(Text(f"  {heading:<9} ", "dim"), value, sep="", soft_wrap=True)


def _what(row: _Row) -> str:
    if row.deployed is not None:
        one = row.deployed
        return f"{one.model or 'no model yet'} on {one.callee.back_end.value}, project {one.project}, {one.region}"
    planned = row.planned
    if planned is None:
        return ""
    model = planned.model.name if planned.model else "no model yet"
    return f"{model} on {planned.back_end.value}"


def _lines(row: _Row, on: dt.date) -> list[tuple[str, Text]]:
    lines = []
    if (one := row.deployed) is not None:
        lines += [
            ("base URL", Text(one.callee.base_url or "none yet", "cyan")),
            *([("scoring", Text(one.routes["score"], "cyan"))] if "score" in one.routes else []),
            ("model as", Text(one.callee.deployment)),
            ("sign-in", Text(_AUTH.get(one.auth, one.auth))),
            ("limits", Text(" and ".join(_limit(*limit) for limit in one.limits.items()) or "not known")),
        ]
    lines += [("price", Text(_price(row.cost))), ("until", _until(row, on)), ("state", Text(row.state))]
    return lines


def _limit(name: str, value: int) -> str:
    return f"{value:,} {_UNITS.get(name, name)}"


def _price(cost: EndpointCost | None) -> str:
    """Return what an endpoint costs by list prices, without tax, discounts and what else the stack stands on."""
    if cost is None:
        return "not known: it is not in the stack's file"
    if not cost.by_the_token:
        fixed = None if cost.fixed is None else f"{money(cost.fixed, price_list().currency)} a month"
        return fixed or "not known: see `llama-azure cost`"
    if cost.unknown:
        return f"not known: {cost.unknown}"
    sides = {"in": cost.tokens.input, "out": cost.tokens.output}
    told = [f"{plain(one.per_million)} {one.currency} {side}" for side, one in sides.items() if one is not None]
    return f"{', '.join(told)} for a million tokens{', in the Marketplace' if cost.tokens.marketplace else ''}"


def _until(row: _Row, on: dt.date) -> Text:
    if row.deployed is not None and row.deployed.deletion_time:
        return Text(f"{row.deployed.deletion_time}, when Azure takes its shared quota back", "yellow")
    if row.planned is None:
        return Text("not known: it is not in the stack's file")
    ends = endpoint_ends(row.planned)
    if not ends:
        return Text("no date is named")
    end = ends[0]
    return Text(end.told(on), "bold red" if end.has_come(on) else "yellow" if end.is_near(on) else "")


def _document(row: _Row, cost: Mapping[str, Any] | None) -> dict[str, Any]:
    planned, deployed = row.planned, row.deployed
    ends = [] if planned is None else endpoint_ends(planned)
    document: dict[str, Any] = {
        "name": row.name,
        "isDeployed": deployed is not None,
        "isInFile": planned is not None,
        "state": row.state,
        "price": None if cost is None else {name: cost[name] for name in _PRICES},
        "ends": [{"what": f"{end.subject} {end.what}", "day": end.day} for end in ends],
    }
    if deployed is None:
        model = planned.model.name if planned is not None and planned.model else None
        return document | {"backEnd": planned.back_end.value if planned else None, "model": model}
    return document | {
        "backEnd": deployed.callee.back_end.value,
        "model": deployed.model,
        "api": deployed.callee.api,
        "project": deployed.project,
        "region": deployed.region,
        "uri": deployed.callee.uri,
        "baseUrl": deployed.callee.base_url,
        "deployment": deployed.callee.deployment,
        "auth": deployed.auth,
        "routes": dict(deployed.routes),
        "limits": dict(deployed.limits),
        "deletionTime": deployed.deletion_time,
    }
