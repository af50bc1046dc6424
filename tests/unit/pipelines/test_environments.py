"""Where the steps work, whether the code lies beside the stacks or is installed."""

import shutil
from pathlib import Path

import pytest

from llama_azure_pipelines import environments
from llama_azure_pipelines.errors import StepError
from llama_azure_sandbox.home import PROJECT_ROOT

DATA = Path("pipelines", "environments.yaml")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The code in an environment, and the current folder somewhere below a repository."""
    monkeypatch.setattr(environments, "__file__", str(tmp_path / "site-packages" / "llama_azure_pipelines" / "x.py"))
    below = tmp_path / "repository" / "stacks"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return below.parent


def test_installed_steps_work_in_the_repository_that_they_are_called_in(installed: Path) -> None:
    (installed / DATA).parent.mkdir()
    shutil.copy(PROJECT_ROOT / DATA, installed / DATA)
    assert environments._root() == installed


def test_a_folder_without_the_data_file_is_told_with_what_is_missing(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environments._root() == installed / "stacks"
    monkeypatch.setattr(environments, "_FILE", installed / DATA)
    environments.environments.cache_clear()
    with pytest.raises(StepError, match=r"nor a folder above it has pipelines/environments\.yaml: call the steps in"):
        environments.environments()
    environments.environments.cache_clear()
