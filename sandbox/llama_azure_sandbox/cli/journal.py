"""The ``sandbox log`` command: the requests that the sandbox answered."""

import json
import time
from typing import Any

import click

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome

_PAUSE_SECONDS = 0.5


@click.command("log")
@click.option("--follow", "-f", is_flag=True, help="Keep printing what is added.")
@click.option("--since", default=0, type=click.IntRange(0), metavar="N", help="Only what came after entry N.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for other tools.")
def log_command(follow: bool, since: int, as_json: bool) -> None:
    """Print who asked for what, and the answer; `sandbox logs` prints what the server itself logs."""
    home = SandboxHome.locate()
    while True:
        for entry in journal(home, since):
            click.echo(json.dumps(entry) if as_json else _line(entry))
            since = entry["number"]
        if not follow:
            return
        time.sleep(_PAUSE_SECONDS)


def _line(entry: dict[str, Any]) -> str:
    answer = " ".join(str(part) for part in (entry["status"], entry["code"]) if part)
    version = f"  {entry['apiVersion']}" if entry["apiVersion"] else ""
    return (
        f"{entry['number']:>6}  {entry['time'][11:23]}  {entry['caller'] or '-':<16} {entry['method']:<6} "
        f"{entry['path']}{version}  {answer}"
    )
