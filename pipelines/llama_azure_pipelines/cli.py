"""The command line of the steps."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from llama_azure_core.commands import run
from llama_azure_pipelines.affected import affected_stacks, changed_paths
from llama_azure_pipelines.environments import ROOT, environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.identity import signed_in
from llama_azure_pipelines.programs import capture
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import by_whole, require, stands_on, with_parts
from llama_azure_pipelines.steps.adopt import adopt
from llama_azure_pipelines.steps.check import check
from llama_azure_pipelines.steps.check_gates import SYSTEMS, check_gates
from llama_azure_pipelines.steps.deploy import deploy, require_ref
from llama_azure_pipelines.steps.drift import drift
from llama_azure_pipelines.steps.keep_keys import keep_keys
from llama_azure_pipelines.steps.key_age import key_age
from llama_azure_pipelines.steps.preview import preview
from llama_azure_pipelines.steps.purge import purge
from llama_azure_pipelines.steps.recover import recover
from llama_azure_pipelines.steps.release import release
from llama_azure_pipelines.steps.report import report
from llama_azure_pipelines.steps.rotate_keys import rotate_keys
from llama_azure_pipelines.steps.setup import setup
from llama_azure_pipelines.steps.split import split

_STACKS = click.option(
    "--stack", "stacks", multiple=True, metavar="NAME", help="A stack; again for more.  [default: every environment]"
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """The steps from pull request to production, the same whichever system calls them."""


@cli.command("setup")
def setup_command() -> None:
    """Put the Pulumi CLI on the PATH of the job's later steps."""
    setup()


@cli.command("check")
@click.option("--python", metavar="VERSION", help="Run the unit tests of core and components on this Python alone.")
def check_command(python: str | None) -> None:
    """Judge style and types, and run the unit and policy tests."""
    check(python)


@cli.command("preview")
@click.option("--base", default="origin/main", show_default=True, help="The commit that the change starts from.")
@_STACKS
def preview_command(base: str, stacks: tuple[str, ...]) -> None:
    """Preview every stack that the change touches, with preflight and the guardrails."""
    known = environments()
    if stacks:
        chosen = tuple(require(stack, known) for stack in stacks)
    else:
        chosen = affected_stacks(by_whole(changed_paths(base, ROOT), known), known, stands_on(known))
    if not chosen:
        say("no stack is touched")
    preview(with_parts(chosen), known)


@cli.command("report")
@click.option("--commit", help="How to call what was previewed.  [default: the checked-out commit]")
def report_command(commit: str | None) -> None:
    """Write the comment, SARIF and JUnit, and post the comment to the pull request."""
    report(commit or _head(), environments())


@cli.command("deploy")
@_STACKS
def deploy_command(stacks: tuple[str, ...]) -> None:
    """Deploy environments in their order, parts side by side; stop at the first that fails or is unhealthy."""
    known = environments()
    require_ref(os.environ, known)
    chosen = {require(stack, known) for stack in stacks} or set(known.environments)
    deploy(tuple(stack for stack in with_parts(known.environments) if stack in chosen), known)


@cli.command("drift")
@_STACKS
def drift_command(stacks: tuple[str, ...]) -> None:
    """Find what was changed behind Pulumi's back; change nothing."""
    known = environments()
    drift(with_parts(tuple(require(stack, known) for stack in stacks) or known.environments))


@cli.command("rotate-keys")
@click.option("--stack", required=True, metavar="NAME", help="The stack.")
@click.option("--endpoint", metavar="NAME", help="The endpoint.  [default: every serverless endpoint with keys]")
@click.option("--team", metavar="NAME", help="The team of the gateway.  [default: every team]")
@click.option(
    "--hand-over", required=True, metavar="COMMAND", help="Gives callers the keys that it reads as JSON from stdin."
)
def rotate_keys_command(stack: str, endpoint: str | None, team: str | None, hand_over: str) -> None:
    """Renew the keys of serverless endpoints and of a gateway's teams; no caller loses access."""
    known = environments()
    require_ref(os.environ, known)
    if endpoint is not None and team is not None:
        raise StepError("give --endpoint or --team, not both; without either, all keys are renewed")
    rotate_keys(require(stack, known), known, hand_over, endpoint, team)


