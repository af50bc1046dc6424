"""Reading what the page of a stack is made of from files and from a stack's state."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.snippets import Callee
from llama_azure_page.asking import Askable
from llama_azure_page.document import NotKnown, Page
from llama_azure_page.inputs import Json, Judged, Preview, read_preview
from llama_azure_report import last_report, read_json

_STACK = "pulumi:pulumi:Stack"


def judged(folder: Path, tool: str, stack: str, ask: str) -> Judged | NotKnown:
    """Return the last report of a stack, with the time at which it was written.

    Args:
        folder: the Pulumi project's.
        tool: ``preflight`` or ``guardrails``.
        stack: the stack's name.
        ask: the command that writes it, for where it is missing.
    """
    path = last_report(folder, tool, stack)
    try:
        when = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        return Judged(read_json(path.read_text(encoding="utf-8")), when)
    except FileNotFoundError:
        return NotKnown(not_known=f"run {ask}")
    except (OSError, ValueError) as error:
        return NotKnown(not_known=f"{path.name} cannot be read ({type(error).__name__}); run {ask}")


def previewed(path: Path, newer_than: Iterable[Path], ask: str) -> Preview | NotKnown:
    """Return the preview whose events a file holds, unless what it was made of has changed since.

    Args:
        path: the file, one event a line.
        newer_than: the stack's settings and its state.
        ask: the command that writes it, for where it is missing or too old.
    """
    try:
        written = path.stat().st_mtime
        if any(other.exists() and other.stat().st_mtime > written for other in newer_than):
            return NotKnown(not_known=f"the last preview is older than the settings or the state; run {ask}")
        with path.open(encoding="utf-8") as lines:
            return read_preview(lines, dt.datetime.fromtimestamp(written, dt.UTC))
    except OSError:
        return NotKnown(not_known=f"run {ask}")


def endpoints_output(resources: Sequence[Json]) -> Json:
    """Return the output ``endpoints`` of a stack's state; none where it was never deployed."""
    outputs = next((one.get("outputs") or {} for one in resources if one.get("type") == _STACK), {})
    found = outputs.get("endpoints") or {}
    return found if isinstance(found, Mapping) else {}


def askable(page: Page, outputs: Mapping[str, Json]) -> Iterator[Askable]:
    """Yield the deployed endpoints of a page that chat or complete.

    Args:
        page: the page.
        outputs: the output ``endpoints`` of each stack, by the stack's name.
    """
    for environment in page.environments:
        for one in environment.endpoints:
            output = outputs.get(environment.name, {}).get(one.key)
            if one.deployed is True and output and one.model and one.api in (Api.CHAT, Api.COMPLETIONS):
                yield Askable(one.id, environment.name, str(output["model"]), callee(one.key, environment.name, output))


def callee(name: str, stack: str, output: Mapping[str, Any]) -> Callee:
    """Return an endpoint of a stack's outputs as code calls it."""
    api, auth = output.get("api"), output.get("auth")
    return Callee(
        name=name,
        stack=stack,
        back_end=BackEnd(output["backend"]),
        api=None if api is None else Api(api),
        uri=str(output["uri"]),
        base_url=str(output["baseUrl"]),
        deployment=str(output.get("deployment") or ""),
        takes_keys=auth in ("key", "keyOrToken"),
        takes_tokens=auth in ("token", "keyOrToken"),
    )
