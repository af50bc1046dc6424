"""Options that several subcommands have, and how they print."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem
from rich.console import Console

WIDTH_OF_A_FILE = 200
"""Where nobody sees a terminal's edge, such as in a pipe."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
"""``--json``, handed over as ``as_json``."""


def stack_names() -> list[str]:
    """Return the names of the stacks that have a file in the project of this folder; none outside of a project."""
    from llama_azure_core.settings import Project, SettingsError  # which most commands load, and not all

    try:
        project = Project(Path.cwd())
    except SettingsError:
        return []
    folder = (project.folder / project.path("any")).parent
    return sorted(path.name.split(".", 1)[1].removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))


def complete_stack(_context: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a stack that has a file."""
    return [CompletionItem(name) for name in stack_names() if name.startswith(incomplete)]


stack_option = click.option(
    "--stack",
    metavar="NAME",
    envvar="PULUMI_STACK",
    shell_complete=complete_stack,
    help="The stack. Default: the one that `pulumi stack select` chose.",
)
"""``--stack``, handed over as ``stack``: a name, or ``None`` for the one that is selected."""


def console() -> Console:
    """Return what tables are printed with: as wide as the terminal, and wide where there is none."""
    return Console(width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)


def print_json(document: object) -> None:
    """Print a document as JSON; what JSON has no word for, such as a date, as text."""
    click.echo(json.dumps(document, indent=2, default=str))


def parsed_value(text: str) -> Any:
    """Return a parameter's value as JSON reads it; what is no JSON is a text: ``0.2`` a number, ``END`` a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
