"""Shells complete what `llama-azure` takes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from llama_azure_cli.main import cli
from llama_azure_sandbox.home import PROJECT_ROOT


def completed(arguments: list[str], incomplete: str) -> list[str]:
    completion = BashComplete(cli, {}, "llama-azure", "_LLAMA_AZURE_COMPLETE")
    return [one.value for one in completion.get_completions(arguments, incomplete)]


def test_models_regions_and_stacks_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    assert completed([], "mod") == ["models"]
    assert completed(["models"], "llama-4-s") == ["Llama-4-Scout-17B-16E-Instruct"]
    assert completed(["models", "--region"], "swed") == ["swedencentral"]
    assert completed(["models", "--stack"], "st") == ["staging"]


def test_the_console_script_answers_a_shell() -> None:
    asked = {
        "_LLAMA_AZURE_COMPLETE": "bash_complete",
        "COMP_WORDS": "llama-azure models --region swed",
        "COMP_CWORD": "3",
    }
    script = Path(sys.executable).with_name("llama-azure")
    answer = subprocess.run([script], env=os.environ | asked, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["plain,swedencentral"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_asks_the_command(shell: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "llama_azure_cli", "completion", shell],
        cwd=PROJECT_ROOT / "cli",
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"_LLAMA_AZURE_COMPLETE={shell}_complete" in printed.stdout
