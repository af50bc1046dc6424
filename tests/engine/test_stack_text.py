"""The reader of stack files reads what the Pulumi engine reads, and refuses what it refuses."""

import json
from pathlib import Path

import pytest

from llama_azure_core.settings.stack_text import StackTextError, read_stack_text
from tests.support.stack_texts import SCALARS, UNREADABLE
from tests.support.workbench import Workbench

_PROJECT = "name: llama-azure\nruntime: yaml\n"


def handed_over(value: object) -> object:
    """Return a value as the engine hands it to a program: scalars as text, the rest as JSON."""
    if isinstance(value, (dict, list)):
        return json.loads(json.dumps(value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def test_every_scalar_is_what_the_engine_takes_it_for(workbench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (tmp_path / "Pulumi.scalars.yaml").write_text(SCALARS, encoding="utf-8")
    where = ("--cwd", str(tmp_path))
    workbench.pulumi(*where, "stack", "init", "scalars")
    shown = json.loads(workbench.pulumi(*where, "config", "--stack", "scalars", "--json").stdout)
    engine = {key: one.get("objectValue", one.get("value")) for key, one in shown.items()}
    ours = {key: handed_over(value) for key, value in read_stack_text(SCALARS, "f", "llama-azure").config.items()}
    assert ours.keys() == engine.keys()
    for key, value in engine.items():
        if key == "llama-azure:large":
            assert float(str(ours[key])) == float(value)
        else:
            assert ours[key] == value, key


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_the_reader_refuses_the_engine_refuses(workbench: Workbench, tmp_path: Path, what: str) -> None:
    text, _ = UNREADABLE[what]
    with pytest.raises(StackTextError):
        read_stack_text(text, "f", "llama-azure")
    (tmp_path / "Pulumi.yaml").write_text(_PROJECT, encoding="utf-8")
    (tmp_path / "Pulumi.wrong.yaml").write_text(text, encoding="utf-8")
    answer = workbench.pulumi("--cwd", str(tmp_path), "config", "--stack", "wrong", check=False)
    assert answer.returncode != 0
