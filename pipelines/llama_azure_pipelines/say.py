"""What the steps tell the reader of a log."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import click

from llama_azure_pipelines.errors import StepError

_SPEAKER: ContextVar[str] = ContextVar("_SPEAKER", default="")


def say(text: str) -> None:
    """Print a line, or several; of one of several things that go on at once, each begins with its name."""
    click.echo("\n".join(f"{_SPEAKER.get()}{line}" for line in text.split("\n")))


def pass_on(line: str) -> None:
    """Print a line of a program's, as it comes."""
    sys.stdout.write(f"{_SPEAKER.get()}{line}")
    sys.stdout.flush()


def side_by_side(names: Sequence[str], work: Callable[[str], None], at_once: int) -> dict[str, str]:
    """Do something for each of several names, so many at once; return by name what went wrong, of all that did."""

    def one(name: str) -> str | None:
        _SPEAKER.set(f"{name} | ")
        try:
            work(name)
        except StepError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(at_once) as pool:
        ends = {name: pool.submit(copy_context().run, one, name) for name in names}
    return {name: told for name, end in ends.items() if (told := end.result()) is not None}
