"""From the document to HTML: one file that needs no server and fetches nothing."""

import base64
import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from llama_azure_core.snippets import Client
from llama_azure_page.document import Change, NotKnown, Page
from llama_azure_page.topology import picture

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def render(page: Page, *, live: bool = False) -> str:
    """Return the whole page.

    Args:
        page: what it shows.
        live: whether a server stands behind it, which it asks for changes and which passes requests of the playground
            on.
    """
    script = _static("playground.js" if live else "page.js")
    policy = _policy(script, "'self'" if live else "'none'")
    return (
        _templates()
        .get_template("page.html")
        .render(page=page, live=live, script=script, policy=policy, clients=tuple(Client))
    )


def render_main(page: Page, *, live: bool = True) -> str:
    """Return the part of the page that changes."""
    return _templates().get_template("main.html").render(page=page, live=live)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("llama_azure_page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals |= {"picture": picture, "static": _static, "changes": tuple(Change)}
    made.filters |= {"number": _number, "age": _age, "moment": _moment}
    made.tests["known"] = lambda value: not isinstance(value, NotKnown)
    return made


def _static(name: str) -> Markup:
    """Return a static file's text, which is the project's own."""
    text = files(__package__).joinpath("static", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of this package


def _policy(script: str, asks: str) -> str:
    """Return what a browser lets the page do: run this script, and ask nobody but its own server."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        f"connect-src {asks}; base-uri 'none'; form-action 'none'"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _age(then: dt.datetime, now: dt.datetime) -> str:
    """Return how long before ``now`` something was, in words."""
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < _MINUTE:
        return "just now"
    number, unit = next(
        (seconds // size, word)
        for size, word in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"))
        if seconds >= size
    )
    return f"{number} {unit}{'' if number == 1 else 's'} ago"


def _moment(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
