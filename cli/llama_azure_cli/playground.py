"""The playground of a terminal: questions and commands as they are typed, answers as they come."""

import contextlib
import sys
from collections.abc import Callable

import click
from rich.markup import escape

from llama_azure_cli.conversation import Answer, AnswerError, Conversation
from llama_azure_cli.deployed import DeployedEndpoint
from llama_azure_cli.errors import nearest
from llama_azure_cli.options import console, parsed_value
from llama_azure_core.snippets import QUESTION, Client, SnippetError, snippet

_HELP = """\
/system TEXT      set the system prompt; without TEXT, take it away
/set NAME VALUE   set a parameter, such as temperature 0.2; without VALUE, take it away
/show             show the system prompt and the parameters
/history          show what was said
/undo             forget the last question and its answer
/clear            forget everything that was said
/code [CLIENT]    print a program that sends the last request: curl, openai, langchain, litellm, …
/quit             end, as Ctrl-D does
Ctrl-C stops an answer and keeps what came of it. A line that ends in \\ goes on in the next."""


def answered(conversation: Conversation, text: str, *, quiet: bool = False) -> Answer:
    """Ask and print the answer as it comes, and what it took; Ctrl-C stops it where somebody types.

    Raises:
        AnswerError: the endpoint refuses, or breaks off.
    """
    parts = conversation.ask(text)
    try:
        for part in () if quiet else parts:
            sys.stdout.write(part)
            sys.stdout.flush()
        for _ in parts:
            pass
    except KeyboardInterrupt:
        parts.close()
        if not sys.stdin.isatty():
            raise
    finally:
        if conversation.last.text and not quiet:
            sys.stdout.write("\n")
            sys.stdout.flush()
    if not quiet:
        click.echo(click.style(conversation.last.told(), dim=True), err=True)
    return conversation.last


def play(conversation: Conversation, endpoint: DeployedEndpoint) -> None:
    """Read questions and commands until there are no more."""
    import readline  # noqa: F401 - it makes input() a line editor with a history, of this session alone

    out = console()
    callee = endpoint.callee
    out.print(f"[bold]{escape(callee.name)}[/]: {escape(str(endpoint.model))} on {callee.back_end.value}. /help, /quit")
    going_on = True
    while going_on:
        try:
            going_on = _turn(conversation)
        except KeyboardInterrupt:
            # Who presses it again before this is shown does not end the session either.
            with contextlib.suppress(KeyboardInterrupt):
                click.echo("\n(Ctrl-D or /quit ends)")


def _turn(conversation: Conversation) -> bool:
    """Take one line; return whether there is to be another."""
    try:
        line = _read()
    except EOFError:
        click.echo()
        return False
    if line in ("/quit", "/exit"):
        return False
    _take(conversation, line)
    return True


def _take(conversation: Conversation, line: str) -> None:
    """Do what was typed."""
    if line.startswith("/"):
        _obey(conversation, line)
    elif line:
        try:
            answered(conversation, line)
        except AnswerError as error:
            click.echo(f"llama-azure: {error}", err=True)


def _read() -> str:
    """Return what is typed, of several lines where a line ends in a backslash."""
    lines = [input("> ")]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1][:-1]
        lines.append(input(". "))
    return "\n".join(lines).strip()


def _obey(conversation: Conversation, line: str) -> None:
    """Do what a line with a slash says."""
    word, _, rest = line[1:].partition(" ")
    does = _COMMANDS.get(word)
    if does is None:
        click.echo(f"There is no /{word}; {nearest(word, [*_COMMANDS, 'quit'])}")
    else:
        does(conversation, rest.strip())


def _system(conversation: Conversation, text: str) -> None:
    conversation.system = text or None


def _show(conversation: Conversation, _text: str) -> None:
    click.echo(f"system: {conversation.system or 'none'}")
    for name, value in conversation.parameters.items():
        click.echo(f"{name}: {value}")


def _history(conversation: Conversation, _text: str) -> None:
    for message in conversation.messages:
        click.echo(f"{message['role']}: {message['content']}")


def _set(conversation: Conversation, text: str) -> None:
    name, _, value = text.partition(" ")
    if not name:
        click.echo("/set NAME VALUE, such as /set temperature 0.2")
    elif value.strip():
        conversation.parameters[name] = parsed_value(value.strip())
    else:
        conversation.parameters.pop(name, None)


def _show_code(conversation: Conversation, client: str) -> None:
    if client and client not in list(Client):
        click.echo(f"There is no client {client}; {nearest(client, Client)}")
        return
    try:
        asks = Client(client) if client else None
        click.echo(
            snippet(conversation.callee, asks, conversation.kind, conversation.sent or conversation.request(QUESTION)),
            nl=False,
        )
    except SnippetError as error:
        click.echo(f"{error}.")


_COMMANDS: dict[str, Callable[[Conversation, str], None]] = {
    "system": _system,
    "set": _set,
    "show": _show,
    "history": _history,
    "undo": lambda conversation, _text: conversation.undo(),
    "clear": lambda conversation, _text: conversation.clear(),
    "code": _show_code,
    "help": lambda _conversation, _text: click.echo(_HELP),
}
