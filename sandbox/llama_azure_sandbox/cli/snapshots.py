"""The commands ``sandbox snapshot``, ``export`` and ``import``: state kept aside, shared and compared."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.home_lock import is_held
from llama_azure_sandbox.process import SandboxError, StartOptions, start, stop
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.snapshots.document import DocumentError, read_document, write_document
from llama_azure_sandbox.snapshots.exchange import exported, import_into
from llama_azure_sandbox.snapshots.named import delete_snapshot, load_snapshot, save_snapshot, snapshots


@click.group("snapshot")
def snapshot_group() -> None:
    """Keep the whole state, with the stacks that describe it, under a name."""


@snapshot_group.command("save")
@click.argument("name")
def save_command(name: str) -> None:
    """Save the state, also while the sandbox runs."""
    save_snapshot(SandboxHome.locate(), name)
    click.echo(f"saved as {name}")


@snapshot_group.command("load")
@click.argument("name")
def load_command(name: str) -> None:
    """Put a snapshot in the place of the state; a running sandbox is restarted."""
    home = SandboxHome.locate()
    with _stopped(home):
        load_snapshot(home, name)
    click.echo(f"the state is that of {name}")


@snapshot_group.command("list")
def list_command() -> None:
    """Print the snapshots, the oldest first."""
    for one in snapshots(SandboxHome.locate()):
        click.echo(f"{one.name:<24} {dt.datetime.fromtimestamp(one.saved).astimezone():%Y-%m-%d %H:%M:%S}")


@snapshot_group.command("delete")
@click.argument("name")
def delete_command(name: str) -> None:
    """Remove a snapshot."""
    delete_snapshot(SandboxHome.locate(), name)
    click.echo(f"{name} is gone")


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--secrets", is_flag=True, help="Write keys, and the record of deployments, too.")
def export_command(file: Path, secrets: bool) -> None:
    """Write the state as JSON that can be read and compared."""
    home = SandboxHome.locate()
    if not home.database.exists():
        raise SandboxError("there is no state yet to export; start the sandbox first")
    record = ServerRecord.read(home.server_record)
    with _store(home) as store:
        document = exported(store, record.as_of.isoformat() if record else None, secrets=secrets)
    write_document(document, file)
    click.echo(f"wrote {len(document.resources)} resources to {file}")


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def import_command(file: Path) -> None:
    """Add the state of a file; what has the same id is replaced. A running sandbox is restarted."""
    home = SandboxHome.locate()
    home.create()
    count = import_file(home, file)
    click.echo(f"imported {count} resources from {file}")


def import_file(home: SandboxHome, file: Path) -> int:
    """Add the state of a file to a sandbox, and return how many resources it holds.

    Raises:
        SandboxError: the file holds no state that this sandbox can read.
    """
    try:
        document = read_document(file)
        with _stopped(home), _store(home) as store:
            return import_into(home, store, document)
    except DocumentError as error:
        raise SandboxError(str(error)) from None


def seed(home: SandboxHome, file: Path) -> str:
    """Import a file into a sandbox that holds no resource yet; return what became of that, for people.

    Raises:
        SandboxError: the file holds no state that this sandbox can read.
    """
    home.create()
    with _store(home) as store:
        held = sum(stored.key.startswith("/subscriptions/") for stored in store.all_resources())
    # The owner's own role assignment is there from the first start.
    if held > 1:
        return f"not seeded: the sandbox already holds {held - 1} resources; `sandbox reset` forgets them"
    return f"seeded with {import_file(home, file)} resources"


@contextmanager
def _stopped(home: SandboxHome) -> Iterator[None]:
    """Stop a running sandbox for as long as its file is changed."""
    runs = is_held(home.lock) and stop(home)
    try:
        yield
    finally:
        if runs:
            start(home, StartOptions())


@contextmanager
def _store(home: SandboxHome) -> Iterator[Store]:
    store = Store(home.database)
    try:
        yield store
    finally:
        store.close()
