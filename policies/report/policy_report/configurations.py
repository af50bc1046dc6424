"""Which configuration a stack is judged by, and what a state has to be told of its stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from llama_guardrails.configuration import GENERAL
from policy_report.errors import ReportError

_STACK_KEYS = {"llama-azure:asOf": "asOf", "llama-azure:regionSnapshot": "regionSnapshot"}


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

    What the configuration itself says stays.
    """
    content = json.loads(configuration.read_text(encoding="utf-8"))
    general: dict[str, Any] = content.setdefault(GENERAL, {})
    for key, option in _STACK_KEYS.items():
        value = _stack_config(stack_file).get(key)
        if value is not None:
            general.setdefault(option, str(value))
    with TemporaryDirectory(prefix="policy-report-") as folder:
        path = Path(folder, configuration.name)
        path.write_text(json.dumps(content), encoding="utf-8")
        yield path


def _stack_config(stack_file: Path) -> dict[str, Any]:
    if not stack_file.exists():
        return {}
    config: dict[str, Any] = (yaml.safe_load(stack_file.read_text(encoding="utf-8")) or {}).get("config") or {}
    return config
