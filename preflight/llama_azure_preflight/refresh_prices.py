"""The ``refresh-prices`` command: read the price list anew from the Retail Prices API."""

import datetime as dt
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import yaml
from azure.core import PipelineClient
from azure.core.exceptions import AzureError, DecodeError
from azure.core.pipeline.policies import HeadersPolicy, RetryPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest

import llama_azure_core
from llama_azure_core.prices import PriceList
from llama_azure_core.prices_refresh import Question, Refreshed, questions, refreshed
from llama_azure_core.refreshes import EmptyAnswerError
from llama_azure_core.regions import normalise_region, region_names
from llama_azure_preflight.refresh import COULD_NOT_RUN, RefreshError, end, one_line, write_catalogue

RETAIL_PRICES_URL = "https://prices.azure.com/api/retail/prices"
ADDRESS_VARIABLE = "LLAMA_AZURE_RETAIL_PRICES_URL"

_API_VERSION = "2023-01-01-preview"
_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_MOST_PAGES = 500


@click.command()
@click.option(
    "--region", "regions", multiple=True, metavar="REGION",
    help="Ask for this region alone; can be repeated. What the list says of others stays. Default: all regions.",
)  # fmt: skip
@click.option(
    "--file", "path", type=click.Path(path_type=Path), metavar="FILE",
    help="The price list. Default: the one that is installed.",
)  # fmt: skip
@click.option(
    "--url", envvar=ADDRESS_VARIABLE, default=RETAIL_PRICES_URL, show_default=True, metavar="URL",
    help=f"The address of the API, also from {ADDRESS_VARIABLE}. With another than Azure's, --file says what to write.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing, and exit with 1 where something is otherwise.")
def main(regions: tuple[str, ...], path: Path | None, url: str, *, check: bool) -> None:
    """Read list prices from Azure's Retail Prices API, and write them into the price list.

    Nobody signs in for it. What changed is printed. Prices of the Marketplace are not in that API and stay as they are;
    so does what it does not list: a missing meter is unknown, and not free.

    Exit codes: 0 done, 1 with --check something is otherwise, 3 nothing was written: the API did not answer, or lists
    none of the meters.
    """
    try:
        made = _refresh(tuple(dict.fromkeys(map(_region, regions))), _chosen(path, url, check=check), url)
        target = path or installed_prices()
        if not check:
            write_catalogue(target, made.content)
    except (RefreshError, EmptyAnswerError) as error:
        click.echo(f"refresh-prices: {error}; nothing is written", err=True)
        raise SystemExit(COULD_NOT_RUN) from None
    for line in made.changes:
        click.echo(line)
    for key in made.missing:
        click.echo(f"refresh-prices: the API does not list {key}, which stays as it was", err=True)
    end(len(made.changes), target, made.content["asOf"], check=check)


def installed_prices() -> Path:
    """Return the price list that is read by everything here."""
    return Path(str(files(llama_azure_core).joinpath("facts", "prices.yaml")))


def _chosen(path: Path | None, url: str, *, check: bool) -> Path:
    """Return the file to read, which is not the installed one where others' answers would be written to it."""
    if path is None and not check and url != RETAIL_PRICES_URL:
        raise RefreshError(f"{url} is not Azure's own address: say with --file which price list it is for")
    return path or installed_prices()


def _region(name: str) -> str:
    region = normalise_region(name)
    if region not in region_names():
        raise click.UsageError(f"--region: {name} is no region that is known here, such as swedencentral")
    return region


def _refresh(regions: tuple[str, ...], path: Path, url: str) -> Refreshed:
    try:
        old = yaml.safe_load(path.read_text(encoding="utf-8"))
        prices = PriceList.model_validate(old)
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise RefreshError(f"{path} cannot be read as a price list: {one_line(error)}") from None
    if urlsplit(url).scheme not in {"http", "https"}:
        raise RefreshError(f"{url} is no address: it begins with https://")
    with _client(url) as client:
        answers = {one: list(_items(client, url, one, prices.currency)) for one in questions(prices, regions)}
    try:
        return refreshed(old, answers, dt.date.today(), regions)
    except (KeyError, TypeError, ValueError) as error:
        raise RefreshError(f"what {url} answers makes no price list: {one_line(error)}") from None


def _client(url: str) -> PipelineClient[HttpRequest, Any]:
    return PipelineClient(
        base_url=url,
        policies=[
            HeadersPolicy({"Accept": "application/json"}),
            UserAgentPolicy("llama-azure"),
            RetryPolicy(retry_total=6, retry_connect=2),
        ],
    )


def _items(
    client: PipelineClient[HttpRequest, Any], url: str, question: Question, currency: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the items of all pages of an answer."""
    parameters = {"api-version": _API_VERSION, "currencyCode": f"'{currency}'", "$filter": question.filter}
    request: HttpRequest | None = HttpRequest("GET", url, params=parameters)
    asked = set()
    for _ in range(_MOST_PAGES):
        if request is None:
            return
        asked.add(request.url)
        content = _page(client, request)
        yield from content["Items"]
        following = content.get("NextPageLink")
        if following in asked:
            raise RefreshError(f"{url} names the page {following} as the one after itself")
        request = None if not following else _next(url, str(following))
    raise RefreshError(f"{url} answers with more than {_MOST_PAGES} pages to {question.filter}")


def _next(url: str, following: str) -> HttpRequest:
    """Return the request for the next page, which is at the same place."""
    here, there = urlsplit(url), urlsplit(following)
    if (here.hostname, here.scheme) != (there.hostname, there.scheme):
        raise RefreshError(f"{url} names a page elsewhere as its next one: {there.scheme}://{there.netloc}")
    return HttpRequest("GET", following)


def _page(client: PipelineClient[HttpRequest, Any], request: HttpRequest) -> Mapping[str, Any]:
    try:
        response = client.send_request(request, connection_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS)
        response.raise_for_status()
        content = response.json()
    except (AzureError, DecodeError, ValueError) as error:
        raise RefreshError(f"{request.url.partition('?')[0]} could not be asked: {one_line(error)}") from None
    if not isinstance(content, dict) or not isinstance(content.get("Items"), list):
        raise RefreshError(f"{request.url.partition('?')[0]} answers with no list of prices")
    return content
