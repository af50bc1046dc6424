"""The ``preflight`` command."""

import contextlib
import datetime as dt
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console

from llama_azure_access import AccessError, sign_in
from llama_azure_core.judging import is_local_cloud, judged_principals, other_date_problem
from llama_azure_core.plan import plan_of_stack
from llama_azure_core.settings import Project, SettingsError, StackFile
from llama_azure_preflight.asking import Asker
from llama_azure_preflight.azure import Azure
from llama_azure_preflight.check import Check
from llama_azure_preflight.checks import CHECKS, UnknownCheckError, find_check
from llama_azure_preflight.checks.taken_along import CHECK as DELETION
from llama_azure_preflight.errors import PreflightError
from llama_azure_preflight.hints import checks_of_code, hint_lines, remedies_of_code
from llama_azure_preflight.progress import ProgressBar
from llama_azure_preflight.role import least_role
from llama_azure_preflight.run import run
from llama_azure_preflight.stack import Stack, read_state
from llama_azure_report import Report, Result, last_report, print_report, to_json, to_junit, to_markdown, to_sarif

FAILED, UNDECIDED, COULD_NOT_RUN = 1, 2, 3

WRITERS = {"json": to_json, "junit": to_junit, "markdown": to_markdown, "sarif": to_sarif}
"""By format. The table is for terminals alone."""

_SUBSCRIPTION_VARIABLES = ("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID")


class _Command(click.Group):
    """Runs the checks where no other command is named, and tells mistakes in a line."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (AccessError, PreflightError, SettingsError, UnknownCheckError) as error:
            click.echo(f"preflight: {error}", err=True)
            context.exit(COULD_NOT_RUN)


@click.group(cls=_Command, invoke_without_command=True)
@click.option("--stack", metavar="NAME", help="The stack, whose file is stacks/Pulumi.NAME.yaml.")
@click.option(
    "--format", "kind", type=click.Choice(["table", *WRITERS]), default="table", help="How to report. Default: table."
)
@click.option("--only", multiple=True, metavar="ID", help="Run this check alone; can be repeated.")
@click.option("--skip", multiple=True, metavar="ID", help="Leave this check out; can be repeated.")
@click.option("--strict", is_flag=True, help="Exit with 2 where something could not be asked.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What `pulumi stack export` wrote: it tells what the stack owns. Default: what its settings name.",
)
@click.option("--destroy", is_flag=True, help="Ask what `pulumi destroy` would take along instead; takes --state.")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report there.")
@click.option("--record", is_flag=True, help="Keep the report below build/ too: the estate page shows the last one.")
@click.option("--time-limit", type=click.FloatRange(min=1), default=120.0, metavar="SECONDS", help="Default: 120.")
@click.option(
    "--call-limit",
    type=click.FloatRange(min=0.1),
    default=30.0,
    metavar="SECONDS",
    help="For one request. Default: 30.",
)
@click.pass_context
def preflight(context: click.Context, /, **options: object) -> None:
    """Ask Azure whether it will accept what a stack describes. Nothing is changed.

    Exit codes: 0 nothing fails, 1 something fails, 2 with --strict something could not be asked,
    3 nobody could sign in or the settings cannot be read.
    """
    if context.invoked_subcommand is None:
        if not options["stack"]:
            raise click.UsageError("which stack? Give --stack NAME.")
        context.exit(_check_stack(**options))  # type: ignore[arg-type]


@preflight.command("explain")
@click.argument("identifier", metavar="ID_OR_CODE")
def explain_command(identifier: str) -> None:
    """Print what a check asks and the permissions that it needs itself.

    ID_OR_CODE is a check's id, or an error code of Azure's: then what helps is printed, and the checks that explain it.
    """
    remedies = [f"{identifier}: {remedy}" for remedy in remedies_of_code(identifier)]
    checks = checks_of_code(identifier) or (() if remedies else (find_check(identifier),))
    click.echo("\n\n".join([*remedies, *map(explanation, checks)]))


@preflight.command("hint")
@click.argument("log", type=click.File(encoding="utf-8", errors="replace"), default="-")
@click.option("--stack", default="NAME", metavar="NAME", help="The stack, for the commands that are printed.")
def hint_command(log: TextIO, stack: str) -> None:
    """Print the checks that explain why a deployment failed, and what helps.

    LOG is what `pulumi up` printed, or the engine events that it wrote; standard input if it is not given.
    Nothing of it but Azure's error codes is printed again.
    """
    for line in hint_lines(log.read(), stack):
        click.echo(line)


@preflight.command("role")
def role_command() -> None:
    """Print the least role with which every check can ask, for `az role definition create`."""
    subscription = next((os.environ[name] for name in _SUBSCRIPTION_VARIABLES if os.environ.get(name)), "")
    click.echo(json.dumps(least_role(CHECKS, subscription or "<subscription>"), indent=2))


def explanation(check: Check) -> str:
    """Return a check's description for a terminal."""
    permissions = "\n".join(f"  {one}" for one in check.permissions) or "  none: it is judged by the facts alone"
    return f"{check.id}: {check.title}\n\nAsks:   {check.asks}\nRemedy: {check.remedy}\n\nNeeds:\n{permissions}"


