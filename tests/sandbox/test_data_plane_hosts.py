"""Endpoints at a host of their own, for clients that judge the path of a URL."""

import json
import subprocess

import httpx
import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running, trusting
from tests.support.arm import Arm
from tests.support.data_plane import deploy
from tests.support.estates import make_project
from tests.support.online import make_online_deployment, make_online_endpoint, set_traffic

GROUP = "rg-hosts"
HELLO = {"messages": [{"role": "user", "content": "Hello!"}]}


@pytest.fixture(scope="module")
def endpoint(arm: Arm) -> dict[str, str]:
    make_project(arm, GROUP)
    return deploy(arm, GROUP, "chatty", "Meta-Llama-3-8B-Instruct")


def url(home: SandboxHome, host: str, path: str) -> str:
    record = running(home)
    assert record is not None
    return f"https://{host}.sandbox.localhost:{record.port}{path}"


def curl(home: SandboxHome, address: str, key: str, body: object) -> dict[str, object]:
    """Ask with curl, which knows by itself where names below localhost lie, and judges the certificate."""
    trust, authorization = ["--cacert", str(home.ca_bundle)], ["--header", f"Authorization: Bearer {key}"]
    answered = subprocess.run(
        ["curl", "--silent", "--show-error", *trust, *authorization, "--json", json.dumps(body), address],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, object] = json.loads(answered.stdout)
    return answer


@pytest.mark.client("curl", "endpoints at hosts of their own")
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions", "/models/chat/completions"])
def test_a_serverless_endpoint_answers_at_its_host(home: SandboxHome, endpoint: dict[str, str], path: str) -> None:
    address = url(home, "chatty.eastus2.models", path)
    assert curl(home, address, endpoint["primaryKey"], HELLO)["model"] == "Meta-Llama-3-8B-Instruct"
    assert curl(home, address, "wrong", HELLO)["code"] == "Unauthorized"


def test_an_online_endpoint_scores_at_its_host(home: SandboxHome, arm: Arm, endpoint: dict[str, str]) -> None:
    keys = make_online_endpoint(arm, GROUP, "shared")
    make_online_deployment(arm, GROUP, "shared", "blue")
    set_traffic(arm, GROUP, "shared", {"blue": 100})
    answer = curl(
        home,
        url(home, "shared.eastus2.inference", "/score"),
        keys["primaryKey"],
        {"input_data": {"input_string": HELLO["messages"]}},
    )
    assert set(answer) == {"output"}


def test_faults_strike_there_as_they_do_at_the_path(home: SandboxHome, endpoint: dict[str, str]) -> None:
    add_fault(home, "throttle", plane="data", count=1)
    answer = curl(home, url(home, "chatty.eastus2.models", "/chat/completions"), endpoint["primaryKey"], HELLO)
    clear_faults(home)
    assert "fault rule" in json.dumps(answer)


@pytest.mark.parametrize("host", ["nobody.eastus2.models", "chatty.marscentral.models", "a b.eastus2.models", "models"])
def test_another_host_below_has_no_endpoint(home: SandboxHome, endpoint: dict[str, str], host: str) -> None:
    record = running(home)
    assert record is not None
    with httpx.Client(verify=trusting(home), trust_env=False) as client:
        headers = {"Host": f"{host}.sandbox.localhost", "Authorization": f"Bearer {endpoint['primaryKey']}"}
        answer = client.post(f"{record.base_url}/chat/completions", json=HELLO, headers=headers)
    assert answer.status_code == 404
