"""``llama-azure capacity``: what a stack serves of each model in a minute, what limits it, and what more would take."""

from collections.abc import Sequence

import click
from rich.table import Table

from llama_azure_cli.options import console, json_option, print_json, stack_option
from llama_azure_cli.stack import stack_of
from llama_azure_core.plan.capacity import ModelCapacity, served


@click.command("capacity")
@stack_option
@json_option
def capacity_command(stack: str | None, as_json: bool) -> None:
    """Show for each model what a stack serves in a minute, over all endpoints and back ends.

    It reads the stack's file: what is shown is what the next `pulumi up` makes of it. `preflight` asks Azure whether
    the quota is there.
    """
    found = served(stack_of(stack).estate)
    if as_json:
        print_json({"models": [one.as_json() for one in found]})
        return
    if not found:
        click.echo("The stack serves no model.")
        return
    _print(found)


def _print(found: Sequence[ModelCapacity]) -> None:
    out = console()
    for model in found:
        table = Table(title=model.model, title_justify="left", title_style="bold")
        for heading in ("Endpoint", "Back end"):
            table.add_column(heading)
        for heading in ("Tokens a minute", "Requests a minute"):
            table.add_column(heading, justify="right")
        table.add_column("Limited by")
        for part in model.parts:
            name = f"{part.endpoint} (retires)" if part.retiring else part.endpoint
            numbers = (_number(part.tokens_per_minute), _number(part.requests_per_minute))
            table.add_row(name, part.back_end, *numbers, part.limited_by)
        table.add_section()
        both = (_number(model.tokens_per_minute), _number(model.requests_per_minute))
        table.add_row("together" if model.is_complete else "together, as far as known", "", *both, _asked(model))
        out.print(table)
        for line in model.more:
            out.print(f"Another 1,000 requests a minute: {line}")
        out.print()


def _number(value: int | None) -> str:
    return "not known" if value is None else f"{value:,}"


def _asked(model: ModelCapacity) -> str:
    asked = {"tokens": model.asked_tokens_per_minute, "requests": model.asked_requests_per_minute}
    told = " and ".join(f"{value:,} {what}" for what, value in asked.items() if value is not None)
    return f"asked for: {told}" if told else ""
