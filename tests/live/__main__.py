"""The command line of the live tier: ``python -m tests.live run`` and ``python -m tests.live clean``."""

import datetime as dt
import json
import os
import secrets
import signal
import ssl
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
import httpx
import yaml

from llama_azure_access import AccessError, Account, sign_in
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, Latency
from llama_azure_sandbox.client.world import change_world
from tests.live.comparison import Difference, differences
from tests.live.consent import Choices, RefusedError, agree
from tests.live.recording import NOT_AGREED, Recording, Target, TimeIsUpError
from tests.live.redaction import SUBSCRIPTION_NAME, Redactor
from tests.live.removal import USER_AGENT, Removal
from tests.live.scenarios import GROUP_PREFIX, Plan, load_plan, values_of_run
from tests.support.arm import sign_in as sign_in_to_sandbox
from tests.support.homes import open_home

_INCOMPLETE, _REFUSED, _LEFT_BEHIND, _INTERRUPTED = 1, 2, 3, 130
_SECONDS = 60.0
_SHOWN = 40
_SHOWN_CHARACTERS = 300


def _subscription_id(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a subscription id; write make live SUBSCRIPTION=<id>") from None


_SUBSCRIPTION = click.option(
    "--subscription", required=True, callback=_subscription_id, help="The id of the subscription."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Ask Azure what the sandbox was asked, record the answers without secrets, and tell what differs."""


@cli.command("run")
@_SUBSCRIPTION
@click.option("--location", default="eastus2", show_default=True)
@click.option(
    "--ceiling", type=click.FloatRange(min=0), help="The most that it may cost, in US dollars; else asked for."
)
@click.option("--minutes", type=click.FloatRange(min=0.01, max=240), default=90.0, show_default=True, help="How long.")
@click.option("--yes", is_flag=True, help="Yes to what it costs, told first. It buys nothing: --buy does.")
@click.option("--buy", multiple=True, metavar="NAME", help="Yes to one purchase; again for more.")
@click.option("--price", "prices", multiple=True, metavar="NAME=USD", help="What a unit costs; again for more.")
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), default=Path("build/live"), show_default=True
)
def run_command(
    subscription: str,
    location: str,
    ceiling: float | None,
    minutes: float,
    yes: bool,
    buy: tuple[str, ...],
    prices: tuple[str, ...],
    output: Path,
) -> None:
    """Run the scenarios on a subscription and on a sandbox of today, and compare."""
    plan = load_plan()
    account = _account(subscription)
    click.echo(f"subscription {subscription} in {account.cloud.name}, signed in by {account.way}")
    choices = Choices(minutes, ceiling, yes, buy, _prices(prices))
    ask = _asked if sys.stdin.isatty() else None
    try:
        agreement = agree(plan, choices, click.echo, ask)
    except RefusedError as error:
        raise _UnsuccessfulError(str(error), _REFUSED) from None
    run = secrets.token_hex(4)
    recording = _recording(account, subscription, run, location, minutes)
    removal = Removal(account, subscription, click.echo)
    folder = output / dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H%M%SZ")
    click.echo(f"resource group {GROUP_PREFIX}{run}; Ctrl-C ends the run and removes it")
    head = _head(account, location)
    ended = _run(recording, plan, agreement.bought, removal, f"{GROUP_PREFIX}{run}")
    _write_record(folder, head, recording)
    if ended is None or ended.exit_code != _INTERRUPTED:
        reference = _reference(plan, agreement.bought, location)
        found = differences(recording.exchanges, reference.exchanges)
        _write_differences(folder, head, recording, found)
        _tell(found, recording, account)
    click.echo(f"recorded: {len(recording.exchanges)} requests, in {folder}")
    if removal.left:
        hint = f"`make live-clean SUBSCRIPTION={subscription}` tries again"
        raise _UnsuccessfulError(f"not removed: {'; '.join(removal.left)}. {hint}", _LEFT_BEHIND)
    if ended is not None:
        raise ended
    if any(why != NOT_AGREED for why in recording.left_out.values()):
        raise _UnsuccessfulError("not every scenario ran to its end", _INCOMPLETE)


@cli.command("clean")
@_SUBSCRIPTION
def clean_command(subscription: str) -> None:
    """Remove what aborted runs left: resource groups that bear the tag, and their deleted key vaults."""
    removal = Removal(_account(subscription), subscription, click.echo)
    try:
        removed = removal.remove_all()
    except AccessError as error:
        raise _UnsuccessfulError(str(error), _LEFT_BEHIND) from None
    if removal.left:
        raise _UnsuccessfulError(f"not removed: {'; '.join(removal.left)}", _LEFT_BEHIND)
    click.echo(f"removed: {', '.join(removed) or 'nothing was left'}")


class _UnsuccessfulError(Exception):
    """An end that is not a success, told in a sentence."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def _account(subscription: str) -> Account:
    try:
        account = sign_in({**os.environ, "ARM_SUBSCRIPTION_ID": subscription})
        account.token()
    except AccessError as error:
        raise _UnsuccessfulError(str(error), _REFUSED) from None
    return account


def _prices(given: tuple[str, ...]) -> dict[str, float]:
    prices = {}
    for one in given:
        name, _, amount = one.rpartition("=")
        try:
            prices[name] = float(amount)
        except ValueError:
            prices[name] = -1.0
        if not name or not 0 <= prices[name] < float("inf"):
            raise _UnsuccessfulError(f"--price {one}: write NAME=USD, such as storage=0.02", _REFUSED)
    return prices


def _asked(question: str) -> str:
    return str(click.prompt(question, default="", show_default=False))


def _recording(account: Account, subscription: str, run: str, location: str, minutes: float) -> Recording:
    """Return an empty recording of a subscription that can be used."""
    # As for the Azure SDK's own clients, whoever stands between them and Azure is vouched for by these.
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=bundle) if bundle else httpx.create_ssl_context()
    client = httpx.Client(
        base_url=account.cloud.resource_manager,
        verify=context,
        timeout=_SECONDS,
        headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
    )
    try:
        answer = client.get(
            f"/subscriptions/{subscription}",
            params={"api-version": "2022-12-01"},
            headers={"Authorization": f"Bearer {account.token()}"},
        )
        shown = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _UnsuccessfulError(
            f"{account.cloud.resource_manager} does not answer ({type(error).__name__})", _REFUSED
        ) from None
    if not answer.is_success or shown.get("state") != "Enabled":
        said = shown.get("error", {}).get("message") or f"its state is {shown.get('state')}"
        raise _UnsuccessfulError(f"subscription {subscription} cannot be used: {said}", _REFUSED)
    values = values_of_run(subscription, str(shown.get("tenantId", "")), run, location)
    redactor = _redactor(account.cloud.resource_manager, values, str(shown.get("displayName") or ""))
    return Recording(Target(client, account.token, values, redactor, time.monotonic() + minutes * 60))


def _redactor(resource_manager: str, values: Mapping[str, Any], display_name: str) -> Redactor:
    redactor = Redactor({
        resource_manager: "<resource manager>",
        values["subscription"]: "<subscription>",
        values["tenant"]: "<tenant>",
        values["run"]: "<run>",
    })  # fmt: skip
    redactor.learn(display_name, SUBSCRIPTION_NAME)
    for name in ("ARM_CLIENT_ID", "AZURE_CLIENT_ID"):
        redactor.learn(os.environ.get(name, ""), "<client>")
    redactor.learn(os.environ.get("ARM_CLIENT_SECRET", ""))
    return redactor


class _Interrupts:
    """Ctrl-C and SIGTERM: the first ends the run, the next is told that things are being removed, a third ends that."""

    def __init__(self) -> None:
        self.is_removing = False
        self._was_told = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle both signals."""
        before = {number: signal.signal(number, self._interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self.is_removing:
            self.is_removing = True
            raise KeyboardInterrupt
        if self._was_told:
            raise KeyboardInterrupt
        self._was_told = True
        click.echo("still removing; once more leaves the rest to `make live-clean`", err=True)


def _run(
    recording: Recording, plan: Plan, bought: frozenset[str], removal: Removal, group: str
) -> _UnsuccessfulError | None:
    """Run the scenarios and remove what they made, however they end; return why it was early."""
    ended = None
    interrupts = _Interrupts()
    with interrupts.handled():
        try:
            recording.run(plan.scenarios, bought, lambda name: click.echo(f"  {name}"))
            interrupts.is_removing = True
        except KeyboardInterrupt:
            ended = _UnsuccessfulError("interrupted; what was made is removed", _INTERRUPTED)
        except TimeIsUpError:
            ended = _UnsuccessfulError("it took as long as --minutes lets it; raise that", _INCOMPLETE)
        except AccessError as error:
            ended = _UnsuccessfulError(str(error), _INCOMPLETE)
        finally:
            interrupts.is_removing = True
            try:
                removal.remove_all(group)
            except (AccessError, KeyboardInterrupt) as error:
                removal.left.append(f"{group}: {str(error) or 'interrupted'}")
    return ended


def _reference(plan: Plan, bought: frozenset[str], location: str) -> Recording:
    """Run the same scenarios on a sandbox of today, which is gone afterwards."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_home(Path(folder), Latency.FAST, dt.date.today()) as home,
        sign_in_to_sandbox(home) as arm,
    ):
        change_world(home, softDelete=True)
        values = values_of_run(SUBSCRIPTION_ID, TENANT_ID, secrets.token_hex(4), location)
        token = arm.client.headers.pop("Authorization").removeprefix("Bearer ")
        redactor = _redactor(str(arm.client.base_url).rstrip("/"), values, "")
        recording = Recording(Target(arm.client, lambda: token, values, redactor, time.monotonic() + 600))
        click.echo("the same on a sandbox:")
        recording.run(plan.scenarios, bought, lambda _name: None)
        return recording


