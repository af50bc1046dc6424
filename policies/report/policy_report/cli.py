"""The command ``policy-report``."""

import datetime as dt
import sys
from pathlib import Path

import click
from rich.console import Console

from llama_azure_report import Report, print_report, to_json, to_junit, to_markdown, to_sarif
from llama_guardrails import RULES
from llama_guardrails.configuration import Configuration, ConfigurationError, load_configuration
from llama_guardrails.context import JUDGED_TODAY
from llama_guardrails.rule import Level
from policy_report.configurations import configuration_file, stack_file_of, stated_in, told_of_its_stack
from policy_report.engine import analyze, pack_for, preview
from policy_report.errors import ReportError
from policy_report.outcome import ExitCode, exit_code, make_report
from policy_report.stack_lines import lines_of

_REPORTS = Path("build/policy")


@click.command()
@click.option("--stack", required=True, help="The stack; its reports go to build/policy/<stack>/.")
@click.option("--environment", help="Whose configuration of policies/config judges. Default: the stack's name.")
@click.option(
    "--config",
    "own",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What judges. Default: policies/config/<environment>.json of the project, or its guardrails.json.",
)
@click.option("--state", is_flag=True, help="Judge what is deployed, instead of a preview.")
@click.option("--file", "state_file", type=click.Path(path_type=Path, dir_okay=False), help="Judge an exported state.")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder of any Pulumi program. Default: here.",
)
@click.option("--link-base", default="", help="The address of the repository's root, for links to the rules' pages.")
def main(
    stack: str,
    environment: str | None,
    own: Path | None,
    state: bool,
    state_file: Path | None,
    project: Path,
    link_base: str,
) -> None:
    """Say what the guardrails find in a stack of any Pulumi program, for a pull request.

    Exit codes: 0 clean, 1 violations, 2 undecided, 3 could not run.
    """
    name = stack.rsplit("/", 1)[-1]
    environment = environment or name
    folder = project / _REPORTS / name
    try:
        path = configuration_file(project, environment, own).resolve()
        with pack_for(project) as pack:
            report = _judge(stack, environment, path, pack, state, state_file, project)
    except (ReportError, ConfigurationError) as error:
        click.echo(f"policy-report: {error}", err=True)
        sys.exit(ExitCode.COULD_NOT_RUN)
    _write(report, folder, link_base)
    print_report(report, Console(stderr=True))
    click.echo(f"policy-report: {_summary(report)}; see {folder}/report.md")
    sys.exit(exit_code(report))


def _judge(
    stack: str, environment: str, path: Path, pack: Path, state: bool, state_file: Path | None, project: Path
) -> Report:
    configuration = load_configuration(path, RULES)
    name = stack.rsplit("/", 1)[-1]
    file = stack_file_of(project, name)
    if not state and state_file is None:
        run, origin = preview(stack, pack, path, project), "preview"
    else:
        source = ("--stack", stack) if state_file is None else ("--file", str(state_file.resolve()))
        with told_of_its_stack(path, project / file) as told:
            run, origin = analyze(source, pack, told, project), "state"
    return make_report(
        run,
        RULES,
        configuration,
        stack=name,
        environment=environment,
        origin=origin,
        file=file.as_posix(),
        line_of=lines_of(project / file),
        dates=_dates(project / file, configuration),
    )


def _dates(stack_file: Path, configuration: Configuration) -> tuple[dt.date, ...]:
    """Return the dates on which the pack judges a stack."""
    today = dt.date.today()
    own = stated_in(stack_file).as_of
    is_held = configuration.settings[JUDGED_TODAY].level is not Level.DISABLED
    first = own or configuration.general.as_of or today
    return tuple(dict.fromkeys((first, today) if own is not None and is_held else (first,)))


def _write(report: Report, folder: Path, link_base: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(to_json(report), encoding="utf-8")
    (folder / "report.md").write_text(to_markdown(report, link_base), encoding="utf-8")
    (folder / "report.sarif").write_text(to_sarif(report, link_base), encoding="utf-8")
    (folder / "report.junit.xml").write_text(to_junit(report), encoding="utf-8")


def _summary(report: Report) -> str:
    words = {
        ExitCode.CLEAN: "clean",
        ExitCode.VIOLATIONS: "violations",
        ExitCode.UNDECIDED: "undecided",
        ExitCode.COULD_NOT_RUN: "a rule failed",
    }
    return f"{report.stack}: {words[exit_code(report)]}, {len(report.findings)} findings in all"
