"""What the command says of a stack's endpoints where something is missing or wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from llama_azure_cli import stack as stacks
from llama_azure_cli.errors import CommandError
from llama_azure_cli.main import COMMANDS, cli
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.prices import plain, price_list
from llama_azure_sandbox.home import PROJECT_ROOT


def endpoint(api: str | None = "chat", back_end: str = "serverless", auth: str = "key") -> dict[str, Any]:
    return {
        "kind": back_end,
        "backend": back_end,
        "auth": auth,
        "model": None if api is None else "Llama",
        "project": "assistants",
        "region": "eastus2",
        "api": api,
        "uri": "https://x/score" if back_end == "managed" else "https://x",
        "baseUrl": "https://x/v1/",
        "deployment": None if api is None else "Llama",
        "routes": {},
        "limits": {"tokensPerMinute": 200000.0},
    }


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `pulumi stack output` tells, without asking it."""
    told = {
        "answers": endpoint(auth="token", back_end="foundry"),
        "empty": endpoint(None, "managed"),
        "own": endpoint(back_end="managed"),
        "old": endpoint("score", "managed"),
        "text": endpoint("completions"),
        "tiny": endpoint(auth="keyOrToken"),
    }
    values: dict[str, Any] = {"endpoints": told, "endpointKeys": "[secret]"}
    monkeypatch.setattr(stacks, "pulumi", lambda *_arguments: json.dumps(values))
    monkeypatch.chdir(PROJECT_ROOT)
    return values


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--stack", "sandbox"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["code", "answer"], "stack sandbox has no endpoint answer; did you mean answers?"),
        (["code"], "which endpoint of stack sandbox? It has answers, empty, old, own, text, tiny"),
        (["code", "text", "--client", "azure-ai-inference"], "azure-ai-inference has no completions; take curl or"),
        (["code", "tiny", "--kind", "scoring"], "tiny does not answer scoring: it answers chat"),
        (["code", "own", "--keyless"], "own takes keys alone"),
        (["code", "empty"], "empty has no deployment that could be asked"),
        (["code", "answers", "--key"], "answers takes no keys: callers sign in with Microsoft Entra ID"),
        (["chat", "old", "-m", "Hm?"], "old answers its scoring route alone; see `llama-azure code`"),
        (["chat", "tiny"], "there is nothing to ask: standard input is empty"),
        (["endpoints", "tny"], "stack sandbox has no endpoint tny; did you mean tiny"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
@pytest.mark.usefixtures("outputs")
def test_what_cannot_be_done_gets_a_sentence(arguments: list[str], said: str) -> None:
    answer = run(*arguments)
    assert answer.exit_code == 3
    assert answer.output.startswith(f"llama-azure: {said}")
    assert answer.output.count("\n") == 1


def test_outputs_of_an_older_version_are_told_with_what_helps(outputs: dict[str, Any]) -> None:
    del outputs["endpoints"]["tiny"]["baseUrl"]
    answer = run("code", "tiny")
    assert answer.exit_code == 3
    assert (
        "is not what this version exports (KeyError('baseUrl')); deploy it anew: pulumi up --stack sandbox"
        in answer.output
    )


def test_a_stack_that_was_not_deployed_lists_what_its_file_says(outputs: dict[str, Any]) -> None:
    outputs.clear()
    rows = json.loads(run("endpoints", "--json", "--no-live").stdout)["endpoints"]
    assert [row["model"] for row in rows] == ["Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"]
    assert {row["state"] for row in rows} == {"not deployed yet"}
    assert {end["day"] for row in rows for end in row["ends"]} == {"2025-06-30"}
    answer = run("code", "tiny")
    assert "stack sandbox has no endpoints; deploy it first: pulumi up --stack sandbox" in answer.output


def test_a_price_is_the_price_lists_and_one_that_is_not_known_is_not_nothing(outputs: dict[str, Any]) -> None:
    outputs.clear()
    model = "Meta-Llama-3-8B-Instruct"
    known = price_list().tokens(model, BackEnd.SERVERLESS, "eastus2").input
    rows = {row["model"]: row for row in json.loads(run("endpoints", "--json", "--no-live").stdout)["endpoints"]}
    told = rows[model]["price"]["perMillionTokens"]["input"]
    assert told == (None if known is None else str(known.per_million))
    shown = run("endpoints", "--no-live").output
    assert (plain(known.per_million) if known else "not known: no price of a token") in shown
    assert " 0 USD" not in shown


def test_every_subcommand_of_the_list_is_there() -> None:
    for name in COMMANDS:
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_the_question_of_a_shell_loads_no_client_of_azure() -> None:
    program = (
        "import sys, llama_azure_cli.main; from llama_azure_cli.commands import models;"
        "print(*(name for name in ('azure', 'openai', 'llama_azure_core.settings') if name in sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ""


def test_tokens_of_the_workspace_are_told_apart_from_those_of_entra(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    blue = {"model": "Meta-Llama-3-8B-Instruct", "vmSize": "Standard_NC24ads_A100_v4", "traffic": 100}
    config = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": "rg",
        "llama-azure:hub": {"name": "hub-llama"},
        "llama-azure:projects": {
            "team": {"managed": {"own": {"name": "own", "authMode": "AMLToken", "deployments": {"blue": blue}}}}
        },
    }
    (tmp_path / "Pulumi.sandbox.yaml").write_text(json.dumps({"config": config}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    outputs["endpoints"] = {"own": endpoint(back_end="managed", auth="token")}
    for asked in (["code", "own"], ["chat", "own", "-m", "Hm?"]):
        answer = run(*asked)
        assert answer.exit_code == 3
        assert "own takes tokens of the workspace (its authMode is AMLToken)" in answer.output
    assert run("endpoints", "--no-live").exit_code == 0


def test_a_project_without_the_stacks_file_is_told_from_the_outputs_alone(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("endpoints", "tiny", "--no-live")
    assert answer.exit_code == 0
    assert "200,000 tokens a minute" in answer.output
    assert "not in the stack's file" in answer.output
    assert "Read from the outputs alone: no Pulumi.yaml" in answer.output


def test_without_a_stack_the_command_names_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: str) -> str:
        raise CommandError("`pulumi stack --show-name` failed: no stack selected")

    monkeypatch.setattr(stacks, "pulumi", refuse)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    monkeypatch.chdir(PROJECT_ROOT)
    answer = CliRunner().invoke(cli, ["endpoints"])
    assert answer.exit_code == 3
    assert "which stack? Give --stack NAME, one of dev, platform, prod, sandbox, staging, team." in answer.output


def test_a_missing_pulumi_is_told_with_what_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = run("endpoints")
    assert answer.exit_code == 3
    assert "there is no program 'pulumi' on the PATH; in the sandbox: `sandbox run -- llama-azure …`" in answer.output
