"""``llama-azure models``: what can be deployed where, on which back end, and until when."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from llama_azure_cli.errors import CommandError, nearest
from llama_azure_cli.options import complete_stack, console, json_option, print_json
from llama_azure_core.catalogue import Api, BackEnd, Model, UnknownModelError, all_models, find_model, lifecycle_refusal
from llama_azure_core.deployable import Deployable, deployable
from llama_azure_core.regions import normalise_region, region_names

_BACK_ENDS = {
    BackEnd.FOUNDRY: "Foundry: deployments of a Foundry resource",
    BackEnd.SERVERLESS: "Serverless: APIs of a project in a hub",
    BackEnd.MANAGED: "Managed: on virtual machines of yours, wherever you have quota for them",
}
MANY = 4
"""How many regions or VM sizes a cell of the table lists."""


class _Day(click.ParamType[dt.date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2026-12-31", param, ctx)


def complete_model(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a model's name, whatever its case."""
    names = (model.name for model in all_models())
    return [CompletionItem(name) for name in names if name.casefold().startswith(incomplete.casefold())]


def _complete_region(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in region_names() if name.startswith(incomplete)]


@click.command("models")
@click.argument("name", required=False, shell_complete=complete_model)
@click.option("--on", type=_Day(), metavar="DATE", help="Judge on this date.  [default: today]")
@click.option("--region", metavar="REGION", shell_complete=_complete_region, help="Only what this region offers.")
@click.option("--api", type=click.Choice([api.value for api in Api]), help="Only what answers this API.")
@click.option("--back-end", type=click.Choice([end.value for end in BackEnd]), help="Only this back end.")
@click.option(
    "--context", type=click.IntRange(min=1), metavar="TOKENS", help="Only with a context of at least so many."
)
@click.option(
    "--stack",
    metavar="NAME",
    shell_complete=complete_stack,
    help="Judge on the date, and in the region, that this stack's file says.",
)
@json_option
def models_command(
    name: str | None,
    on: dt.date | None,
    region: str | None,
    api: str | None,
    back_end: str | None,
    context: int | None,
    stack: str | None,
    as_json: bool,
) -> None:
    """List the models that can be deployed: where, on which back end, and until when.

    With NAME only that model; of one that can no longer be deployed, why, and what can do its job.
    """
    regions_on = None
    if stack is not None:
        from llama_azure_cli.stack import Stack  # which loads what signs in to Azure

        settings = Stack(stack).file.settings()
        regions_on = settings.regions_on if on is None else None
        on, region = on or settings.as_of, region or settings.region
    day = on or dt.date.today()
    model = None if name is None else _model(name)
    place = None if region is None else _region(region)
    rows = [
        row
        for row in deployable(day, regions_on)
        if (model is None or row.model.name == model.name)
        and (place is None or row.regions is None or place in row.regions)
        and api in (None, row.model.api.value)
        and back_end in (None, row.back_end.value)
        and (context is None or (row.model.context_tokens or 0) >= context)
    ]
    rows.reverse()  # the newest first, on the back end that new deployments should take
    rows.sort(key=lambda row: [*_BACK_ENDS].index(row.back_end))
    notes = [
        *_why_not(model, rows, day, place),
        *_unknown_contexts(context, day),
        *_undated(rows, day),
        *_ages(rows, day),
    ]
    if as_json:
        print_json({"on": day, "region": place, "models": [_document(row) for row in rows], "notes": notes})
        return
    if rows:
        _print(console(), rows, day, place)
        click.echo()
    elif not notes:
        notes.append(f"Nothing that fits can be deployed on {day}; leave a filter out.")
    for note in notes:
        click.echo(note)


def _model(name: str) -> Model:
    try:
        return find_model(name)
    except UnknownModelError as error:
        raise CommandError(str(error)) from None


def _region(region: str) -> str:
    place = normalise_region(region)
    if place not in region_names():
        raise CommandError(f"--region: Azure has no region {region!r}; {nearest(place, region_names())}")
    return place


