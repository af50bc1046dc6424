"""``llama-azure code``: a program that asks an endpoint, to copy and run."""

import click

from llama_azure_cli.deployed import complete_endpoint, find_callable, key_or_token
from llama_azure_cli.errors import CommandError
from llama_azure_cli.options import json_option, print_json, stack_option
from llama_azure_cli.stack import stack_of
from llama_azure_core.snippets import Client, Kind, SnippetError, snippet


@click.command("code")
@click.argument("endpoint", required=False, shell_complete=complete_endpoint)
@stack_option
@click.option("--client", type=click.Choice([one.value for one in Client]), help="What asks.  [default: openai]")
@click.option(
    "--kind", type=click.Choice([one.value for one in Kind]), help="What for.  [default: as its model answers]"
)
@click.option("--keyless", is_flag=True, help="Sign in with Microsoft Entra ID also where the endpoint takes keys.")
@click.option("--question", metavar="TEXT", default="", help="What it asks.")
@click.option("--key", "show_key", is_flag=True, help="Print the endpoint's key, and no program.")
@json_option
def code_command(
    endpoint: str | None,
    stack: str | None,
    client: str | None,
    kind: str | None,
    keyless: bool,
    question: str,
    show_key: bool,
    as_json: bool,
) -> None:
    """Print a program that asks ENDPOINT and runs as printed.

    ENDPOINT is a name in the stack's outputs; it can be left out where there is one. The key is not in the program: its
    first lines fill a variable with it. What is printed for curl is a script of bash.
    """
    one = stack_of(stack)
    found = find_callable(one, endpoint)
    if show_key:
        if not found.callee.takes_keys:
            raise CommandError(f"{found.callee.name} takes no keys: callers sign in with Microsoft Entra ID")
        click.echo(key_or_token(one, found))
        return
    try:
        code = snippet(
            found.callee,
            Client(client) if client else None,
            Kind(kind) if kind else None,
            question=question,
            keyless=True if keyless else None,
        )
    except SnippetError as error:
        raise CommandError(str(error)) from None
    if as_json:
        print_json({"stack": one.name, "endpoint": found.callee.name, "code": code})
    else:
        click.echo(code, nl=False)
