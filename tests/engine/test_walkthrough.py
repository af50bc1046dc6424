"""Microsoft's article on deploying Meta Llama with Azure AI Studio (source S0), line by line, by the real engine.

Each test is a passage of the article, in the world of July 2024; the tests run in order. Three stacks take part:
`owner` makes the hub and the project with rights on the subscription, `deployer` deploys in that project with rights on
the project alone, and `more` adds a deployment to an endpoint that is there.
"""

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
import yaml

from llama_azure_core.serving import shared_quota
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import StartOptions, trusting
from tests.support.arm import Arm, sign_in
from tests.support.estates import endpoint_body, workspace
from tests.support.refusals import refusal
from tests.support.workbench import Workbench, open_workbench

LLAMA_8B, LLAMA_70B, LLAMA_2 = "Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct", "Llama-2-7b-chat"
GROUP, PROJECT, DEPLOYER = "rg-article", "assistants", "deployer"
PROJECT_PATH = workspace(GROUP, PROJECT)
PROJECT_ID = f"/subscriptions/{SUBSCRIPTION_ID}{PROJECT_PATH}"
HUB_ID = f"/subscriptions/{SUBSCRIPTION_ID}{workspace(GROUP, 'hub-article')}"
BLUE = {"model": LLAMA_2, "version": 27, "vmSize": "Standard_NC48ads_A100_v4", "instances": 1, "traffic": 100}
CHAT = {"name": "llama-2-chat", "deployments": {"blue": BLUE}}
TRIAL = {"name": "llama-2-trial", "sharedQuota": True, "deployments": {"blue": BLUE}}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    with open_workbench(tmp_path_factory.mktemp("article"), StartOptions(port=0)) as bench:
        for stack in ("owner", DEPLOYER, "more"):
            base = {"azure-native:location": "eastus2", "llama-azure:asOf": "2024-07-01"}
            bench.stack_file(stack).write_text(yaml.safe_dump({"config": base}), encoding="utf-8")
            bench.pulumi("stack", "init", stack)
        bench.configure("owner", **{"llama-azure:resourceGroup": GROUP, "llama-azure:hub": {"name": "hub-article"}})
        for stack in (DEPLOYER, "more"):
            hub = {"llama-azure:resourceGroup": f"rg-{stack}", "llama-azure:hub": {"existing": HUB_ID}}
            bench.configure(stack, **hub)
        yield bench


@pytest.fixture(scope="module")
def arm(bench: Workbench) -> Iterator[Arm]:
    with sign_in(bench.home) as arm:
        yield arm


def describe(bench: Workbench, stack: str, **project: Any) -> None:
    """Describe what a stack deploys in the project."""
    bench.configure(stack, **{"llama-azure:projects": {PROJECT: project}})


def refused(bench: Workbench, command: str, stack: str) -> str:
    """Run a command that is refused, and return what the user reads."""
    options = ("--skip-preview", "--yes") if command == "up" else ()
    answer = bench.pulumi(command, "--stack", stack, *options, check=False)
    assert answer.returncode != 0, answer.stdout
    return " ".join((answer.stdout + answer.stderr).split())


