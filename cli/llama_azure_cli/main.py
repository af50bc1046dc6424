"""The ``llama-azure`` command."""

import sys
from importlib import import_module

import click
from click.shell_completion import get_completion_class

from llama_azure_cli.errors import CommandError

COULD_NOT_RUN = 3

COMMANDS = (
    "capacity",
    "chat",
    "code",
    "cost",
    "endpoints",
    "gateway",
    "models",
    "page",
)
"""Every subcommand: a module of that name below ``commands``, with a ``<name>_command``; a new one is a name here."""


class _Group(click.Group):
    """Loads a subcommand where it is used, so that shells complete at once, and tells what went wrong in a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        try:
            module = import_module(f"llama_azure_cli.commands.{cmd_name}")
        except ModuleNotFoundError as error:
            missing = (error.name or "a package").split(".")[0]
            click.echo(f"llama-azure: {missing} is not installed; install llama-azure with its extra: [cli]", err=True)
            ctx.exit(COULD_NOT_RUN)
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except _told() as error:
            click.echo(f"llama-azure: {error}", err=True)
            ctx.exit(COULD_NOT_RUN)


def _told() -> tuple[type[Exception], ...]:
    """Return the errors whose message is for whoever asks; of a module that nobody loaded there can be none."""
    others = {"llama_azure_access": "AccessError", "llama_azure_core.settings": "SettingsError"}
    loaded = ((sys.modules[name], error) for name, error in others.items() if name in sys.modules)
    return (CommandError, *(getattr(module, error, CommandError) for module, error in loaded))


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Commands of their own: preflight, policy-report, refresh-catalogue, refresh-prices, sandbox.",
)
@click.version_option(package_name="llama-azure", prog_name="llama-azure")
def cli() -> None:
    """Ask about Llama models on Azure, and about the endpoints of a stack. Nothing is deployed or changed.

    Exit codes: 0 answered, 2 the command line is wrong, 3 the question cannot be answered.
    """


@cli.command("completion")
@click.argument("shell", type=click.Choice(["bash", "fish", "zsh"]))
def completion_command(shell: str) -> None:
    """Print what completes commands, options, models and stacks in SHELL.

    For bash, for example: eval "$(llama-azure completion bash)" in ~/.bashrc.
    """
    completion = get_completion_class(shell)
    if completion is None:  # click has all three
        raise CommandError(f"{shell} cannot be completed by this version of click")
    click.echo(completion(cli, {}, "llama-azure", "_LLAMA_AZURE_COMPLETE").source())


def main() -> None:
    """Run the command."""
    cli(prog_name="llama-azure")
