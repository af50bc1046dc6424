"""What `llama-azure` prints of a stack runs as printed, with clients that were not written here."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_cli.deployed import DeployedEndpoint, read_endpoints
from llama_azure_cli.stack import Stack
from llama_azure_core.snippets import Client, Kind, snippet
from llama_azure_sandbox.arm.world import PRINCIPAL_ID
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import sign_in
from tests.support.estates import serverless_endpoint
from tests.support.foreign import CLIENTS
from tests.support.foundry import AS_OF, LLAMA
from tests.support.npm import npm_packages
from tests.support.workbench import Workbench, open_workbench

STACK = "sandbox"
QUESTION = "Does it run as printed?"
ENDPOINTS: dict[str, dict[str, Any]] = {
    "answers": {"model": LLAMA, "backEnd": "foundry"},
    "own": {
        "model": LLAMA,
        "backEnd": "managed",
        "managed": {"deployments": {"blue": {"vmSize": "Standard_NC96ads_A100_v4", "traffic": 100}}},
    },
    "text": {"model": "Llama-3.2-1B", "backEnd": "serverless"},
    "tiny": {"model": "Llama-3.2-1B-Instruct", "backEnd": "serverless", "serverless": {"authMode": "KeyAndAAD"}},
}
AZ = f"""#!{sys.executable}
# `az account get-access-token --resource R --query accessToken -o tsv`, for whom the environment signs in.
import sys
from azure.identity import DefaultAzureCredential
print(DefaultAzureCredential().get_token(sys.argv[sys.argv.index("--resource") + 1] + "/.default").token)
"""
KEYLESS, SCORING = {"keyless": True}, {"kind": Kind.SCORING}
PROGRAMS: dict[Client, list[tuple[str, dict[str, Any]]]] = {
    Client.CURL: [("tiny", {}), ("text", {}), ("own", SCORING), ("answers", KEYLESS)],
    Client.OPENAI: [("answers", {}), ("answers", KEYLESS), ("own", {}), ("text", {})],
    Client.LANGCHAIN: [("answers", KEYLESS), ("text", {})],
    Client.LITELLM: [("answers", {}), ("text", {})],
    Client.AZURE_AI_INFERENCE: [("answers", KEYLESS), ("tiny", {})],
    Client.JAVASCRIPT: [("answers", {}), ("tiny", KEYLESS), ("text", {}), ("own", SCORING)],
}
"""By client: the endpoints that it asks, each back end, kind and sign-in among them."""
RUNNER = """
import os, runpy, sys
for number, program in enumerate(sys.argv[1:]):
    os.environ["LLAMA_ENDPOINT_KEY"] = os.environ.get(f"KEY_{number}", "")
    runpy.run_path(program)
    print("\\0", end="")
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A stack with an endpoint on each back end, deployed by the real engine."""
    with open_workbench(tmp_path_factory.mktemp("command") / "bench", StartOptions(port=0, as_of=AS_OF)) as bench:
        bench.judged = False
        callers = {"me": {"principalId": PRINCIPAL_ID, "principalType": "ServicePrincipal"}}
        changes = {
            "asOf": AS_OF.isoformat(),
            "foundry": {"localAuth": True, "callers": callers},
            "projects": {"assistants": {"endpoints": ENDPOINTS}},
        }
        bench.configure(STACK, **{f"llama-azure:{name}": value for name, value in changes.items()})
        bench.select(STACK)
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        yield bench


@pytest.fixture(scope="module")
def keys(bench: Workbench) -> dict[str, str]:
    found: dict[str, str] = bench.outputs(STACK)["endpointKeys"]
    return found


@pytest.fixture(scope="module")
def found(bench: Workbench) -> dict[str, DeployedEndpoint]:
    return read_endpoints(Stack(STACK), bench.outputs(STACK)["endpoints"])


def command(bench: Workbench, *arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `llama-azure` in the project, signed in to the sandbox."""
    return subprocess.run(
        [Path(sys.executable).with_name("llama-azure"), *arguments],
        cwd=bench.project,
        env=bench.environment | variables,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def sign_in_lines(code: str) -> str:
    """Return the lines of a program's head that fill the variable of the key, as one would copy them."""
    found = re.search(r"^(?:#|//) (export .*?\n(?:(?:#|//) .*?\n)*?.*\))\n", code, re.MULTILINE)
    return "" if found is None else re.sub(r"^(?:#|//) ", "", found[1], flags=re.MULTILINE)


def run_printed(bench: Workbench, folder: Path, client: Client, codes: list[str]) -> list[str]:
    """Do what printed programs say: their first lines in a shell, then each; return what each prints.

    Programs in Python are run one after the other by one interpreter, which loads the client once.
    """
    ending = {Client.CURL: "sh", Client.JAVASCRIPT: "mjs"}.get(client, "py")
    files = [folder / f"ask{number}.{ending}" for number in range(len(codes))]
    script = "set -euo pipefail\n"
    for number, (file, code) in enumerate(zip(files, codes, strict=True)):
        file.write_text(code, encoding="utf-8")
        if client is Client.CURL:
            script += f"source {file}\nprintf '\\0'\n"
        else:
            script += f"unset LLAMA_ENDPOINT_KEY\n{sign_in_lines(code)}\n"
            script += f"node {file}\nprintf '\\0'\n" if client is Client.JAVASCRIPT else ""
            script += f"export KEY_{number}=${{LLAMA_ENDPOINT_KEY:-}}\n"
    if ending == "py":
        (folder / "run.py").write_text(RUNNER, encoding="utf-8")
        script += f"{CLIENTS} {folder / 'run.py'} {' '.join(map(str, files))}\n"
    (folder / "az").write_text(AZ, encoding="utf-8")
    (folder / "az").chmod(0o755)
    environment = bench.environment | {
        # LiteLLM would fetch a price list from the internet when it is imported.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "PATH": f"{folder}:{bench.environment['PATH']}",
    }
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=bench.project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}\n{codes}"
    return ran.stdout.split("\0")[:-1]


