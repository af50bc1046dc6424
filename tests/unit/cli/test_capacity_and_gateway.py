"""`llama-azure capacity` reads the stack's file; `llama-azure gateway` reads the stacks' outputs."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from llama_azure_cli.main import cli
from llama_azure_cli.stack import Stack
from llama_azure_core.limits import limits
from llama_azure_sandbox.home import PROJECT_ROOT

KEYS = {"chat": "it's-a-secret", "chat-2": "another-secret"}
ROW = {
    "backend": "serverless",
    "model": "Meta-Llama-3-8B-Instruct",
    "api": "chat",
    "auth": "key",
    "uri": "https://chat.example",
    "baseUrl": "https://chat.example/v1/",
    "deployment": "Meta-Llama-3-8B-Instruct",
    "limits": {"tokensPerMinute": limits()["tokensPerMinute"], "requestsPerMinute": limits()["requestsPerMinute"]},
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), prog_name="llama-azure")


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the stacks of this checkout say that they deployed."""
    outputs: dict[str, Any] = {"endpoints": {"chat": ROW, "chat-2": {**ROW, "retiring": True}}}

    def told(_stack: Stack, *, secrets: bool = False) -> dict[str, Any]:
        return {**outputs, "endpointKeys": KEYS if secrets else "[secret]"}

    monkeypatch.setattr(Stack, "outputs", told)
    monkeypatch.chdir(PROJECT_ROOT)
    return outputs


def test_capacity_tells_what_the_file_comes_to() -> None:
    answer = run("capacity", "--stack", "sandbox", "--json")
    models = {one["model"]: one for one in json.loads(answer.output)["models"]}
    llama = models["Meta-Llama-3-8B-Instruct"]
    assert (llama["tokensPerMinute"], llama["requestsPerMinute"]) == tuple(ROW["limits"].values())  # type: ignore[attr-defined]
    printed = run("capacity", "--stack", "sandbox").output
    assert f"{limits()['tokensPerMinute']:,}" in printed
    assert "Another 1,000 requests a minute: serverless: 1 more deployment" in printed


def test_the_configuration_is_written_without_a_secret(tmp_path: Path) -> None:
    file = tmp_path / "litellm.yaml"
    answer = run("gateway", "config", "--stack", "sandbox", "--output", str(file))
    assert answer.exit_code == 0
    (entry,) = yaml.safe_load(file.read_text(encoding="utf-8"))["model_list"]
    assert entry["litellm_params"]["api_key"] == "os.environ/LLAMA_KEY_CHAT"
    assert "left out: chat-2: it retires" in answer.output
    assert not any(key in file.read_text(encoding="utf-8") + answer.output for key in KEYS.values())


def test_several_stacks_are_one_gateway() -> None:
    document = json.loads(run("gateway", "config", "--stack", "sandbox", "--stack", "dev", "--json").output)
    assert document["keys"] == {
        "LLAMA_KEY_SANDBOX_CHAT": {"stack": "sandbox", "endpoint": "chat"},
        "LLAMA_KEY_DEV_CHAT": {"stack": "dev", "endpoint": "chat"},
    }


def test_keys_are_printed_for_a_shell() -> None:
    answer = run("gateway", "keys", "--stack", "sandbox")
    assert answer.output == "export LLAMA_KEY_CHAT='it'\"'\"'s-a-secret'\n"


def test_a_stack_that_was_not_deployed_is_told(deployed: dict[str, Any]) -> None:
    deployed.clear()
    answer = run("gateway", "config", "--stack", "sandbox")
    assert answer.exit_code == 3
    assert "deploy it with `pulumi up` first" in answer.output


def test_usage_asks_for_the_administrators_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITELLM_MASTER_KEY", raising=False)
    answer = run("gateway", "usage", "--stack", "sandbox", "--url", "http://127.0.0.1:1")
    assert answer.exit_code == 3
    assert "LITELLM_MASTER_KEY is not set" in answer.output
    monkeypatch.setenv("LITELLM_MASTER_KEY", "sk-nobodys")
    assert "does not answer" in run("gateway", "usage", "--stack", "sandbox", "--url", "http://127.0.0.1:1").output
