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
from policy_report.configurations import configuration_file, stated_in, told_of_its_stack
from policy_report.engine import Run, analyze, preview
from policy_report.errors import ReportError
from policy_report.outcome import ExitCode, exit_code, make_report
from policy_report.stack_lines import lines_of

_PACK = Path("policies/llama_guardrails")
_CONFIGURATIONS = Path("policies/config")
_REPORTS = Path("build/policy")


@click.command()
@click.option("--stack", required=True, help="The stack; its reports go to build/policy/<stack>/.")
@click.option("--environment", help="Whose configuration of policies/config judges. Default: the stack's name.")
@click.option("--state", is_flag=True, help="Judge what is deployed, instead of a preview.")
@click.option("--file", "state_file", type=click.Path(path_type=Path, dir_okay=False), help="Judge an exported state.")
@click.option("--project", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Default: here.")
@click.option("--link-base", default="", help="The address of the repository's root, for links to the rules' pages.")
def main(
    stack: str, environment: str | None, state: bool, state_file: Path | None, project: Path, link_base: str
) -> None:
    """Say what the guardrails find in a stack, for a pull request.

    Exit codes: 0 clean, 1 violations, 2 undecided, 3 could not run.
    """
    name = stack.rsplit("/", 1)[-1]
    environment = environment or name
    folder = project / _REPORTS / name
    try:
        report = _judge(stack, environment, state, state_file, project)
    except (ReportError, ConfigurationError) as error:
        click.echo(f"policy-report: {error}", err=True)
        sys.exit(ExitCode.COULD_NOT_RUN)
    _write(report, folder, link_base)
    print_report(report, Console(stderr=True))
    click.echo(f"policy-report: {_summary(report)}; see {folder}/report.md")
    sys.exit(exit_code(report))


def _judge(stack: str, environment: str, state: bool, state_file: Path | None, project: Path) -> Report:
    path = configuration_file(project / _CONFIGURATIONS, environment).resolve()
    configuration = load_configuration(path, RULES)
    pack = (project / _PACK).resolve()
    name = stack.rsplit("/", 1)[-1]
    if not state and state_file is None:
        run, origin = preview(stack, pack, path, project), "preview"
    else:
        run, origin = _of_state(stack, state_file, pack, path, project), "state"
    file = Path("stacks") / f"Pulumi.{name}.yaml"
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


def _of_state(stack: str, state_file: Path | None, pack: Path, configuration: Path, project: Path) -> Run:
    source = ("--stack", stack) if state_file is None else ("--file", str(state_file.resolve()))
    stack_file = project / "stacks" / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    with told_of_its_stack(configuration, stack_file) as told:
        return analyze(source, pack, told, project)


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
