"""The ``sandbox`` command."""

import datetime as dt
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from llama_azure_core.commands import run
from llama_azure_sandbox.addresses import page_address
from llama_azure_sandbox.arm.customer import Latency
from llama_azure_sandbox.cli.upstream_option import KEY_VARIABLE, UpstreamUrl
from llama_azure_sandbox.engine.find import EngineError
from llama_azure_sandbox.engine_home import prepare_engine
from llama_azure_sandbox.home import PAGE_SECRET, SandboxHome
from llama_azure_sandbox.process import SandboxError, StartOptions, reset, running, start, stop
from llama_azure_sandbox.records import ServerRecord


class _Date(click.ParamType[dt.date]):
    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date; write it as 2024-07-01", param, ctx)


class LazyGroup(click.Group):
    """A group of commands, some of them named by where they lie: ``{"log": "package.module:log_command"}``."""

    def __init__(self, *args: object, lazy: Mapping[str, str], **attributes: object) -> None:
        super().__init__(*args, **attributes)  # type: ignore[arg-type] # click's own attributes, passed on
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, loading it if need be."""
        place = self._lazy.get(cmd_name)
        if place is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


_ELSEWHERE = {
    "env": "llama_azure_sandbox.cli.environment:env_command",
    "export": "llama_azure_sandbox.cli.snapshots:export_command",
    "fault": "llama_azure_sandbox.cli.faults:fault_group",
    "import": "llama_azure_sandbox.cli.snapshots:import_command",
    "log": "llama_azure_sandbox.cli.journal:log_command",
    "oidc-token": "llama_azure_sandbox.cli.environment:oidc_token_command",
    "principal": "llama_azure_sandbox.cli.principals:principal_group",
    "routes": "llama_azure_sandbox.cli.routes:routes_command",
    "run": "llama_azure_sandbox.cli.environment:run_command",
    "snapshot": "llama_azure_sandbox.cli.snapshots:snapshot_group",
    "world": "llama_azure_sandbox.cli.world:world_group",
}


@click.group(cls=LazyGroup, lazy=_ELSEWHERE, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """An Azure on this machine: Resource Manager, sign-in and the Llama data plane."""


@cli.command("start")
@click.option("--port", type=click.IntRange(0, 65535), envvar="SANDBOX_PORT", help="Port on 127.0.0.1; 0 takes any.")
@click.option("--as-of", type=_Date(), help="The date that the sandbox believes.  [default: 2024-07-01]")
@click.option("--latency", type=click.Choice([profile.value for profile in Latency]), help="How long operations take.")
@click.option(
    "--upstream",
    type=UpstreamUrl(),
    metavar="URL",
    help=f"Let a server answer that speaks the OpenAI API, with the key in {KEY_VARIABLE}; `none` ends it.",
)
@click.option("--upstream-model", metavar="NAME", help="What that server calls the model.  [default: the deployed one]")
@click.option(
    "--model", is_flag=True, help="Let a real small model answer, SmolLM2-135M-Instruct; `make model` installs it."
)
@click.option(
    "--seed", "seed_file", type=click.Path(dir_okay=False, path_type=Path), help="Import a file if nothing is held yet."
)
def start_command(
    port: int | None,
    as_of: dt.date | None,
    latency: str | None,
    upstream: str | None,
    upstream_model: str | None,
    model: bool,
    seed_file: Path | None,
) -> None:
    """Start the sandbox, or say that it runs."""
    if model and (upstream is not None or upstream_model is not None):
        raise click.UsageError("--model is an upstream: give it or --upstream, not both.")
    home = SandboxHome.locate()
    if seed_file is not None:
        from llama_azure_sandbox.cli.snapshots import seed  # a second of loading that only this option needs

        click.echo(seed(home, seed_file))
    options = StartOptions(port, as_of, Latency(latency) if latency else None, upstream, upstream_model, model)
    record, started = start(home, options)
    prepare_engine(home)
    _describe(record, "started" if started else "already running")


@cli.command("stop")
def stop_command() -> None:
    """Stop the sandbox; what it holds stays on disk."""
    click.echo("sandbox stopped" if stop(SandboxHome.locate()) else "sandbox was not running")


@cli.command("status")
def status_command() -> None:
    """Say whether the sandbox runs; exit code 1 if it does not."""
    record = running(SandboxHome.locate())
    if record is None:
        click.echo("sandbox is not running")
        sys.exit(1)
    _describe(record, "running")


@cli.command("page")
def page_command() -> None:
    """Print the address of the sandbox's page: its stacks as they are now, and a playground."""
    home = SandboxHome.locate()
    record = running(home)
    if record is None:
        raise SandboxError("the sandbox is not running; start it with `sandbox start`")
    click.echo(page_address(record.page_port, home.secret(PAGE_SECRET)))


@cli.command("reset")
def reset_command() -> None:
    """Forget every resource, and the stacks that describe them."""
    home = SandboxHome.locate()
    was_running = stop(home)
    reset(home)
    if was_running:
        start(home, StartOptions())
        prepare_engine(home)
    click.echo("sandbox is empty")


@cli.command("engine")
def engine_command() -> None:
    """Find the Pulumi CLI, or fetch or build one in your cache folder."""
    from llama_azure_sandbox.engine.__main__ import main as provide  # only here is there anything to fetch

    sys.exit(provide())


@cli.command("logs")
@click.option("--follow", "-f", is_flag=True, help="Keep printing what is added.")
@click.option(
    "--lines", "-n", default=50, show_default=True, type=click.IntRange(0), help="How many lines to begin with."
)
def logs_command(follow: bool, lines: int) -> None:
    """Print what the server itself logs; `sandbox log` prints the requests that it answered."""
    log = SandboxHome.locate().log
    if not log.exists():
        raise SandboxError(f"there is no log yet; it will be {log}")
    subprocess.run(["tail", "-n", str(lines), *(["-f"] if follow else []), str(log)], check=False)  # noqa: S607


def _describe(record: ServerRecord, state: str) -> None:
    upstream = f"  upstream {record.upstream}" if record.upstream else ""
    click.echo(
        f"sandbox {state}: {record.base_url}  as of {record.as_of}  latency {record.latency.value}{upstream}  "
        f"pid {record.pid}"
    )


def main() -> NoReturn:
    """Run the command line; a mistake of the user's is one line, not a traceback."""
    run(lambda: cli.main(prog_name="sandbox", standalone_mode=False), "sandbox", SandboxError, EngineError)
