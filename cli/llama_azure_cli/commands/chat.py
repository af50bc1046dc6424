"""``llama-azure chat``: a playground in the terminal."""

import sys
from typing import Any

import click

from llama_azure_cli.deployed import complete_endpoint, find_callable, key_or_token
from llama_azure_cli.errors import CommandError
from llama_azure_cli.options import json_option, parsed_value, print_json, stack_option
from llama_azure_cli.stack import stack_of
from llama_azure_core.snippets import Kind


class _Parameter(click.ParamType[tuple[str, Any]]):
    name = "name=value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        name, equals, text = str(value).partition("=")
        if not name or not equals:
            self.fail(f"{value!r} is not NAME=VALUE, such as temperature=0.2", param, ctx)
        return name.strip(), parsed_value(text.strip())


@click.command("chat")
@click.argument("endpoint", required=False, shell_complete=complete_endpoint)
@stack_option
@click.option("--system", metavar="TEXT", help="The system prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=1024, show_default=True, help="Of an answer.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="0 to 2; the endpoint's own default is 1.")
@click.option("--top-p", type=click.FloatRange(0, 1), help="0 to 1; the endpoint's own default is 1.")
@click.option(
    "--set", "more", multiple=True, type=_Parameter(), help="Any other parameter of the API; can be repeated."
)
@click.option("-m", "--message", "messages", multiple=True, metavar="TEXT", help="Ask this and end; can be repeated.")
@click.option("--keyless", is_flag=True, help="Sign in with Microsoft Entra ID also where the endpoint takes keys.")
@json_option
def chat_command(
    endpoint: str | None,
    stack: str | None,
    system: str | None,
    max_tokens: int,
    temperature: float | None,
    top_p: float | None,
    more: tuple[tuple[str, Any], ...],
    messages: tuple[str, ...],
    keyless: bool,
    as_json: bool,
) -> None:
    """Chat with ENDPOINT, or have its model go on from texts where it is one that completes them.

    Where nobody types, standard input is one question, and its answer is all that is printed; counts of tokens go to
    standard error.
    """
    # The openai client takes a second to load, which no other command is to wait for.
    from llama_azure_cli.conversation import AnswerError, Conversation
    from llama_azure_cli.playground import answered, play

    one = stack_of(stack)
    found = find_callable(one, endpoint)
    kind = next(iter(found.callee.kinds), None)
    if kind not in (Kind.CHAT, Kind.COMPLETIONS):
        raise CommandError(f"{found.callee.name} answers its scoring route alone; see `llama-azure code` for it")
    parameters = {"max_tokens": max_tokens, "temperature": temperature, "top_p": top_p, **dict(more)}
    given = {name: value for name, value in parameters.items() if value is not None}
    asked = list(messages)
    if not asked and not sys.stdin.isatty():
        asked = [text] if (text := sys.stdin.read().strip()) else []
        if not asked:
            raise CommandError("there is nothing to ask: standard input is empty")
    if as_json and not asked:
        raise CommandError("--json takes -m TEXT, or a question on standard input")
    with Conversation(found.callee, kind, key_or_token(one, found, keyless=keyless), system, given) as conversation:
        if not asked:
            play(conversation, found)
            return
        answers = []
        for text in asked:
            try:
                answers.append(answered(conversation, text, quiet=as_json))
            except AnswerError as error:
                raise CommandError(str(error)) from None
        if as_json:
            print_json({"endpoint": found.callee.name, "answers": [answer.document() for answer in answers]})