def _check_stack(
    *,
    stack: str,
    kind: str,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    strict: bool,
    state: Path | None,
    destroy: bool,
    output: Path | None,
    record: bool,
    time_limit: float,
    call_limit: float,
) -> int:
    if destroy and state is None:
        raise click.UsageError("what would be destroyed? Give --state FILE, what `pulumi stack export` wrote.")
    checks = _chosen(only or ((DELETION.id,) if destroy else ()), skip)
    project = Project(Path.cwd())
    file = project.stack(stack)
    account = sign_in(os.environ, file.config)
    asked = replace(_stack(project, stack, file, account.subscription_id, state), is_destroyed=destroy)
    account.token()  # whoever cannot sign in gets one line, not one for each check
    with (
        Azure(account, asked.plan.subscription, call_seconds=call_limit) as azure,
        Asker(azure, time_limit) as asker,
        ProgressBar(Console(stderr=True)) as progress,
    ):
        report = run(checks, stack, asked, asker, progress, strict=strict)
    report = replace(report, file=file.name)
    if record:
        path = last_report(project.folder, report.tool, stack)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write("json", path, report)
    _write(kind, output, report)
    if report.counts[Result.FAIL]:
        return FAILED
    return UNDECIDED if strict and report.counts[Result.UNKNOWN] else 0


def _chosen(only: Iterable[str], skip: Iterable[str]) -> list[Check]:
    wanted = [find_check(one) for one in only] or list(CHECKS)
    unwanted = [find_check(one) for one in skip]
    return [check for check in CHECKS if check in wanted and check not in unwanted]


def _stack(project: Project, name: str, file: StackFile, subscription: str, state: Path | None) -> Stack:
    settings = file.settings()
    if not subscription:
        raise PreflightError(
            f"no subscription is named: set {_SUBSCRIPTION_VARIABLES[0]}, or azure-native:subscriptionId in {file.name}"
        )
    made = plan_of_stack(project, name, settings, subscription)
    today = dt.date.today()
    also = () if is_local_cloud(os.environ, file.config) else (today,)
    return Stack(
        made,
        dates=tuple(dict.fromkeys((made.on, *also))),
        region_dates=tuple(dict.fromkeys((made.regions_on, *also))),
        owned=None if state is None else read_state(state),
        principals=judged_principals(file.config, os.environ),
        date_problem=other_date_problem(settings, os.environ, file.config, today),
    )


def _write(kind: str, output: Path | None, report: Report) -> None:
    with contextlib.ExitStack() as stack_of_files:
        file = sys.stdout if output is None else stack_of_files.enter_context(output.open("w", encoding="utf-8"))
        if kind == "table":
            print_report(report, Console(file=file))
        else:
            file.write(WRITERS[kind](report))


def main() -> None:
    """Run the command."""
    preflight(prog_name="preflight")