def _head(account: Account, location: str) -> dict[str, Any]:
    """Return when and where something was observed."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    cloud = account.cloud
    return {"observed": today, "cloud": cloud.name, "isAzure": not cloud.is_described, "location": location}


def _write_record(folder: Path, head: Mapping[str, Any], recording: Recording) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    record = {**head, "leftOut": recording.left_out, "exchanges": recording.as_json()}
    (folder / "record.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _write_differences(folder: Path, head: Mapping[str, Any], recording: Recording, found: list[Difference]) -> None:
    rows = [{**head, **one.as_row()} for one in found]
    content = {**head, "leftOut": recording.left_out, "differences": rows}
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    (folder / "differences.yaml").write_text(text, encoding="utf-8")


def _tell(found: list[Difference], recording: Recording, account: Account) -> None:
    for name, why in recording.left_out.items():
        click.echo(f"left out: {name}: {why}")
    for one in found[:_SHOWN]:
        click.echo(f"differs: {one.request}: {one.what}")
        click.echo(f"    answered {_short(one.answered)}\n    sandbox  {_short(one.sandbox)}")
    if len(found) > _SHOWN:
        click.echo(f"and {len(found) - _SHOWN} more, in differences.yaml")
    click.echo(f"the sandbox answers otherwise in {len(found)} things")
    if account.cloud.is_described:
        click.echo(f"{account.cloud.name} stood in Azure's place: this says nothing of Azure")


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def main() -> None:
    """Run the command; its exit codes stand in docs/live.md."""
    try:
        cli(prog_name="live")
    except _UnsuccessfulError as failure:
        click.echo(f"live: {failure}", err=True)
        sys.exit(failure.exit_code)


if __name__ == "__main__":
    main()
