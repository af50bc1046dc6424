"""The ``llama-azure`` command."""

import click
from click.shell_completion import get_completion_class

from llama_azure_access import AccessError
from llama_azure_cli.commands.capacity import capacity_command
from llama_azure_cli.commands.chat import chat_command
from llama_azure_cli.commands.code import code_command
from llama_azure_cli.commands.cost import cost_command
from llama_azure_cli.commands.endpoints import endpoints_command
from llama_azure_cli.commands.gateway import gateway_command
from llama_azure_cli.commands.models import models_command
from llama_azure_cli.commands.page import page_command
from llama_azure_cli.errors import CommandError
from llama_azure_core.settings import SettingsError

COULD_NOT_RUN = 3

COMMANDS = (
    capacity_command,
    chat_command,
    code_command,
    cost_command,
    endpoints_command,
    gateway_command,
    models_command,
    page_command,
)
"""Every subcommand; a new one is a module below ``commands`` and a name here."""


class _Group(click.Group):
    """Tells what went wrong in a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (AccessError, CommandError, SettingsError) as error:
            click.echo(f"llama-azure: {error}", err=True)
            ctx.exit(COULD_NOT_RUN)


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


for _command in COMMANDS:
    cli.add_command(_command)


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
