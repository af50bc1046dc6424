"""The ``refresh-catalogue`` command: read the Foundry catalogue anew from Azure."""

import datetime as dt
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

import click
import yaml
from azure.core.exceptions import AzureError, HttpResponseError

import llama_azure_core
from llama_azure_access import AccessError, sign_in
from llama_azure_core.catalogue_refresh import Refreshed, SeenCounter, refreshed
from llama_azure_core.models_api import ListedModel
from llama_azure_core.refreshes import EmptyAnswerError
from llama_azure_core.regions import normalise_region
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.questions import FoundryModels, FoundryUsages

CHANGED, COULD_NOT_RUN = 1, 3

_LOCATIONS_API_VERSION = "2022-12-01"
_AT_ONCE = 8
_CALL_SECONDS = 60.0
# What Azure answers where a region does not have the resource provider: it lists nothing, which is an answer.
_NOT_THERE = {"NoRegisteredProviderFound", "LocationNotAvailableForResourceType", "InvalidLocation"}


class RefreshError(Exception):
    """The catalogue cannot be read anew; the message is for people."""


@click.command()
@click.option(
    "--region", "regions", multiple=True, metavar="REGION",
    help="Ask this region alone; can be repeated. What the catalogue says of others stays. Default: all of the "
    "subscription's.",
)  # fmt: skip
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="FILE",
    help="The catalogue. Default: the one that is installed.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing, and exit with 1 where something is otherwise.")
def main(regions: tuple[str, ...], path: Path | None, *, check: bool) -> None:
    """Read which Llama models Foundry resources deploy from Azure, and write them into the catalogue.

    Versions, SKUs, capacities, counters, days and replacements are taken over as the models API says them. What changed
    is printed. It takes reading rights at the subscription: Reader holds them.

    Exit codes: 0 done, 1 with --check something is otherwise, 3 nothing was written: nobody could sign in, Azure did
    not answer, or lists no model.
    """
    path = path or installed_catalogue()
    try:
        made = _refresh(regions, path)
        if not check:
            write_catalogue(path, made.content)
    except (AccessError, RefreshError, EmptyAnswerError) as error:
        click.echo(f"refresh-catalogue: {error}; nothing is written", err=True)
        raise SystemExit(COULD_NOT_RUN) from None
    for line in made.changes:
        click.echo(line)
    end(len(made.changes), path, made.content["asOf"], check=check)


def end(changes: int, path: Path, as_of: object, *, check: bool) -> NoReturn:
    """Say how much of a file of facts changed, and end the command with the exit code that tells it."""
    said = f"{changes} {'change' if changes == 1 else 'changes'}" if changes else "nothing is otherwise"
    click.echo(f"{said}; {path.name} is {'left as it was' if check else f'of {as_of}'}")
    raise SystemExit(CHANGED if check and changes else 0)


def installed_catalogue() -> Path:
    """Return the catalogue that is read by everything here."""
    return Path(str(files(llama_azure_core).joinpath("facts", "foundry_catalogue.yaml")))


def _refresh(chosen: tuple[str, ...], path: Path) -> Refreshed:
    try:
        old = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise RefreshError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    if not isinstance(old, dict) or not {"models", "usages"} <= old.keys():
        raise RefreshError(f"{path} is no catalogue: it has no models and usages")
    account = sign_in(os.environ)
    if not account.subscription_id:
        raise RefreshError("no subscription is named: set ARM_SUBSCRIPTION_ID")
    with Azure(account, account.subscription_id, call_seconds=_CALL_SECONDS) as azure:
        account.token()
        regions = tuple(dict.fromkeys(map(normalise_region, chosen))) or tuple(_regions(azure))
        # The client is made when it is first used, which two threads must not do at once.
        first, *others = regions
        answers = {first: _models(azure, first)}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers |= dict(zip(others, pool.map(lambda region: _models(azure, region), others), strict=True))
        counters = _counters(azure, next((region for region, models in answers.items() if models), first))
    try:
        return refreshed(old, answers, counters, dt.date.today())
    except (KeyError, TypeError, ValueError) as error:
        raise RefreshError(f"what Azure and {path.name} say makes no catalogue: {one_line(error)}") from None


def _regions(azure: Azure) -> Iterator[str]:
    """Yield the regions of the subscription, not its geographies."""
    path = f"/subscriptions/{azure.subscription_id}/locations"
    try:
        rows = azure.list_by_path(path, _LOCATIONS_API_VERSION)
    except AzureError as error:
        raise RefreshError(f"the subscription's regions could not be read: {one_line(error)}") from None
    found = [
        str(row["name"]) for row in rows if (row.get("metadata") or {}).get("regionType", "Physical") == "Physical"
    ]
    if not found:
        raise RefreshError("Azure lists no region of the subscription")
    yield from found


def _models(azure: Azure, region: str) -> tuple[ListedModel, ...]:
    try:
        return FoundryModels(region).ask(azure)
    except HttpResponseError as error:
        if error.error is not None and error.error.code in _NOT_THERE:
            return ()
        raise RefreshError(f"{region} could not be asked: {one_line(error)}") from None
    except AzureError as error:
        raise RefreshError(f"{region} could not be asked: {one_line(error)}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise RefreshError(f"what {region} answers cannot be read: {one_line(error)}") from None


def _counters(azure: Azure, region: str) -> Mapping[str, SeenCounter]:
    """Return the counters that a region tells; none where the caller may not read them, for they are no must."""
    try:
        found = FoundryUsages(region).ask(azure)
    except HttpResponseError as error:
        if error.status_code == 403:
            click.echo("refresh-catalogue: counters could not be read; Cognitive Services Usages Reader may", err=True)
            return {}
        raise RefreshError(f"the counters of {region} could not be asked: {one_line(error)}") from None
    except (AzureError, KeyError, TypeError, ValueError) as error:
        raise RefreshError(f"the counters of {region} could not be read: {one_line(error)}") from None
    return {name: SeenCounter(one.limit, one.scope) for name, one in found.items()}


def write_catalogue(path: Path, content: Mapping[str, Any]) -> None:
    """Write a catalogue in the place of the one that is there, whose comments at its head stay.

    Raises:
        RefreshError: it cannot be written.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        head = lines[: next((number for number, line in enumerate(lines) if line[0] not in "#\n"), 0)]
        text = "".join(head) + yaml.dump(
            dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118, default_flow_style=None
        )
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text)
        Path(file.name).chmod(path.stat().st_mode)
        Path(file.name).replace(path)
    except OSError as error:
        raise RefreshError(f"{path} cannot be written: {error.strerror}; name another with --file") from None


class _Dumper(yaml.SafeDumper):
    """Writes every value where it stands: who reads a change wants no references."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def one_line(error: Exception) -> str:
    """Return what an error says, in one line that is not too long."""
    return " ".join(str(error).split())[:300]
