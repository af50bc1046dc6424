"""The same client script answers on every back end: what differs is what a stack says of the endpoint."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.inference.access import AUDIENCE
from llama_azure_sandbox.inference.foundry_access import AUDIENCES
from llama_azure_sandbox.process import StartOptions, start
from tests.support.arm import sign_in
from tests.support.data_plane import MODEL, deploy
from tests.support.estates import make_project
from tests.support.foreign import run_client
from tests.support.foundry import AS_OF, LLAMA, deploy_model, make_account
from tests.support.homes import open_home
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic

EXAMPLES = PROJECT_ROOT / "examples" / "clients"
GROUP, QUESTION = "rg-same", "Does it run?"
SCOPES = {"serverless": AUDIENCE, "managed": AUDIENCE, "foundry": AUDIENCES[0]}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.NONE, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def endpoints(home: SandboxHome) -> dict[str, dict[str, str]]:
    """One model on each back end, as a stack says it of its endpoints."""
    with sign_in(home) as arm:
        make_project(arm, GROUP)
        serverless = deploy(arm, GROUP, "same-serverless", LLAMA, authMode="KeyAndAAD")
        managed = make_online_endpoint(arm, GROUP, "same-managed")
        size = {"instanceType": "Standard_ND96amsr_A100_v4"}
        make_online_deployment(arm, GROUP, "same-managed", "blue", f"{MODEL}/{LLAMA}/versions/9", **size)
        set_traffic(arm, GROUP, "same-managed", {"blue": 100})
        foundry = make_account(arm, GROUP, "ai-same")
        deploy_model(arm, GROUP, "ai-same", "same-foundry")
    return {
        "serverless": serverless,
        "managed": managed,
        "foundry": {
            **foundry,
            "primaryKey": foundry["key1"],
            "baseUrl": f"{foundry['uri']}/openai/v1/",
            "deployment": "same-foundry",
        },
    }


@pytest.mark.feature("back ends", "the same script with openai, requests and curl on serverless, managed and Foundry")
@pytest.mark.parametrize("script", ["openai_sdk.py", "requests_only.py", "curl.sh"])
def test_the_same_script_answers_on_every_back_end(
    home: SandboxHome, endpoints: dict[str, dict[str, str]], script: str
) -> None:
    answers = {name: run_client(home, EXAMPLES / script, endpoint, QUESTION) for name, endpoint in endpoints.items()}
    assert [one.stderr for one in answers.values() if one.returncode] == []
    said = {name: one.stdout for name, one in answers.items()}
    assert all(f"“{QUESTION}”" in one for one in said.values()), said


@pytest.mark.feature("back ends", "the same script keyless on serverless and Foundry")
@pytest.mark.parametrize("back_end", ["serverless", "foundry"])
def test_it_answers_keyless_whoever_may_ask(
    home: SandboxHome, endpoints: dict[str, dict[str, str]], back_end: str
) -> None:
    record, _ = start(home, StartOptions())
    roles = {"serverless": "Reader", "foundry": "Foundry User"}
    add_principal(home, f"app-{back_end}", role=roles[back_end], scope=f"resourceGroups/{GROUP}")
    signed_in = client_environment(home, record, Path("/nonexistent"), os.environ, f"app-{back_end}")
    variables = {**signed_in, "LLAMA_ENDPOINT_KEY": "", "LLAMA_TOKEN_SCOPE": f"{SCOPES[back_end]}/.default"}
    answered = run_client(home, EXAMPLES / "openai_keyless.py", endpoints[back_end], QUESTION, variables=variables)
    assert answered.returncode == 0, answered.stderr
    assert f"“{QUESTION}”" in answered.stdout
