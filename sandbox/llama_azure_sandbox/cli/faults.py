"""The ``sandbox fault`` commands: what goes wrong, for whom and how often."""

import datetime as dt
from typing import Any

import click
import pydantic

from llama_azure_sandbox.client.faults import add_fault, clear_faults, faults
from llama_azure_sandbox.faults.rules import FaultKind, Operation, Plane
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError

_SHOWN_APART = ("number", "kind", "fitted", "struck", "expires")


@click.group("fault")
def fault_group() -> None:
    """Have requests go wrong as they do on a bad day of a cloud's."""


@fault_group.command("add")
@click.argument("kind", type=click.Choice([kind.value for kind in FaultKind]))
@click.option("--plane", type=click.Choice([plane.value for plane in Plane]), help="Only requests to this plane.")
@click.option("--type", "type", help="Only this resource type, or what ends so: serverlessEndpoints.")
@click.option("--operation", type=click.Choice([one.value for one in Operation]), help="Only what does this.")
@click.option("--name", help="Only resources of this name; * stands for any characters.")
@click.option("--probability", type=click.FloatRange(0, 1, min_open=True), help="How likely it strikes.  [default: 1]")
@click.option("--count", type=click.IntRange(1), help="How often it strikes at most.")
@click.option("--seed", type=int, help="What the probability is drawn from.  [default: 0]")
@click.option("--for", "expires_in", type=click.FloatRange(0, min_open=True), help="How many seconds it lasts.")
@click.option("--status", type=click.IntRange(500, 599), help="Of server-error.  [default: 503]")
@click.option("--retry-after", "retry_after_seconds", type=click.IntRange(1), help="Of throttle.  [default: 1]")
@click.option("--delay", "delay_seconds", type=click.FloatRange(0, min_open=True), help="Of delay.  [default: 1]")
@click.option("--after", "after_chunks", type=click.IntRange(0), help="Of cut-stream, in pieces.  [default: 1]")
@click.option("--code", help="Of operation-failed.  [default: InternalServerError]")
def add_command(kind: str, expires_in: float | None, **options: Any) -> None:
    """Add a rule: sandbox fault add throttle --operation write --count 2."""
    given = {name: value for name, value in options.items() if value is not None}
    try:
        number = add_fault(SandboxHome.locate(), kind, expires_in=expires_in, **given)
    except pydantic.ValidationError as error:
        raise SandboxError("; ".join(str(one["msg"]) for one in error.errors())) from None
    click.echo(f"fault rule {number} is in force; take it away with `sandbox fault clear {number}`")


@fault_group.command("list")
def list_command() -> None:
    """Print the rules and what they struck so far."""
    for rule in faults(SandboxHome.locate()):
        details = " ".join(f"{name}={value}" for name, value in rule.items() if name not in _SHOWN_APART)
        until = ""
        if "expires" in rule:
            until = f"  until {dt.datetime.fromtimestamp(rule['expires']).astimezone():%H:%M:%S}"
        tally = f"struck {rule['struck']} of {rule['fitted']}"
        click.echo(f"{rule['number']:>4}  {rule['kind']:<16} {tally}  {details}{until}")


@fault_group.command("clear")
@click.argument("number", type=int, required=False)
def clear_command(number: int | None) -> None:
    """Take a rule away, or all of them."""
    clear_faults(SandboxHome.locate(), number)
    click.echo("all fault rules are gone" if number is None else f"fault rule {number} is gone")
