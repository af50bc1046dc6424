"""Every example for an endpoint's clients runs over TLS, told nothing but the environment."""

import json
from pathlib import Path

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from tests.support.arm import sign_in
from tests.support.data_plane import deploy
from tests.support.estates import make_project
from tests.support.foreign import run_client
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic

FOLDER = PROJECT_ROOT / "examples" / "clients"
EXAMPLES = sorted(path for path in FOLDER.iterdir() if path.suffix in {".py", ".sh"})
KEYED = [path for path in EXAMPLES if path.stem != "openai_keyless"]  # that one is run by test_same_script.py
QUICK = [path for path in KEYED if path.stem not in {"litellm_sdk", "langchain_chat"}]  # those take seconds to load
QUESTION = "Does it run?"


GROUP = "rg-examples"
OTHERS = {"openai_completions": "text", "score": "online"}  # what is not for a chat model's serverless endpoint


@pytest.fixture(scope="module")
def endpoints(home: SandboxHome) -> dict[str, dict[str, str]]:
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        online = make_online_endpoint(arm, GROUP, "online")
        make_online_deployment(arm, GROUP, "online", "blue")
        set_traffic(arm, GROUP, "online", {"blue": 100})
        return {
            "chat": deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct"),
            "text": deploy(arm, GROUP, "writer", "Meta-Llama-3-8B"),
            "online": {**online, "uri": f"{online['uri']}/score"},
        }


@pytest.fixture
def endpoint(endpoints: dict[str, dict[str, str]], example: Path) -> dict[str, str]:
    return endpoints[OTHERS.get(example.stem, "chat")]


def test_the_folders_readme_lists_every_example() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"`{path.name}`" not in readme] == []


@pytest.mark.client("requests", "the example of examples/clients")
@pytest.mark.client("curl", "the example of examples/clients")
@pytest.mark.parametrize("example", KEYED, ids=lambda path: path.name)
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


def test_the_notebook_runs_from_its_first_cell_to_its_last(
    home: SandboxHome, endpoints: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    notebook = json.loads((FOLDER / "chat.ipynb").read_text(encoding="utf-8"))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    program = tmp_path / "notebook.py"
    program.write_text("\n".join(code), encoding="utf-8")
    done = run_client(home, program, endpoints["chat"])
    assert done.returncode == 0, done.stderr
    assert "“And to the sun?”" in done.stdout
    assert "tokens" in done.stdout.splitlines()[-1]
    assert all(cell.get("outputs", []) == [] for cell in notebook["cells"]), (
        "an example is committed without its answers"
    )
