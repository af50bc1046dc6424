"""The ``sandbox world`` commands: what kind of customer Azure sees, how strict it is, what time it is."""

import json

import click

from llama_azure_sandbox.client.world import advance_clock, change_world, world_settings
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError

_HOUR = 3600.0


@click.group("world")
def world_group() -> None:
    """Show and change what the running sandbox believes."""


@world_group.command("show")
def show_command() -> None:
    """Print the settings as JSON."""
    click.echo(json.dumps(world_settings(SandboxHome.locate()), indent=2))


@world_group.command("set")
@click.argument("settings", nargs=-1, required=True, metavar="NAME=VALUE...")
def set_command(settings: tuple[str, ...]) -> None:
    """Change settings: sandbox world set billingCountry=JP paymentMethod=false."""
    changes = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator:
            raise SandboxError(f"{setting!r} is not a setting; write it as NAME=VALUE, such as billingCountry=JP")
        changes[name] = _value(value)
    change_world(SandboxHome.locate(), **changes)


@world_group.command("advance")
@click.option("--hours", type=click.FloatRange(min=0), required=True, help="How far to move the sandbox's clock.")
def advance_command(hours: float) -> None:
    """Let time pass in the sandbox."""
    settings = advance_clock(SandboxHome.locate(), seconds=hours * _HOUR)
    click.echo(f"the sandbox believes that it is {settings['asOf']}")


def _value(text: str) -> object:
    """Read a value as JSON, and what is not JSON as text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