@pytest.mark.client("curl", "the script that `llama-azure code` prints: chat, completions, scoring, keyless")
@pytest.mark.client("openai", "the program that `llama-azure code` prints: chat, completions, keyless")
@pytest.mark.client("langchain-openai", "the program that `llama-azure code` prints: chat keyless, completions")
@pytest.mark.client("litellm", "the program that `llama-azure code` prints: chat, completions")
@pytest.mark.client("azure-ai-inference", "the program that `llama-azure code` prints: with a key, keyless on Foundry")
@pytest.mark.client("Node.js", "the program that `llama-azure code` prints: openai of npm, @azure/identity, fetch")
@pytest.mark.parametrize("client", PROGRAMS)
def test_a_program_runs_as_it_is_printed(
    bench: Workbench, keys: dict[str, str], found: dict[str, DeployedEndpoint], tmp_path: Path, client: Client
) -> None:
    if client is Client.JAVASCRIPT:
        if shutil.which("npm") is None:
            pytest.skip("no Node.js is on the PATH")
        (tmp_path / "node_modules").symlink_to(npm_packages(PROJECT_ROOT / "tests" / "clients" / "javascript"))
    programs = PROGRAMS[client]
    codes = [snippet(found[name].callee, client, question=QUESTION, **options) for name, options in programs]
    assert not any(key in code for key in keys.values() for code in codes)
    printed = run_printed(bench, tmp_path, client, codes)
    assert len(printed) == len(programs)
    for (name, _), answer in zip(programs, printed, strict=True):
        assert len(answer.split()) > 5
        assert name == "text" or f"“{QUESTION}”" in answer


def test_the_command_prints_those_programs(bench: Workbench, found: dict[str, DeployedEndpoint]) -> None:
    arguments = ["code", "OWN", "--stack", STACK, "--client", "javascript", "--kind", "scoring", "--question", QUESTION]
    expected = snippet(found["own"].callee, Client.JAVASCRIPT, Kind.SCORING, question=QUESTION)
    assert command(bench, *arguments).stdout == expected


def test_the_endpoints_are_those_of_the_stack_with_what_azure_says_of_each(
    bench: Workbench, keys: dict[str, str]
) -> None:
    answer = command(bench, "endpoints", "--stack", STACK, "--json")
    assert answer.returncode == 0, answer.stderr
    outputs: dict[str, Any] = bench.outputs(STACK)["endpoints"]
    rows = {row["name"]: row for row in json.loads(answer.stdout)["endpoints"]}
    assert rows.keys() == outputs.keys()
    for name, row in rows.items():
        same = ("model", "uri", "baseUrl", "deployment", "auth", "routes", "limits", "project", "region")
        assert {field: row[field] for field in same} == {field: outputs[name][field] for field in same}
        assert row["backEnd"] == ENDPOINTS[name]["backEnd"]
    assert {name: row["state"] for name, row in rows.items()} == {
        "answers": "Succeeded",
        "own": "Succeeded; blue 100 %",
        "text": "Succeeded; Online",
        "tiny": "Succeeded; Online",
    }
    shown = command(bench, "endpoints", "--stack", STACK)
    assert not any(key in answer.stdout + shown.stdout for key in keys.values())
    assert outputs["answers"]["baseUrl"] in shown.stdout