def _why_not(model: Model | None, rows: Iterable[Deployable], on: dt.date, place: str | None) -> list[str]:
    """Say why a model that was asked for by name is not there."""
    if model is None or list(rows):
        return []
    refusal = lifecycle_refusal(model, on)
    if refusal is not None:
        return [f"{refusal}."]
    where = "" if place is None else f" in {place}"
    others = [row for row in deployable(on) if row.model.name == model.name]
    told = "; ".join(f"{row.back_end.value} in {_some(row.regions) or 'any region with quota'}" for row in others)
    return [f"{model.name} cannot be deployed so{where} on {on}. It can be: {told or 'nowhere'}."]


def _unknown_contexts(context: int | None, on: dt.date) -> list[str]:
    """Name the models that a filter by context length leaves out only because nobody says how long theirs is."""
    if context is None:
        return []
    unknown = dict.fromkeys(row.model.name for row in deployable(on) if row.model.context_tokens is None)
    return [f"Not known how long a context they take, and so left out: {', '.join(unknown)}."] if unknown else []


def _undated(rows: Iterable[Deployable], on: dt.date) -> list[str]:
    """Say what a past date means on managed compute."""
    if on >= dt.date.today() or not any(row.back_end is BackEnd.MANAGED for row in rows):
        return []
    return ["On managed compute no table tells since when a model is offered: those rows say that it had not ended."]


def _ages(rows: Iterable[Deployable], on: dt.date) -> list[str]:
    """Say of when the tables are that name the regions."""
    days = {row.back_end: row.read_on for row in rows if row.read_on is not None}
    told = [f"{end.value} of {day}, {(on - day).days} days before" for end, day in days.items() if day <= on]
    told += [f"{end.value} of {day}" for end, day in days.items() if day > on]
    return [f"Regions by the tables of: {'; '.join(told)}."] if told else []


def _print(out: Console, rows: Iterable[Deployable], on: dt.date, place: str | None) -> None:
    """Print a line for each model, by back end, and below it how and where; it fits into 80 columns."""
    out.print(Text(f"Deployable on {on}{f' in {place}' if place else ''}", "bold"))
    heading = None
    for row in rows:
        if row.back_end is not heading:
            heading = row.back_end
            out.print(Text(f"\n{_BACK_ENDS[heading]}", "bold"))
            out.print(Text(f"{'model':<39} {'API':<11} {'context':>9}  until", "dim"))
        model, end = row.model, row.end
        context = "not known" if model.context_tokens is None else f"{model.context_tokens:,}"
        until = Text("no date named" if end is None else str(end.day))
        if end is not None:
            until.stylize("bold red" if end.has_come(on) else "yellow" if end.is_near(on) else "")
        out.print(Text(f"{model.name:<39} {model.api.value:<11} {context:>9}  "), until, sep="")
        details = [_how(row), "" if row.regions is None else f"in {place or _some(row.regions)}"]
        if end is not None and model.lifecycle.planned_retirement == end.day:
            details.append("its end is a third party's word")
        out.print(Padding(Text("; ".join(filter(None, details)), "dim"), (0, 0, 0, 4)))


def _how(row: Deployable) -> str:
    match row.back_end:
        case BackEnd.FOUNDRY:
            return f"version {row.version} as {_some(row.skus)}"
        case BackEnd.MANAGED:
            listed = row.model.managed_compute is not None and row.model.managed_compute.vm_sizes_are == "allow-list"
            by = "" if listed else ", as in Microsoft's samples"
            return f"on {_some(row.vm_sizes)}{by}" if row.vm_sizes else "which VM sizes can serve it is not known"
    return "with a Marketplace subscription" if row.model.needs_subscription else ""


def _some(names: tuple[str, ...] | None) -> str:
    """Return names as one text, only the first of them where they are many."""
    if not names:
        return ""
    more = f" and {len(names) - MANY} more" if len(names) > MANY else ""
    return f"{', '.join(names[:MANY])}{more}"


def _document(row: Deployable) -> dict[str, Any]:
    return {
        "model": row.model.name,
        "family": row.model.family,
        "api": row.model.api.value,
        "contextTokens": row.model.context_tokens,
        "backEnd": row.back_end.value,
        "regions": row.regions,
        "version": row.version,
        "skus": row.skus,
        "vmSizes": row.vm_sizes,
        "needsSubscription": row.back_end is BackEnd.SERVERLESS and row.model.needs_subscription,
        "ends": [{"what": f"{end.subject} {end.what}", "day": end.day} for end in row.ends],
        "tableOf": row.read_on,
    }
