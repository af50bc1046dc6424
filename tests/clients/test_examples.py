"""Every example for an endpoint's clients runs over TLS, told nothing but the environment."""

from pathlib import Path

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project
from tests.support.foreign import run_client

FOLDER = PROJECT_ROOT / "examples" / "clients"
EXAMPLES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".py", ".sh"})
QUICK = [path for path in EXAMPLES if path.stem not in {"litellm_sdk", "langchain_chat"}]  # those take seconds to load
QUESTION = "Does it run?"


@pytest.fixture(scope="module")
def endpoint(home: SandboxHome) -> dict[str, str]:
    with sign_in(home) as arm:
        make_project(arm, "rg-examples")
        return deploy(arm, "rg-examples", "chatty", "Meta-Llama-3-8B-Instruct")


def test_the_folders_readme_lists_every_example() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"`{path.name}`" not in readme] == []


@pytest.mark.client("requests", "the example of examples/clients")
@pytest.mark.client("curl", "the example of examples/clients")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_asks_and_prints_the_answer(home: SandboxHome, endpoint: dict[str, str], example: Path) -> None:
    answered = run_client(home, example, endpoint, QUESTION)
    assert answered.returncode == 0, answered.stderr
    assert f"“{QUESTION}”" in answered.stdout


@pytest.mark.parametrize("example", QUICK, ids=lambda path: path.name)
def test_an_example_with_a_wrong_key_fails_and_does_not_print_it(
    home: SandboxHome, endpoint: dict[str, str], example: Path
) -> None:
    refused = run_client(home, example, endpoint, key="a-key-that-is-wrong")
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "401" in said or "Unauthorized" in said
    assert "a-key-that-is-wrong" not in said
