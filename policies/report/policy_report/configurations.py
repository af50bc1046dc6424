"""Which configuration a stack is judged by, and what a state has to be told of its stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from llama_azure_core.judging import Stated, stated
from llama_azure_core.settings import NAMESPACE
from llama_azure_core.settings.stack_text import StackTextError, read_stack_text
from llama_guardrails.configuration import GENERAL
from llama_guardrails.context import JUDGED_TODAY
from policy_report.errors import ReportError

_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")

_OF_ENVIRONMENTS = Path("policies/config")
_OF_ALL_STACKS = "guardrails.json"


def configuration_file(project: Path, environment: str, own: Path | None = None) -> Path:
    """Return what judges an environment of a project: the file that was named, or the one in the project's folder.

    Raises:
        ReportError: there is none.
    """
    if own is not None:
        if not own.is_file():
            raise ReportError(f"{own} is not there: --config names a configuration of the guardrails, a file of JSON")
        return own
    folder = project / _OF_ENVIRONMENTS
    for path in (folder / f"{environment}.json", project / _OF_ALL_STACKS):
        if path.is_file():
            return path
    there = ", ".join(sorted(one.stem for one in folder.glob("*.json"))) or "none"
    raise ReportError(
        f"{folder / environment}.json is missing: write it, or {project / _OF_ALL_STACKS} for all stacks; or name a "
        f"file with --config, or an environment that has a configuration ({there}) with --environment"
    )


def stack_file_of(project: Path, stack: str) -> Path:
    """Return where the engine keeps a stack's settings, below the project's folder; the file need not be there.

    Raises:
        ReportError: the project's own file is not there or cannot be read.
    """
    for name in _PROJECT_FILES:
        try:
            content = yaml.safe_load((project / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ReportError(f"{project / name} cannot be read: {error}") from None
        folder = content.get("stackConfigDir") if isinstance(content, dict) else None
        return Path(str(folder or "."), f"Pulumi.{stack}{Path(name).suffix}")
    raise ReportError(f"{project} holds no {_PROJECT_FILES[0]}: name the folder of a Pulumi program with --project")


@contextmanager
def told_of_its_stack(configuration: Path, stack_file: Path) -> Iterator[Path]:
    """Give a configuration the date that the stack judges by: a state is analysed without a stack's settings.

    What the configuration itself says stays, and a stack that is held to today is judged on today.

    Raises:
        ReportError: the stack's file cannot be read.
    """
    content = json.loads(configuration.read_text(encoding="utf-8"))
    general: dict[str, Any] = content.setdefault(GENERAL, {})
    said = Stated() if _is_held_to_today(content) else stated_in(stack_file)
    if said.as_of is not None:
        general.setdefault("asOf", said.as_of.isoformat())
    if said.region_snapshot is not None:
        general.setdefault("regionSnapshot", said.region_snapshot)
    with TemporaryDirectory(prefix="policy-report-") as folder:
        path = Path(folder, configuration.name)
        path.write_text(json.dumps(content), encoding="utf-8")
        yield path


def _is_held_to_today(content: dict[str, Any]) -> bool:
    level = content.get(JUDGED_TODAY)
    return (level.get("enforcementLevel") if isinstance(level, dict) else level) != "disabled"


def stated_in(stack_file: Path) -> Stated:
    """Return what a stack's file says of how it is judged; nothing where there is no file.

    Raises:
        ReportError: it cannot be read.
    """
    if not stack_file.exists():
        return Stated()
    try:
        text = read_stack_text(stack_file.read_text(encoding="utf-8"), str(stack_file), NAMESPACE)
    except (OSError, UnicodeDecodeError, StackTextError) as error:
        raise ReportError(str(error)) from None
    return stated(text.config)