def test_what_is_in_the_file_and_not_deployed_is_listed_as_such(bench: Workbench) -> None:
    path = bench.stack_file(STACK)
    before = path.read_text(encoding="utf-8")
    try:
        more = {**{name: one for name, one in ENDPOINTS.items() if name != "text"}, "later": ENDPOINTS["tiny"]}
        more["later"] = {**more["later"], "model": "Llama-3.2-3B-Instruct"}
        bench.configure(STACK, **{"llama-azure:projects": {"assistants": {"endpoints": more}}})
        rows = json.loads(command(bench, "endpoints", "--stack", STACK, "--json", "--no-live").stdout)["endpoints"]
    finally:
        path.write_text(before, encoding="utf-8")
    assert {row["name"]: (row["isDeployed"], row["isInFile"], row["state"]) for row in rows} == {
        "answers": (True, True, "not asked"),
        "own": (True, True, "not asked"),
        "tiny": (True, True, "not asked"),
        "later": (False, True, "not deployed yet"),
        "text": (True, False, "not in the stack's file"),
    }


def test_who_is_not_signed_in_is_told_so_and_gets_the_rest(bench: Workbench) -> None:
    nobody = dict.fromkeys(("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "ARM_USE_DEFAULT_AZURE_CREDENTIAL"), "")
    answer = command(bench, "endpoints", "tiny", "--stack", STACK, "--json", **nobody)
    assert answer.returncode == 0, answer.stderr
    (row,) = json.loads(answer.stdout)["endpoints"]
    assert row["state"].startswith("not asked: nothing says how to sign in")


def test_the_key_is_printed_where_it_is_asked_for(bench: Workbench, keys: dict[str, str]) -> None:
    assert command(bench, "code", "tiny", "--stack", STACK, "--key").stdout == f"{keys['tiny']}\n"


def test_a_question_on_standard_input_is_answered_on_standard_output(bench: Workbench, keys: dict[str, str]) -> None:
    answer = command(bench, "chat", "answers", "--stack", STACK, "--system", "Be brief.", given=f"{QUESTION}\n")
    assert answer.returncode == 0, answer.stderr
    assert f"“{QUESTION}”" in answer.stdout
    assert re.search(r"\d+ \+ \d+ tokens", answer.stderr)
    assert keys["answers"] not in answer.stdout + answer.stderr


def test_questions_of_the_command_line_are_one_conversation(bench: Workbench) -> None:
    asked = ["-m", QUESTION, "-m", "And again?", "--set", "seed=7", "--temperature", "0", "--max-tokens", "16"]
    answer = command(bench, "chat", "tiny", "--stack", STACK, "--json", "--keyless", *asked)
    assert answer.returncode == 0, answer.stderr
    first, second = json.loads(answer.stdout)["answers"]
    assert first["finishReason"] == "length"
    assert first["completionTokens"] == 16
    assert second["promptTokens"] > first["promptTokens"] + 16


def test_a_model_that_completes_texts_goes_on_from_one(bench: Workbench) -> None:
    answer = command(bench, "chat", "text", "--stack", STACK, "--max-tokens", "24", given="The distance to the moon is")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()
    assert "24 tokens" in answer.stderr


def test_what_the_endpoint_refuses_is_told_in_its_words_with_what_helps(bench: Workbench) -> None:
    answer = command(bench, "chat", "tiny", "--stack", STACK, "-m", "Hm?", "--set", "top_p=7")
    assert answer.returncode == 3
    assert answer.stdout == ""
    assert re.match(r"llama-azure: tiny refuses with 4\d\d: .*top_p", answer.stderr, re.DOTALL)
    assert "Traceback" not in answer.stderr


def test_an_endpoint_that_somebody_removed_is_not_there_any_more(bench: Workbench) -> None:
    with sign_in(bench.home) as arm:
        name = bench.outputs(STACK)["endpoints"]["tiny"]["uri"].rsplit("/", 1)[-1]
        path = serverless_endpoint("rg-llama-sandbox", "assistants", name)
        assert arm.call("DELETE", path).status_code in (202, 204)
    answer = command(bench, "endpoints", "tiny", "answers", "--stack", STACK, "--json")
    states = {row["name"]: row["state"] for row in json.loads(answer.stdout)["endpoints"]}
    assert states == {"answers": "Succeeded", "tiny": "not there"}
