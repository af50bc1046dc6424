"""Which configuration a stack is judged by, and what a state has to be told of its stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from llama_azure_core.judging import Stated, stated
from llama_azure_core.settings import NAMESPACE
from llama_azure_core.settings.stack_text import StackTextError, read_stack_text
from llama_guardrails.configuration import GENERAL
from llama_guardrails.context import JUDGED_TODAY
from policy_report.errors import ReportError


def configuration_file(folder: Path, environment: str) -> Path:
    """Return an environment's configuration.

    Raises:
        ReportError: it has none.
    """
    path = folder / f"{environment}.json"
    if not path.exists():
        there = ", ".join(sorted(one.stem for one in folder.glob("*.json"))) or "none"
        raise ReportError(
            f"{path} is missing: write it, or name an environment that has a configuration ({there}) with --environment"
        )
    return path


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
