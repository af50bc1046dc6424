"""An endpoint with a capacity is as many deployments as that takes, or a message says how much can be had."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import foundry_limits, foundry_models
from llama_azure_core.limits import limits
from llama_azure_core.plan import Plan, plan
from llama_azure_core.plan.capacity import served
from llama_azure_core.plan.places import places
from llama_azure_core.settings import SettingsError, parse_settings

SUBSCRIPTION = "00000000-0000-0000-0000-0000000000aa"
TOKENS, REQUESTS = limits()["tokensPerMinute"], limits()["requestsPerMinute"]
VM_SIZE = "Standard_NC48ads_A100_v4"


def planned(endpoints: Mapping[str, Any], projects: Mapping[str, Any] | None = None, **stack: Any) -> Plan:
    given = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:hub": {"name": "hub-llama"},
        "llama-azure:projects": {"assistants": {"endpoints": endpoints}, **(projects or {})},
        **{f"llama-azure:{key}": value for key, value in stack.items()},
    }
    return plan(parse_settings(given, "Pulumi.test.yaml"), subscription=SUBSCRIPTION, stack="test")


def serverless(capacity: Mapping[str, int] | None, **more: Any) -> dict[str, Any]:
    asked = {} if capacity is None else {"capacity": capacity}
    return {"model": "Meta-Llama-3-8B-Instruct", "backEnd": "serverless", **asked, **more}


def managed(capacity: Mapping[str, Any], **blue: Any) -> dict[str, Any]:
    deployments = {"blue": {"vmSize": VM_SIZE, "traffic": 100, **blue}}
    return {
        "model": "Llama-2-7b-chat",
        "backEnd": "managed",
        "capacity": capacity,
        "managed": {"deployments": deployments},
    }


def on_foundry(model: str, asked: Mapping[str, int], **options: Any) -> Plan:
    entry = {"model": model, "backEnd": "foundry", "capacity": asked, "foundry": options}
    return planned({"chat": entry}, asOf="2026-11-28")


def message(make: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        make()
    return str(caught.value)


@given(tokens=st.integers(1, 20 * TOKENS), requests=st.integers(1, 20 * REQUESTS))
def test_serverless_endpoints_are_as_many_as_serve_what_is_asked_and_no_more(tokens: int, requests: int) -> None:
    made = planned({"chat": serverless({"tokensPerMinute": tokens, "requestsPerMinute": requests})})
    count = len(made.endpoints)
    assert count * TOKENS >= tokens
    assert count * REQUESTS >= requests
    assert count == 1 or (count - 1) * TOKENS < tokens or (count - 1) * REQUESTS < requests
    # Azure deploys a model once in a project, which subscribes to its offer by itself.
    assert len({one.id.rsplit("/", 2)[0] for one in made.endpoints}) == count
    assert all(len(project.offers) == 1 for project in made.projects)


@given(fewer=st.integers(1, 30), more=st.integers(1, 30), retiring=st.integers(0, 3))
def test_what_stays_keeps_every_name_when_capacity_grows_or_shrinks(fewer: int, more: int, retiring: int) -> None:
    fewer, more = sorted((fewer, more))
    small, large = (
        {
            (one.exported, one.logical_name, one.id, one.path)
            for one in planned(
                {"chat": serverless({"requestsPerMinute": count * REQUESTS, "retiring": retiring})}
            ).endpoints
        }
        for count in (fewer, more)
    )
    alone = {
        (one.exported, one.logical_name, one.id, one.path) for one in planned({"chat": serverless(None)}).endpoints
    }
    assert alone <= small <= large


def test_endpoints_of_one_project_share_the_further_projects() -> None:
    twice = {"requestsPerMinute": 2 * REQUESTS}
    other = {**serverless(twice), "model": "Meta-Llama-3-70B-Instruct"}
    made = planned({"chat": serverless(twice), "large": other})
    assert [project.key for project in made.projects] == ["assistants", "assistants-2"]
    assert {one.exported for one in made.endpoints} == {"chat", "chat-2", "large", "large-2"}


def test_endpoints_of_one_key_are_told_apart_by_their_project() -> None:
    twice = {"requestsPerMinute": 2 * REQUESTS}
    alone = planned({"chat": serverless(twice)}, {"search": {"endpoints": {"chat": serverless(None)}}})
    both = planned({"chat": serverless(twice)}, {"search": {"endpoints": {"chat": serverless(twice)}}})
    names = {one.exported for one in alone.endpoints}
    assert names == {"assistants-chat", "assistants-chat-2", "search-chat"}
    assert names < {one.exported for one in both.endpoints}


def test_what_is_deployed_is_traced_to_the_line_that_asks_for_it() -> None:
    made = planned({"chat": serverless({"requestsPerMinute": 2 * REQUESTS})})
    assert {one.path for one in made.endpoints} == {"llama-azure:projects.assistants.endpoints.chat"}
    assert places(made)["assistants-2"] == "llama-azure:projects.assistants"


def test_a_deployment_that_retires_stays_and_no_longer_counts() -> None:
    made = planned({"chat": serverless({"requestsPerMinute": 2 * REQUESTS, "retiring": 1})})
    assert [one.retiring for one in made.endpoints] == [False, False, True]
    (model,) = served(made)
    assert (model.requests_per_minute, model.asked_requests_per_minute) == (2 * REQUESTS, 2 * REQUESTS)


def test_a_foundry_deployment_gets_the_units_that_serve_what_is_asked() -> None:
    made = on_foundry("Llama-3.3-70B-Instruct", {"tokensPerMinute": 55_500, "requestsPerMinute": 600})
    (endpoint,) = made.endpoints
    version = foundry_models()["Llama-3.3-70B-Instruct"].default_version
    sku = version.sku("GlobalStandard")
    assert sku is not None
    needed = max(-(-55_500 // sku.rate_limits.tokens_per_minute), -(-600 // sku.rate_limits.requests_per_minute))
    assert endpoint.capacity == endpoint.arguments["capacity"] == made.usage.capacity[sku.usage_name] == needed


def test_a_sku_of_one_unit_is_deployed_several_times() -> None:
    made = on_foundry("Llama-4-Scout-17B-16E-Instruct", {"tokensPerMinute": 900_000}, name="scout")
    assert [(one.exported, one.name, one.capacity) for one in made.endpoints] == [
        ("chat", "scout", 1),
        ("chat-2", "scout-2", 1),
        ("chat-3", "scout-3", 1),
    ]
    assert made.foundry is not None
    assert len(made.foundry.projects) == 1


def test_instances_on_managed_compute_follow_the_traffic() -> None:
    entry = managed({"tokensPerMinute": 30_000, "perInstance": {"tokensPerMinute": 1000}})
    entry["managed"]["deployments"] = {
        "blue": {"vmSize": VM_SIZE, "traffic": 90},
        "green": {"vmSize": VM_SIZE, "traffic": 10},
        "idle": {"vmSize": VM_SIZE},
    }
    (endpoint,) = planned({"chat": entry}).endpoints
    assert {one.name: one.instances for one in endpoint.deployments} == {"blue": 27, "green": 3, "idle": 1}
    (model,) = served(planned({"chat": entry}))
    assert model.tokens_per_minute == 30_000
    assert not model.is_complete  # nothing says how many requests


def test_an_endpoint_on_two_back_ends_has_its_capacity_on_both() -> None:
    asked = {"tokensPerMinute": 2 * TOKENS}
    entry = {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry", "alsoOn": ["serverless"], "capacity": asked}
    made = planned({"chat": entry}, asOf="2026-03-01")
    by_name = {one.exported: one for one in made.endpoints}
    assert by_name.keys() == {"chat", "chat-serverless", "chat-2-serverless"}
    assert {name: one.order for name, one in by_name.items()} == {
        "chat": 1,
        "chat-serverless": 2,
        "chat-2-serverless": 2,
    }
    assert by_name["chat"].capacity * 1000 == 2 * TOKENS


MOST = limits()["endpointsPerRegion"]
INSTANCES = limits()["instancesPerDeployment"]
TWO = {"requestsPerMinute": 2 * REQUESTS}
REFUSED = {
    "more serverless endpoints than a region has": (
        lambda: planned({"chat": serverless({"tokensPerMinute": (MOST + 1) * TOKENS})}),
        f"no more than {MOST * TOKENS} tokens and {MOST * REQUESTS} requests a minute can be had",
    ),
    "another project where this one is there already": (
        lambda: planned({}, {"old": {"existing": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/"
                                     "Microsoft.MachineLearningServices/workspaces/old",
                                     "endpoints": {"chat": serverless(TWO)}}}),
        f"{TOKENS} tokens and {REQUESTS} requests a minute can be had in this one",
    ),
    "new projects that nobody subscribed": (
        lambda: planned({"chat": serverless(TWO, serverless={"subscribe": False})}),
        "leave subscribe out",
    ),
    "a project of the further one's name": (
        lambda: planned({"chat": serverless(TWO)}, {"other": {"name": "assistants-2", "serverless": []}}),
        "it takes a further project, assistants-2, and the file has one of that name",
    ),
    "a further project whose name is too long": (
        lambda: planned({}, {"a" * 33: {"endpoints": {"chat": serverless(TWO)}}}),
        "is not a valid name for a workspace",
    ),
    "an endpoint of the further one's key": (
        lambda: planned({"chat": serverless(TWO), "chat-2": managed({"requestsPerMinute": 9, "perInstance": TWO})}),
        "would both stand in the outputs as chat-2",
    ),
    "more deployments than an account has": (
        lambda: on_foundry("Llama-4-Scout-17B-16E-Instruct", {"tokensPerMinute": 400_000 * 40}),
        f"an account has {foundry_limits()['deploymentsPerAccount']}: no more than",
    ),
    "units beside a capacity": (
        lambda: on_foundry("Llama-3.3-70B-Instruct", {"tokensPerMinute": 1000}, capacity=3),
        "foundry.capacity is decided by capacity",
    ),
    "provisioned throughput, of which no table says what it serves": (
        lambda: on_foundry("Llama-3.3-70B-Instruct", {"tokensPerMinute": 1000}, sku="GlobalProvisionedManaged"),
        "no table says what a unit of GlobalProvisionedManaged serves",
    ),
    "a deployment that retires where units are taken away": (
        lambda: on_foundry("Llama-3.3-70B-Instruct", {"tokensPerMinute": 1000, "retiring": 1}),
        "less capacity is fewer units of one",
    ),
    "instances of which nobody says what one serves": (
        lambda: planned({"chat": managed({"tokensPerMinute": 1000})}),
        "capacity needs perInstance",
    ),
    "requests where only tokens of an instance are known": (
        lambda: planned({"chat": managed({"requestsPerMinute": 9, "perInstance": {"tokensPerMinute": 1000}})}),
        "capacity.perInstance does not say requestsPerMinute",
    ),
    "instances beside a capacity": (
        lambda: planned({"chat": managed({"tokensPerMinute": 9, "perInstance": {"tokensPerMinute": 9}}, instances=2)}),
        "capacity decides the instances of blue",
    ),
    "more instances than a deployment has": (
        lambda: planned(
            {"chat": managed({"tokensPerMinute": 9 * INSTANCES + 1, "perInstance": {"tokensPerMinute": 9}})}
        ),
        f"no more than {9 * INSTANCES} tokens a minute can be had",
    ),
    "more requests than an online endpoint passes": (
        lambda: planned(
            {"chat": managed({"requestsPerMinute": 40_000, "perInstance": {"requestsPerMinute": 10_000}})}
        ),
        f"{limits()['requestsPerSecond'] * 60} a minute, to an online endpoint",
    ),
    "a capacity of nothing": (lambda: planned({"chat": serverless({})}), "give tokensPerMinute, requestsPerMinute, or"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_had_is_refused_with_what_can(make: Any, words: str) -> None:
    said = message(make)
    assert words in said
    assert "llama-azure:projects." in said


def test_every_back_end_says_what_limits_it_and_what_more_takes() -> None:
    made = planned(
        {
            "chat": serverless(None),
            "batch": managed({"requestsPerMinute": 100, "perInstance": {"requestsPerMinute": 50}}),
            "unknown": {
                "model": "Llama-2-7b",
                "backEnd": "managed",
                "managed": {"deployments": {"blue": {"vmSize": VM_SIZE, "traffic": 100}}},
            },
        }
    )
    by_model = {one.model: one.as_json() for one in served(made)}
    assert by_model["Meta-Llama-3-8B-Instruct"]["anotherThousandRequests"] == [
        "serverless: 1 more deployment, in a project and with a Marketplace subscription of its own"
    ]
    assert by_model["Llama-2-7b-chat"]["requestsPerMinute"] == 100
    assert "20 more of its instances" in by_model["Llama-2-7b-chat"]["anotherThousandRequests"][0]
    unknown = by_model["Llama-2-7b"]
    assert (unknown["requestsPerMinute"], unknown["isComplete"]) == (0, False)
    assert unknown["endpoints"][0]["requestsPerMinute"] is None
    assert "not known" in unknown["anotherThousandRequests"][0]


def test_a_foundry_counter_that_has_too_little_left_is_named() -> None:
    made = on_foundry("Llama-3.3-70B-Instruct", {"tokensPerMinute": 1_000_000})
    (model,) = served(made)
    counter = made.endpoints[0].counter
    assert made.endpoints[0].back_end is BackEnd.FOUNDRY
    assert counter in model.parts[0].limited_by
    assert "0 are left of the limit last seen" in model.more[0]