def chat(bench: Workbench, uri: str, key: str) -> httpx.Response:
    body = {"messages": [{"role": "user", "content": "What's the distance to the moon?"}], "max_tokens": 16}
    with httpx.Client(verify=trusting(bench.home), trust_env=False, timeout=30) as client:
        return client.post(f"{uri}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})


def writes(bench: Workbench, since: int, kind: str) -> list[tuple[str, str, int]]:
    """Return who wrote or deleted what of a kind after an entry of the journal: caller, name and status."""
    return [
        (one["caller"], one["path"].rsplit("/", 1)[-1], one["status"])
        for one in journal(bench.home, since)
        if one["method"] in {"PUT", "DELETE"} and f"/{kind}/" in one["path"]
    ]


def last_entry(bench: Workbench) -> int:
    number: int = journal(bench.home)[-1]["number"]
    return number


def test_the_first_deployment_subscribes_the_project_and_is_filtered_by_content_safety(
    bench: Workbench, arm: Arm
) -> None:
    """Serverless, steps 1 to 9."""
    describe(
        bench, "owner", serverless=[{"model": LLAMA_8B, "name": "llama-first"}], managed={"chat": CHAT, "trial": TRIAL}
    )
    bench.changes("up", "--stack", "owner")
    subscription = arm.call("GET", f"{PROJECT_PATH}/marketplaceSubscriptions/{LLAMA_8B.lower()}").json()
    assert subscription["properties"]["marketplaceSubscriptionStatus"] == "Subscribed"
    endpoint = arm.call("GET", f"{PROJECT_PATH}/serverlessEndpoints/llama-first").json()["properties"]
    assert endpoint["contentSafety"] == {"contentSafetyStatus": "Enabled"}


def test_the_uri_that_bears_its_name_and_the_secret_key_give_completions(bench: Workbench) -> None:
    """Serverless, steps 8 to 12, and the first request."""
    outputs = bench.outputs("owner")
    uri, key = outputs["endpoints"]["llama-first"]["uri"], outputs["endpointKeys"]["llama-first"]
    assert "llama-first" in uri
    assert chat(bench, uri, key).json()["choices"][0]["message"]["content"]
    assert chat(bench, uri, "another").status_code == 401
    assert key not in "".join(bench.transcript)


def test_a_second_deployment_of_the_model_beside_the_first_is_refused(bench: Workbench, arm: Arm) -> None:
    """Quota: one deployment per model in a project, by the policy pack and, past it, by Azure."""
    since = last_entry(bench)
    twice = [{"model": LLAMA_8B, "name": name} for name in ("llama-first", "llama-twin")]
    describe(bench, "owner", serverless=twice, managed={"chat": CHAT, "trial": TRIAL})
    said = refused(bench, "preview", "owner")
    assert f"project {PROJECT} already deploys {LLAMA_8B}" in said
    assert writes(bench, since, "workspaces") == []
    bench.judged = False
    past_the_pack = arm.call("PUT", f"{PROJECT_PATH}/serverlessEndpoints/llama-twin", endpoint_body())
    assert f"{PROJECT} already deploys {LLAMA_8B}" in refusal(past_the_pack, 400, "UserError")


def test_llama_2_is_deployed_to_a_new_endpoint_on_a_size_and_a_number_of_machines(bench: Workbench, arm: Arm) -> None:
    """Managed compute, steps 1 to 10."""
    deployment = arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-chat/deployments/blue").json()
    assert deployment["properties"]["model"].endswith(f"/models/{LLAMA_2}/versions/27")
    assert deployment["properties"]["instanceType"] == BLUE["vmSize"]
    assert deployment["sku"]["capacity"] == 1
    assert arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-chat").json()["properties"]["traffic"] == {
        "blue": 100
    }
    outputs = bench.outputs("owner")
    endpoint = outputs["endpoints"]["llama-2-chat"]
    assert (endpoint["kind"], endpoint["model"], endpoint["api"]) == ("managed", LLAMA_2, "chat")
    assert len(outputs["endpointKeys"]["llama-2-chat"]) == 32


def test_without_quota_the_endpoint_is_deleted_in_168_hours(bench: Workbench, arm: Arm) -> None:
    """Managed compute, step 5: shared quota."""
    quota = shared_quota()
    properties = arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-trial").json()["properties"]["properties"]
    assert properties[quota.endpoint_property] == "true"
    said = bench.outputs("owner")["endpoints"]["llama-2-trial"]["deletionTime"]
    assert said == properties[quota.deletion_property]
    hours = (parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)) / dt.timedelta(hours=1)
    assert quota.hours == 168
    assert quota.hours - 1 < hours < quota.hours


