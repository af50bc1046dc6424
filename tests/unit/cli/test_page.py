"""`llama-azure page` writes one file of what is known, and serves the same with the stack's own sign-in."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from llama_azure_cli.main import cli
from llama_azure_sandbox.home import PROJECT_ROOT

KEY = "a-key-that-nobody-prints"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
ENDPOINT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/assistants"
    "/serverlessEndpoints/page-chat"
)
# What the real CLI prints of a stack with one endpoint; it holds the key only where secrets are asked for.
PULUMI = f"""#!{sys.executable}
import json, sys
endpoints = {{"page-chat": {{"kind": "serverless", "backend": "serverless", "model": "Meta-Llama-3-8B-Instruct",
    "project": "assistants", "region": "eastus2", "api": "chat", "uri": "http://127.0.0.1:9", "auth": "key",
    "baseUrl": "http://127.0.0.1:9/v1/", "deployment": "m", "routes": {{}}, "limits": {{}}}}}}
args = sys.argv[1:]
if "none" in args:
    sys.exit("error: no stack named 'none' found")
if "export" in args:
    print(json.dumps({{"deployment": {{"resources": [
        {{"type": "pulumi:pulumi:Stack", "outputs": {{"endpoints": endpoints}}}},
        {{"custom": True, "type": "x", "id": "{ENDPOINT}"}}]}}}}))
elif "output" in args:
    keys = {{"page-chat": "{KEY}"}} if "--show-secrets" in args else "[secret]"
    print(json.dumps({{"endpoints": endpoints, "endpointKeys": keys}}))
elif "preview" in args:
    urn = "urn:pulumi:one::llama-azure::llama-azure:index:ServerlessEndpoint::assistants-page-chat"
    print(json.dumps({{"resourcePreEvent": {{"metadata": {{"op": "replace", "urn": urn}}}}}}))
elif "--show-name" in args:
    print("one")
"""
STACK = """
config:
  azure-native:location: eastus2
  azure-native:subscriptionId: 00000000-0000-0000-0000-000000000000
  llama-azure:asOf: "2024-07-01"
  llama-azure:resourceGroup: rg
  llama-azure:hub: {name: hub}
  llama-azure:projects:
    assistants: {serverless: [{model: Meta-Llama-3-8B-Instruct, name: page-chat}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Pulumi project of two stacks, one of which was never made, and a CLI that knows them."""
    (tmp_path / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\n", encoding="utf-8")
    for stack in ("none", "one"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(STACK, encoding="utf-8")
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(PULUMI, encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AZURE_", "PULUMI_"))}
    python = [str(PROJECT_ROOT / one) for one in ("cli", "core", "page")]
    return own | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": ":".join(python)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "llama_azure_cli", "page", *arguments]


def run(folder: Path, *arguments: str) -> Result:
    """Run the command in this process, in the project's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in [one for one in os.environ if one.startswith(("ARM_", "AZURE_", "PULUMI_"))]:
            patch.delenv(name)
        patch.setenv("PATH", environment(folder)["PATH"])
        return CliRunner().invoke(cli, ["page", *arguments], prog_name="llama-azure")


def document(folder: Path, *arguments: str) -> dict[str, Any]:
    answer = run(folder, "--json", *arguments)
    assert answer.exit_code == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_the_selected_stack_is_written_as_one_file_without_a_secret(folder: Path) -> None:
    answer = run(folder)
    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout.strip() == "build/estate.html"
    assert "1 environment, 1 endpoint" in answer.stderr
    page = (folder / "build" / "estate.html").read_text(encoding="utf-8")
    assert "page-chat" in page
    assert KEY not in page
    assert SUBSCRIPTION not in page


def test_every_stack_is_shown_and_one_without_a_state_says_so(folder: Path) -> None:
    none, one = document(folder, "--all")["environments"]
    assert one["deployed"] is True
    assert "no stack named 'none'" in none["deployed"]["notKnown"]
    assert "no stack named 'none'" in none["changes"]["notKnown"]


def test_with_a_preview_the_page_shows_what_would_change(folder: Path) -> None:
    (environment,) = document(folder, "--stack", "one", "--preview")["environments"]
    assert environment["changes"]["source"] == "a preview"
    assert environment["places"][0]["projects"][0]["endpoints"][0]["change"] == "replace"
    assert environment["sentence"].endswith("an update would replace 1 endpoint.")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("--stack", "nowhere"), "Pulumi.nowhere.yaml is not there", 3),
        (("--stack", "one", "--all"), "not both", 2),
        (("--stack", "one", "--output", "Pulumi.yaml/x.html"), "cannot be written", 3),
        (("--stack", "one", "--report", "Pulumi.yaml"), "is not a report", 3),
    ],
)
def test_a_mistake_is_told_in_a_sentence(folder: Path, arguments: tuple[str, ...], words: str, code: int) -> None:
    answer = run(folder, *arguments)
    assert answer.exit_code == code, answer.output
    assert words in answer.stderr


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve the playground, and return its address."""
    started = subprocess.Popen(
        command("--stack", "one", "--playground"),
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    try:
        yield started.stdout.readline().strip()
    finally:
        started.send_signal(signal.SIGINT)
        told = "\n".join(started.communicate(timeout=60))
        assert KEY not in told
        assert "Traceback" not in told


def test_the_playground_asks_with_the_stacks_key_which_stays_in_the_server(folder: Path) -> None:
    with serving(folder) as address:
        origin = address.partition("/?")[0]
        with httpx.Client(base_url=origin, trust_env=False, timeout=30) as client:
            assert client.get("/playground.json").status_code == 401
            page = client.get(address, follow_redirects=True).text
            (endpoint,) = client.get("/playground.json").json()["endpoints"]
            asked = {"endpoint": endpoint["id"], "body": {"messages": []}}
            refused = client.post("/send", json=asked, headers={"Origin": "https://attacker.example"})
            assert refused.status_code == 403
            assert client.get("/", headers={"Host": "attacker.example"}).status_code == 421
            # The endpoint of this stack is a port that nobody listens on.
            answer = client.post("/send", json=asked, headers={"Origin": origin})
            assert answer.status_code == 502
            assert "127.0.0.1:9 did not answer" in answer.json()["error"]["message"]
            assert KEY not in page + json.dumps(endpoint) + answer.text
    kept = [path for path in folder.rglob("*") if path.is_file() and path.name != "pulumi"]
    assert not [path for path in kept if KEY in path.read_text(encoding="utf-8", errors="replace")]
