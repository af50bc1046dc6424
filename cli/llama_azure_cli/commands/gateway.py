"""``llama-azure gateway``: the configuration of a LiteLLM proxy in front of stacks, and who used it for what."""

import datetime as dt
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import httpx
from rich.table import Table

from llama_azure_access import ArmClient, NotFoundError
from llama_azure_cli.errors import CommandError
from llama_azure_cli.options import complete_stack, console, json_option, print_json
from llama_azure_cli.stack import Stack, stack_of
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.gateway_use import Compared, Measured, Use, compare, uses
from llama_azure_core.plan import Endpoint
from llama_azure_core.plan.litellm import GatewayConfiguration, StackEndpoints, gateway_configuration, token_prices

_METRICS_API = "2023-10-01"
_A_PAGE = 1000
_A_MINUTE = dt.timedelta(minutes=1)

stacks_option = click.option(
    "--stack",
    "stacks",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_stack,
    help="A stack; several where the first is preferred and the others stand by. Default: the one that is selected.",
)


@click.group("gateway")
def gateway_command() -> None:
    """Configure a LiteLLM proxy in front of everything that stacks serve."""


@gateway_command.command("config")
@stacks_option
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="The file. Default: printed.")
@json_option
def config_command(stacks: tuple[str, ...], output: Path | None, as_json: bool) -> None:
    """Write LiteLLM's config.yaml, made of the stacks' outputs. It holds no secret.

    Options of it stand in the first stack's file, under llama-azure:litellm.
    """
    made = _configuration([stack_of(name) for name in stacks] or [stack_of(None)])
    if as_json:
        named = {name: {"stack": stack, "endpoint": endpoint} for name, (stack, endpoint) in made.keys.items()}
        print_json({"config": made.document, "keys": named, "leftOut": made.left_out})
        return
    if output is None:
        click.echo(made.text(), nl=False)
        return
    try:
        output.write_text(made.text(), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{output} cannot be written: {error.strerror}") from None
    click.echo(f"{output}: {len(made.document['model_list'])} endpoints", err=True)
    for name, why in made.left_out.items():
        click.echo(f"left out: {name}: {why}", err=True)


@gateway_command.command("keys")
@stacks_option
@click.option("--show", is_flag=True, help="Print the keys on a terminal, too.")
@json_option
def keys_command(stacks: tuple[str, ...], show: bool, as_json: bool) -> None:
    """Print the variables that the configuration names, with the endpoints' keys, for a shell.

    As in: eval "$(llama-azure gateway keys --stack dev)". On a terminal the keys are not shown unless --show is given.
    """
    chosen = [stack_of(name) for name in stacks] or [stack_of(None)]
    made = _configuration(chosen)
    if sys.stdout.isatty() and not show:
        for name, (stack, endpoint) in made.keys.items():
            click.echo(f"{name}: the key of {endpoint}, stack {stack}")
        return
    known = {stack.name: stack.outputs(secrets=True).get("endpointKeys") or {} for stack in chosen}
    missing = [endpoint for stack, endpoint in made.keys.values() if endpoint not in known[stack]]
    if missing:
        raise CommandError(f"the outputs have no key of {', '.join(missing)}: run `pulumi up`, then try again")
    values = {name: str(known[stack][endpoint]) for name, (stack, endpoint) in made.keys.items()}
    if as_json:
        print_json(values)
        return
    for name, value in values.items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _configuration(stacks: list[Stack]) -> GatewayConfiguration:
    served = [StackEndpoints(stack.name, _endpoints(stack), token_prices(stack.estate)) for stack in stacks]
    return gateway_configuration(served, stacks[0].file.settings().litellm)


def _endpoints(stack: Stack) -> dict[str, dict[str, object]]:
    endpoints = stack.outputs().get("endpoints")
    if not isinstance(endpoints, dict) or not endpoints:
        raise CommandError(f"the stack {stack.name} has no endpoints in its outputs: deploy it with `pulumi up` first")
    return endpoints


@gateway_command.command("usage")
@stacks_option
@click.option("--url", required=True, envvar="LITELLM_PROXY_URL", help="The proxy's address, without /v1.")
@click.option("--hours", type=click.IntRange(1, 24 * 31), default=24, show_default=True, help="Of how many hours.")
@json_option
def usage_command(stacks: tuple[str, ...], url: str, hours: int, as_json: bool) -> None:
    """Show who used what of a proxy, by its own tables, beside what Azure measured at the endpoints.

    The proxy's administrator key is read from LITELLM_MASTER_KEY. Azure's metrics lag by some minutes.
    """
    chosen = [stack_of(name) for name in stacks] or [stack_of(None)]
    until = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0) + _A_MINUTE
    since = until - dt.timedelta(hours=hours)
    used = uses(_rows(url.rstrip("/"), since, until))
    metered = {
        f"{stack.name}/{name}" if len(chosen) > 1 else name: told
        for stack in chosen
        for name, told in _measured(stack, since, until).items()
    }
    compared = compare(used, metered)
    if as_json:
        print_json({"uses": [_use(one) for one in used], "endpoints": [_both(one) for one in compared]})
        return
    _print_uses(used)
    _print_compared(compared)


