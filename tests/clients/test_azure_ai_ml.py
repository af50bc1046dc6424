"""azure-ai-ml, unmodified and over TLS: from a hub by its template to an invoked deployment, and back to nothing."""

from typing import Any

import pytest

from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop
from tests.clients.clients_environment import run_program
from tests.support.arm import sign_in

pytestmark = pytest.mark.client("azure-ai-ml", "hub, project, subscription, serverless and online endpoints")


@pytest.fixture(scope="module")
def seen(home: SandboxHome) -> dict[str, Any]:
    """What a program saw that made and removed everything with azure-ai-ml alone."""
    with sign_in(home) as arm:
        arm.call("PUT", "/resourcegroups/rg-aml", {"location": "eastus2"})
    return run_program(home, "azure_ai_ml_estate.py")


def test_a_hub_and_a_project_are_deployed_by_the_clients_own_templates(home: SandboxHome, seen: dict[str, Any]) -> None:
    assert seen["make_hub_and_project"] == {"hub": ["hub-aml", "eastus2", "A hub"], "project": ["project-aml", True]}
    puts = [entry for entry in journal(home) if entry["method"] == "PUT" and "/deployments/" in entry["path"]]
    templates = [entry for entry in puts if "Microsoft.Resources" in entry["path"]]
    assert [(entry["apiVersion"], entry["status"]) for entry in templates] == [("2020-06-01", 201)] * 2
    with sign_in(home) as arm:
        left = {resource.split("/")[-2] for resource in arm.resources()}
    assert {"storageAccounts", "vaults"} <= left


def test_a_model_is_subscribed_to_and_served_as_an_api(seen: dict[str, Any]) -> None:
    serverless = seen["serve_without_servers"]
    assert (serverless["status"], serverless["state"]) == ("subscribed", "succeeded")
    assert serverless["uri"].endswith("/serverless/eastus2/llama-3-8b-aml")
    assert (serverless["keys"], serverless["listed"], serverless["left"]) == ([True, True], ["llama-3-8b-aml"], [])


def test_a_refusal_reaches_the_user_in_azures_words(seen: dict[str, Any]) -> None:
    refused = seen["serve_without_servers"]["refused"]
    assert refused.startswith("(UserError) The requested model azureml://")
    assert "was not found" in refused


def test_a_model_is_deployed_on_machines_and_invoked(seen: dict[str, Any]) -> None:
    managed = seen["serve_on_machines"]
    assert (managed["traffic"], managed["keys"], managed["left"]) == ({"blue": 100}, [True, True], [])
    assert "sandbox" in managed["answer"]


def test_workspaces_are_removed(seen: dict[str, Any]) -> None:
    assert seen["remove_everything"] == {"left": []}


def test_no_host_but_the_sandbox_was_asked(seen: dict[str, Any]) -> None:
    assert seen["hosts"] == ["127.0.0.1"]


def test_while_the_sandbox_is_down_a_client_that_is_signed_in_finds_no_other_cloud(home: SandboxHome) -> None:
    stop(home)
    try:
        closed = run_program(home, "azure_ai_ml_signed_in_already.py")
        # The client's own way without the cloud's name, to show that it is what holds it back.
        open_ended = run_program(home, "azure_ai_ml_signed_in_already.py", AZUREML_CURRENT_CLOUD="")
    finally:
        start(home, StartOptions())
    assert (closed["ended"], closed["hosts"]) == ('MlException: Unknown cloud environment "Sandbox".', ["127.0.0.1"])
    assert "management.azure.com" in open_ended["hosts"]