def test_a_deployment_on_an_existing_endpoint_shares_its_uri_and_its_keys(bench: Workbench, arm: Arm) -> None:
    """Managed compute, steps 7 and 8: an existing endpoint, and the collection of inference data."""
    green = {**BLUE, "traffic": 20, "collectData": True}
    existing = {"existing": "llama-2-chat", "otherTraffic": {"blue": 80}, "deployments": {"green": green}}
    describe(bench, "more", existing=PROJECT_ID, managed={"chat": existing})
    bench.changes("up", "--stack", "more")
    ours, theirs = bench.outputs("more"), bench.outputs("owner")
    assert ours["endpoints"]["llama-2-chat"] == theirs["endpoints"]["llama-2-chat"]
    assert ours["endpointKeys"]["llama-2-chat"] == theirs["endpointKeys"]["llama-2-chat"]
    deployment = arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-chat/deployments/green").json()
    assert deployment["properties"]["dataCollector"]["collections"].keys() == {"model_inputs", "model_outputs"}
    endpoint = arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-chat").json()
    assert endpoint["properties"]["traffic"] == {"blue": 80, "green": 20}


def test_taking_that_deployment_away_leaves_the_endpoint_as_it_was(bench: Workbench, arm: Arm) -> None:
    bench.changes("destroy", "--stack", "more")
    endpoint = arm.call("GET", f"{PROJECT_PATH}/onlineEndpoints/llama-2-chat").json()
    assert endpoint["properties"]["traffic"] == {"blue": 100}


def test_the_project_stays_subscribed_when_its_first_deployment_goes(bench: Workbench, arm: Arm) -> None:
    describe(bench, "owner", subscriptions=[LLAMA_8B])
    counts = bench.changes("up", "--stack", "owner")
    assert counts["delete"] >= 2
    assert "create" not in counts
    assert arm.call("GET", f"{PROJECT_PATH}/marketplaceSubscriptions/{LLAMA_8B.lower()}").is_success
    assert not arm.call("GET", f"{PROJECT_PATH}/serverlessEndpoints/llama-first").is_success


def test_a_later_deployment_takes_no_second_subscription_and_no_rights_on_the_subscription(bench: Workbench) -> None:
    """Serverless, step 7."""
    add_principal(bench.home, DEPLOYER, role="Azure AI Developer", scope=PROJECT_ID)
    since = last_entry(bench)
    later = [{"model": LLAMA_8B, "name": "llama-later", "subscribe": False}]
    describe(bench, DEPLOYER, existing=PROJECT_ID, serverless=later)
    bench.principal = DEPLOYER
    bench.changes("up", "--stack", DEPLOYER)
    outputs = bench.outputs(DEPLOYER)
    bench.principal = OWNER_NAME
    assert writes(bench, since, "serverlessEndpoints") == [(DEPLOYER, "llama-later", 201)]
    assert writes(bench, since, "marketplaceSubscriptions") == []
    uri, key = outputs["endpoints"]["llama-later"]["uri"], outputs["endpointKeys"]["llama-later"]
    assert chat(bench, uri, key).is_success


def test_another_offer_takes_rights_on_the_subscription_which_the_refusal_names(bench: Workbench) -> None:
    """Serverless, step 6 and the prerequisites."""
    both = [{"model": LLAMA_8B, "name": "llama-later", "subscribe": False}, {"model": LLAMA_70B, "name": "llama-70b"}]
    describe(bench, DEPLOYER, existing=PROJECT_ID, serverless=both)
    bench.principal = DEPLOYER
    said = refused(bench, "up", DEPLOYER)
    bench.principal = OWNER_NAME
    assert "AuthorizationFailed" in said
    assert "Microsoft.MarketplaceOrdering/" in said
    assert f"/subscriptions/{SUBSCRIPTION_ID}" in said


def test_endpoints_go_before_the_subscriptions_and_nothing_stays(bench: Workbench, arm: Arm) -> None:
    bench.changes("destroy", "--stack", DEPLOYER)
    bench.changes("destroy", "--stack", "owner")
    gone = [one["path"] for one in journal(bench.home) if one["method"] == "DELETE"]
    later = next(i for i, path in enumerate(gone) if path.endswith("/llama-later"))
    offer = next(i for i, path in enumerate(gone) if "/marketplaceSubscriptions/" in path)
    assert later < offer
    assert arm.resources() == []