@cli.command("keep-keys")
@click.option("--vault", required=True, metavar="ID", help="The key vault's Azure resource id.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="Until callers read them.  [default: 0]",
)
def keep_keys_command(vault: str, wait: float) -> None:
    """Write the keys that are read as JSON from stdin to a key vault; a command for --hand-over."""
    known = environments()
    require_ref(os.environ, known)
    keep_keys(vault, sys.stdin.read(), wait, known)


@cli.command("keys")
@click.option("--stack", required=True, metavar="NAME", help="The stack.")
def keys_command(stack: str) -> None:
    """Tell how old the keys of serverless endpoints and teams are; end with 1 where some are to be renewed."""
    known = environments()
    key_age(require(stack, known), known)


@cli.command("check-gates")
@click.option(
    "--system", type=click.Choice(list(SYSTEMS)), help="Whose gates.  [default: the system that runs this job]"
)
def check_gates_command(system: str | None) -> None:
    """Read back whether GitHub or Azure DevOps lets jobs deploy from the right branch and after approval alone."""
    check_gates(environments(), system, os.environ)


@cli.command("release")
@click.option("--version", required=True, help="The version that the tag names, such as 0.1.0.")
def release_command(version: str) -> None:
    """Build the policy archive and the component packages."""
    release(version.removeprefix("v"))


@cli.command("adopt")
@click.option("--stack", required=True, metavar="NAME", help="The stack, whose file describes what is there.")
@click.argument("ids", nargs=-1, metavar="NAME=ID...")
def adopt_command(stack: str, ids: tuple[str, ...]) -> None:
    """Take over what is in Azure already; without ids, list the names that can be given one."""
    pairs = dict(one.partition("=")[::2] for one in ids)
    missing = [name for name, resource_id in pairs.items() if not resource_id]
    if missing:
        raise StepError(f"{', '.join(missing)}: write NAME=ID, such as hub-llama-hub=/subscriptions/…")
    adopt(stack, pairs)


@cli.command("recover")
@click.option("--stack", required=True, metavar="NAME", help="The stack whose update was killed.")
def recover_command(stack: str) -> None:
    """Take what Azure finished after a killed update into the state, and forget what it did not."""
    recover(stack)


@cli.command("split")
@click.option("--stack", required=True, metavar="NAME", help="The deployed stack.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="NAME=PROJECT,…",
    help="A stack and the projects that it gets; again for more.",
)
@click.option(
    "--into", type=click.IntRange(min=1), metavar="N", help="Deal all projects out to so many stacks instead."
)
@click.option("--yes", is_flag=True, help="Do it. Without, tell what it would be.")
def split_command(stack: str, parts: tuple[str, ...], into: int | None, yes: bool) -> None:
    """Move projects of a stack, with their state, into stacks that are deployed side by side."""
    named = [one.partition("=") for one in parts]
    wanted = {name: tuple(filter(None, keys.split(","))) for name, _, keys in named}
    if bool(wanted) == (into is not None) or not all(wanted.values()) or len(wanted) < len(named):
        raise StepError("give either --into N or --part NAME=PROJECT,…, for each stack once with its projects")
    split(stack, wanted, into=into, do=yes)


@cli.command("purge")
@click.argument("resource_id", metavar="ID")
def purge_command(resource_id: str) -> None:
    """Purge a deleted key vault or workspace, so that its name is free; nothing brings it back."""
    purge(resource_id)


def _head() -> str:
    return capture(["git", "rev-parse", "--short", "HEAD"]).output.strip() or "this change"


def main() -> NoReturn:
    """Run a step; what it finds wrong is a message, not a traceback."""
    # Beside this Python lie the tools that the steps run: preflight, pytest, uv.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

    def step() -> None:
        with signed_in(os.environ) as variables:
            os.environ.update(variables)
            cli.main(prog_name="pipelines", standalone_mode=False)

    run(step, "pipelines", StepError)
