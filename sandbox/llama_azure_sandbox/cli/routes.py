"""``sandbox routes``: which function answers a path of Azure Resource Manager."""

import datetime as dt
import inspect
import tempfile
from pathlib import Path

import click

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.service import ArmService
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency, World
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measurements import Measurements
from llama_azure_sandbox.journal.entries import Journal
from llama_azure_sandbox.monitoring.alerts import Monitoring
from llama_azure_sandbox.monitoring.kept import AlertLog
from llama_azure_sandbox.server import arm_service


@click.command("routes")
@click.argument("method", default="")
@click.argument("path", default="")
def routes_command(method: str, path: str) -> None:
    """List the paths that are no resource, or say which function answers METHOD and PATH."""
    with tempfile.TemporaryDirectory() as folder:
        rows = _service(Path(folder)).paths
    if not path:
        for row in sorted(rows, key=lambda row: row.path.lower()):
            click.echo(f"{row.method:6} {row.path}  {_function(row)}")
        return
    found = next((row for row in rows if row.values(method.upper(), path) is not None), None)
    if found is not None:
        click.echo(f"{found.method} {found.path}  {_function(found)}")
        return
    try:
        kind = resource_type(ResourceId.parse(path).type)
    except ValueError:
        raise click.ClickException(f"{path} is neither in `sandbox routes` nor the id of a resource") from None
    click.echo(f"a resource of the type {kind.name}  {_place(type(kind))}")


def _service(folder: Path) -> ArmService:
    database = folder / "state.sqlite"
    world = World(Store(database), dt.date.today(), "https://localhost", Latency.NONE)
    measurements, kept = Measurements(folder / "measurements.sqlite"), AlertLog(folder / "alerts.sqlite")
    ledger = Ledger(database)
    monitoring = Monitoring(world, measurements, ledger, Journal(folder / "journal.sqlite"), kept)
    return arm_service(world, ledger, monitoring)


def _function(row: PathRow) -> str:
    return _place(row.answer)


def _place(code: object) -> str:
    """Return the module of a function or class below the sandbox's package, and its name."""
    module = inspect.getmodule(code)
    name = getattr(code, "__qualname__", "")
    return f"{'' if module is None else module.__name__.removeprefix('llama_azure_sandbox.')}:{name}"
