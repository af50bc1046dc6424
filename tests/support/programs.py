"""Pulumi programs that tests bring along, beside the project's own."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.support.workbench import Workbench

PROGRAMS = Path(__file__).parents[1] / "engine" / "programs"


def place_program(bench: Workbench, name: str) -> tuple[str, str]:
    """Copy ``tests/engine/programs/<name>.py`` beside a workbench's project; return the CLI's arguments for it."""
    folder = bench.project / name
    folder.mkdir()
    shutil.copy(PROGRAMS / f"{name}.py", folder / "__main__.py")
    runtime = "{name: python, options: {toolchain: pip, virtualenv: ../.venv}}"
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: {runtime}\n", encoding="utf-8")
    return ("--cwd", name)


def configure_program(bench: Workbench, name: str, stack: str, values: dict[str, Any]) -> None:
    """Write a program's configuration for a stack; the passphrase's salt is Pulumi's to add again."""
    config = {key if ":" in key else f"{name}:{key}": value for key, value in values.items()}
    (bench.project / name / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}), encoding="utf-8")
