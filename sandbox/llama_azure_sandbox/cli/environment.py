"""The commands ``sandbox env``, ``run`` and ``oidc-token``: how clients reach a sandbox, and as whom."""

import os
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from llama_azure_sandbox.engine.find import EngineError, find_engine
from llama_azure_sandbox.engine_home import prepare_engine
from llama_azure_sandbox.environment import POLICY_VARIABLES, client_environment, official_provider_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import SandboxError, running
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.sign_in import SignIn, oidc_token

Command = TypeVar("Command", bound=Callable[..., object])

_UNTRIED = (
    "# For the official azure-native plugin. UNTRIED: the plugin is not to be had without its download site.\n"
    "# The names of the variables are its source's; use a stack of its own, with `pulumi` and not `sandbox run`."
)


def _as_whom(command: Command) -> Command:
    """Add the options that say who signs in, and how."""
    who = click.option(
        "--principal", default=OWNER_NAME, show_default=True, help="Who is signed in; see `sandbox principal list`."
    )
    how = click.option(
        "--sign-in",
        "way",
        type=click.Choice([way.value for way in SignIn]),
        default=SignIn.MANAGED_IDENTITY.value,
        show_default=True,
        help="How.",
    )
    return who(how(command))


@click.command("env")
@_as_whom
@click.option(
    "--provider",
    type=click.Choice(["stand-in", "official"]),
    default="stand-in",
    show_default=True,
    help="Which azure-native plugin the shell is for.",
)
@click.option(
    "--no-policy",
    is_flag=True,
    help="Without this repository's policy pack, for a pack and a configuration of your own.",
)
def env_command(principal: str, way: str, provider: str, no_policy: bool) -> None:
    """Print `export` lines for a shell: eval "$(sandbox env)"."""
    home = SandboxHome.locate()
    record = _known_server(home)
    if provider == "official":
        click.echo(_UNTRIED)
        environment = official_provider_environment(home, record, principal)
    else:
        engine = _engine_folder()
        if engine is None:
            click.echo(
                "sandbox: no Pulumi CLI is here yet, so this is for other clients; `sandbox engine` provides one",
                err=True,
            )
        environment = client_environment(home, record, engine, os.environ, principal, SignIn(way))
    if no_policy:
        # Empty, so that a shell that has them already loses them.
        environment |= dict.fromkeys(environment.keys() & POLICY_VARIABLES, "")
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")


@click.command("run", context_settings={"ignore_unknown_options": True})
@_as_whom
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run_command(principal: str, way: str, command: tuple[str, ...]) -> NoReturn:
    """Run a command that reaches the sandbox, and only it: sandbox run -- pulumi up."""
    home = SandboxHome.locate()
    record = running(home)
    if record is None:
        raise SandboxError("it is not running, so the command was not run; start it with `sandbox start`")
    prepare_engine(home)
    engine = find_engine().folder if Path(command[0]).name == "pulumi" else _engine_folder()
    environment = os.environ | client_environment(home, record, engine, os.environ, principal, SignIn(way))
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise SandboxError(f"there is no program {command[0]!r} on the PATH")
    os.execve(program, command, environment)  # noqa: S606 - no shell is wanted: the command takes this process's place


@click.command("oidc-token")
@click.option("--subject", required=True, help="Such as repo:contoso/llama:environment:prod.")
@click.option("--audience", help="For whom it is.  [default: api://AzureADTokenExchange]")
@click.option("--issuer", help="In whose name it is made.  [default: the sandbox's own issuer]")
def oidc_token_command(subject: str, audience: str | None, issuer: str | None) -> None:
    """Print a token as a pipeline's issuer makes it, good for ten minutes; the sandbox accepts it as that issuer's."""
    click.echo(oidc_token(SandboxHome.locate(), subject, audience, issuer))


def _engine_folder() -> Path | None:
    """Return the folder of the Pulumi CLI, or ``None`` while there is none: most clients need none."""
    try:
        return find_engine().folder
    except EngineError:
        return None


def _known_server(home: SandboxHome) -> ServerRecord:
    """Return the record of the server that runs, or of the last one: its address stays the same."""
    record = ServerRecord.read(home.server_record)
    if record is None:
        raise SandboxError("it was never started here; start it with `sandbox start`")
    if running(home) is None:
        click.echo("sandbox: it is not running; start it with `sandbox start`", err=True)
    return record