def _rows(url: str, since: dt.datetime, until: dt.datetime) -> list[dict[str, Any]]:
    """Return the rows of the proxy's table of spend."""
    key = os.environ.get("LITELLM_MASTER_KEY")
    if not key:
        raise CommandError("LITELLM_MASTER_KEY is not set: give the administrator key of the proxy")
    span = {"start_date": f"{since:%Y-%m-%d %H:%M:%S}", "end_date": f"{until:%Y-%m-%d %H:%M:%S}"}
    rows: list[dict[str, Any]] = []
    with httpx.Client(headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        for page in range(1, 10_000):
            try:
                answer = client.get(f"{url}/spend/logs/v2", params={**span, "page": page, "page_size": _A_PAGE})
            except httpx.HTTPError as error:
                raise CommandError(f"{url} does not answer: {error}") from None
            if not answer.is_success:
                raise CommandError(
                    f"{url} refuses to show its table of spend: {answer.status_code} {answer.text[:300]}"
                )
            found = answer.json()
            rows += found["data"]
            if page >= int(found.get("total_pages") or 1):
                break
    return rows


def _measured(stack: Stack, since: dt.datetime, until: dt.datetime) -> dict[str, Measured]:
    """Return by endpoint what Azure Monitor has of it; one that is not deployed is not in it."""
    arm = ArmClient(stack.account, "llama-azure")
    found = {}
    for endpoint in stack.estate.endpoints:
        try:
            found[endpoint.exported] = _metrics(arm, endpoint, since, until)
        except NotFoundError:
            continue
    return found


def _metrics(arm: ArmClient, endpoint: Endpoint, since: dt.datetime, until: dt.datetime) -> Measured:
    is_foundry = endpoint.back_end is BackEnd.FOUNDRY
    requests = "ModelRequests" if is_foundry else "RequestsPerMinute"
    scope = endpoint.id.split("/deployments/", 1)[0] if is_foundry else endpoint.id
    query = {
        "metricnames": f"{requests},InputTokens,OutputTokens",
        "timespan": f"{since:%Y-%m-%dT%H:%M:%SZ}/{until:%Y-%m-%dT%H:%M:%SZ}",
        "interval": "PT1H" if until - since > dt.timedelta(hours=24) else "PT1M",
        "aggregation": "Total",
        **({"$filter": f"ModelDeploymentName eq '{endpoint.name}'"} if is_foundry else {}),
    }
    path = f"{scope}/providers/Microsoft.Insights/metrics"
    answer = arm.call("GET", path, _METRICS_API, None, **query)
    totals = {str(one["name"]["value"]): _total(one) for one in answer["value"]}
    return Measured(totals.get(requests), totals.get("InputTokens", 0), totals.get("OutputTokens", 0))


def _total(metric: Mapping[str, Any]) -> int:
    points = (point for series in metric["timeseries"] for point in series["data"])
    return int(sum(point.get("total") or 0 for point in points))


def _use(one: Use) -> dict[str, Any]:
    return {
        "team": one.team or None,
        "model": one.model,
        "endpoint": one.endpoint or None,
        "requests": one.requests,
        "failed": one.failed,
        "promptTokens": one.prompt_tokens,
        "completionTokens": one.completion_tokens,
        "spend": float(one.spend),
    }


def _both(one: Compared) -> dict[str, Any]:
    return {
        "endpoint": one.endpoint,
        "gateway": _book(one.told),
        "azure": None if one.measured is None else _book(one.measured),
        "difference": one.difference or None,
    }


def _book(one: Measured) -> dict[str, Any]:
    return {
        "requests": one.requests,
        "promptTokens": one.prompt_tokens,
        "completionTokens": one.completion_tokens,
    }


def _print_uses(used: tuple[Use, ...]) -> None:
    table = Table(title="By the proxy's tables", title_justify="left")
    for heading in ("Team", "Model", "Endpoint"):
        table.add_column(heading)
    for heading in ("Requests", "Failed", "Prompt tokens", "Tokens of answers", "US dollars"):
        table.add_column(heading, justify="right")
    for one in used:
        numbers = (one.requests, one.failed, one.prompt_tokens, one.completion_tokens)
        table.add_row(one.team, one.model, one.endpoint, *(f"{value:,}" for value in numbers), f"{one.spend:.4f}")
    console().print(table)


def _print_compared(compared: tuple[Compared, ...]) -> None:
    table = Table(title="Beside Azure's metrics", title_justify="left")
    table.add_column("Endpoint")
    for heading in ("Tokens, proxy", "Tokens, Azure"):
        table.add_column(heading, justify="right")
    table.add_column("Difference")
    for one in compared:
        told = one.told.prompt_tokens + one.told.completion_tokens
        azure = None if one.measured is None else one.measured.prompt_tokens + one.measured.completion_tokens
        table.add_row(
            one.endpoint, f"{told:,}", "not known" if azure is None else f"{azure:,}", one.difference or "none"
        )
    console().print(table)
