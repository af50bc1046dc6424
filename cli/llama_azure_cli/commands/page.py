"""``llama-azure page``: a stack's estate as one HTML file, or live on this machine with a playground."""

import datetime as dt
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llama_azure_cli.errors import CommandError
from llama_azure_cli.options import stack_names
from llama_azure_cli.stack import stack_of

if TYPE_CHECKING:
    from llama_azure_cli.page_stacks import PageStacks

_DEFAULT = Path("build", "estate.html")


@click.command("page")
@click.option(
    "--stack",
    "stacks",
    multiple=True,
    metavar="NAME",
    help="A stack; again for more. Default: the one that `pulumi stack select` chose.",
)
@click.option("--all", "every", is_flag=True, help="Every stack that has a file here.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help=f"Default: {_DEFAULT}.")
@click.option("--preview", is_flag=True, help="Preview each stack first: the page then shows what would change.")
@click.option("--live", is_flag=True, help="Ask Azure for traffic and quota.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A report of preflight or policy-report in JSON; again for more. Default: the last ones below build/.",
)
@click.option("--playground", is_flag=True, help="Serve it on 127.0.0.1, with a playground that asks the endpoints.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="For --playground.  [default: any]")
@click.option("--json", "as_json", is_flag=True, help="Print what the page shows as JSON, and write nothing.")
def page_command(
    stacks: tuple[str, ...],
    every: bool,
    output: Path | None,
    preview: bool,
    live: bool,
    reports: tuple[Path, ...],
    playground: bool,
    port: int,
    as_json: bool,
) -> None:
    """Write the estate of stacks as one HTML file, which needs no server and holds no secret.

    It shows what the stacks' files describe, what is deployed of it, what the guardrails and preflight said last, and
    with --preview what an update would change. What nobody evaluated is said to be so, with the reason.
    """
    # A quarter of a second of loading, which other commands need not wait for.
    from llama_azure_cli.page_stacks import PageStacks
    from llama_azure_page.build import make_page
    from llama_azure_page.render import render

    if every and stacks:
        raise click.UsageError("give --stack or --all, not both")
    names = tuple(stack_names()) if every else stacks
    if every and not names:
        raise CommandError("no stack has a file here; run this in the folder of the Pulumi project")
    chosen = [stack_of(name) for name in (names or (None,))]
    source = PageStacks(chosen, reports, preview=preview, live=live)
    if playground:
        _serve(source, port)
        return
    page = make_page(source.inputs(), dt.datetime.now(dt.UTC))
    if as_json:
        click.echo(page.model_dump_json(by_alias=True, indent=2))
        return
    to = output or _DEFAULT
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(render(page), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{to} cannot be written: {error.strerror}") from None
    click.echo(page.sentence, err=True)
    click.echo(str(to))


def _serve(source: "PageStacks", port: int) -> None:
    """Serve until Ctrl-C."""
    import uvicorn

    from llama_azure_page.server import new_pass, page_app

    entry = new_pass()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:  # for TCP_NODELAY
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(f"port {port} on 127.0.0.1 cannot be used: {error.strerror}; choose another") from None
        actual = listener.getsockname()[1]
        source.page()  # what is wrong is told before a browser is opened
        app = page_app(source, lambda: actual, entry)
        click.echo(f"http://127.0.0.1:{actual}/?pass={entry}")
        click.echo("Ctrl-C ends it.", err=True)
        # The line of a request would have the pass in it.
        config = uvicorn.Config(app, lifespan="off", access_log=False, server_header=False, log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])
