"""Shells complete what `llama-azure` takes."""

import subprocess
import sys

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
