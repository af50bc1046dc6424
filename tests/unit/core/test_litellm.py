"""The configuration of a LiteLLM proxy is made of the stacks' outputs, and holds no secret."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import yaml

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.limits import limits
from llama_azure_core.plan import plan
from llama_azure_core.plan.litellm import GatewayConfiguration, StackEndpoints, gateway_configuration, token_prices
from llama_azure_core.prices import price_list
from llama_azure_core.settings import SettingsError, parse_settings
from llama_azure_core.settings.litellm import LiteLlmSettings

LLAMA, OTHER = "Llama-3.3-70B-Instruct", "Meta-Llama-3-8B-Instruct"


def row(backend: str = "serverless", **changes: Any) -> dict[str, Any]:
    """An endpoint as a stack's outputs have it."""
    uri = f"https://{backend}.example"
    both = {"tokensPerMinute": 200_000, "requestsPerMinute": 1000}
    return {
        "kind": backend,
        "backend": backend,
        "model": LLAMA,
        "region": "eastus2",
        "api": "chat",
        "uri": uri,
        "baseUrl": f"{uri}/openai/v1/" if backend == "foundry" else f"{uri}/v1/",
        "deployment": "chat-abc234" if backend == "foundry" else LLAMA,
        "auth": "key",
        "limits": {"requestsPerSecond": limits()["requestsPerSecond"]} if backend == "managed" else both,
        **changes,
    }


def configured(
    endpoints: Mapping[str, Mapping[str, Any]], prices: Mapping[str, Any] | None = None, **options: Any
) -> GatewayConfiguration:
    stack = StackEndpoints("dev", endpoints, prices or {})
    return gateway_configuration([stack], LiteLlmSettings.model_validate(options))


def entries(made: GatewayConfiguration) -> dict[str, dict[str, Any]]:
    return {one["model_info"]["id"]: one for one in made.document["model_list"]}


def test_every_back_end_of_a_model_is_one_group() -> None:
    made = configured({"a": row(), "b": row("foundry"), "c": row("managed"), "d": row(model=OTHER)})
    assert [one["model_name"] for one in made.document["model_list"]] == [LLAMA, LLAMA, LLAMA, OTHER]


def test_each_endpoint_is_called_by_its_address_with_a_key_that_is_only_named() -> None:
    made = configured({"chat": row(), "chat-2": row("foundry", uri="https://ai.example/")})
    found = entries(made)
    assert found["chat"]["litellm_params"] | {"weight": 0} == {
        "model": "openai/chat",
        "api_base": "https://serverless.example/v1/",
        "api_key": "os.environ/LLAMA_KEY_CHAT",
        "tpm": 200_000,
        "rpm": 1000,
        "weight": 0,
    }
    foundry = found["chat-2"]["litellm_params"]
    assert (foundry["model"], foundry["api_base"], foundry["api_version"]) == (
        "azure/chat-abc234",
        "https://ai.example",
        "v1",
    )
    assert made.keys == {"LLAMA_KEY_CHAT": ("dev", "chat"), "LLAMA_KEY_CHAT_2": ("dev", "chat-2")}


def test_names_that_would_be_one_variable_are_two() -> None:
    made = configured({"chat-2": row(), "chat.2": row()})
    assert len(made.keys) == 2
    assert {one["litellm_params"]["api_key"] for one in made.document["model_list"]} == {
        f"os.environ/{name}" for name in made.keys
    }


def test_secrets_of_a_key_vault_are_called_as_the_pipelines_call_them() -> None:
    made = configured({"chat-2": row()}, keysFromVault=True)
    assert made.keys == {"chat-2": ("dev", "chat-2")}
    assert made.document["general_settings"]["use_azure_key_vault"] is True


def test_where_keys_are_off_the_proxy_asks_for_tokens() -> None:
    made = configured({"a": row("foundry", auth="token"), "b": row(auth="token")})
    found = entries(made)
    assert all("api_key" not in one["litellm_params"] for one in found.values())
    assert found["b"]["litellm_params"]["model"] == "azure_ai/b"
    assert found["b"]["litellm_params"]["azure_scope"].startswith("https://ml.azure.com/")
    assert made.document["litellm_settings"]["enable_azure_ad_token_refresh"] is True
    assert "enable_azure_ad_token_refresh" not in configured({"a": row()}).document["litellm_settings"]


def test_traffic_is_shared_by_what_each_may_be_asked() -> None:
    small = {"tokensPerMinute": 10_000, "requestsPerMinute": 100}
    found = entries(configured({"a": row(), "b": row("foundry", limits=small)}))
    assert (found["a"]["litellm_params"]["weight"], found["b"]["litellm_params"]["weight"]) == (200_000, 10_000)


def test_nobody_is_left_without_traffic_because_its_limits_are_not_known() -> None:
    found = entries(configured({"a": row(), "b": row("managed")}))
    assert all("weight" not in one["litellm_params"] for one in found.values())


def test_the_back_end_that_an_endpoint_leaves_comes_second() -> None:
    found = entries(configured({"chat": row("foundry"), "chat-serverless": row(order=2)}))
    assert [found[name]["litellm_params"]["order"] for name in ("chat", "chat-serverless")] == [1, 2]


def test_another_region_is_another_stack_and_comes_after_every_back_end_of_the_first() -> None:
    stacks = [
        StackEndpoints("east", {"chat": row(), "chat-serverless": row(order=2)}),
        StackEndpoints("west", {"chat": row(region="westus3")}),
    ]
    made = gateway_configuration(stacks)
    orders = {one["model_info"]["id"]: one["litellm_params"]["order"] for one in made.document["model_list"]}
    assert sorted(orders, key=lambda name: orders[name]) == ["east/chat", "east/chat-serverless", "west/chat"]
    assert made.keys["LLAMA_KEY_WEST_CHAT"] == ("west", "chat")


def test_what_retires_or_cannot_be_called_is_left_out_and_told() -> None:
    made = configured(
        {
            "chat": row(),
            "old": row(retiring=True),
            "aml": row("managed", auth="token"),
            "score": row("managed", api="score"),
            "empty": row("managed", model=None, api=None),
            "new": row(baseUrl=""),
            "words": row(auth="token", api="completions"),
        }
    )
    assert list(entries(made)) == ["chat"]
    assert made.left_out.keys() == {"old", "aml", "score", "empty", "new", "words"}
    assert "# left out: old: it retires" in made.text()


def test_a_price_that_is_not_known_is_not_zero() -> None:
    found = entries(configured({"a": row(), "b": row()}, prices={"a": (Decimal("0.00000071"), Decimal("0.00000071"))}))
    assert found["a"]["litellm_params"]["input_cost_per_token"] == 7.1e-07
    assert "input_cost_per_token" not in found["b"]["litellm_params"]


def test_prices_are_those_of_the_price_list() -> None:
    endpoints = {"large": {"model": LLAMA, "backEnd": "foundry"}, "small": {"model": "Llama-3.2-1B-Instruct"}}
    given = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2026-11-28",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:hub": {"name": "hub-llama"},
        "llama-azure:projects": {"assistants": {"endpoints": endpoints}},
    }
    made = plan(parse_settings(given, "f"), subscription="00000000-0000-0000-0000-0000000000aa")
    known = price_list().tokens(LLAMA, BackEnd.FOUNDRY, "eastus2", "GlobalStandard")
    unknown = price_list().tokens("Llama-3.2-1B-Instruct", BackEnd.SERVERLESS, "eastus2")
    assert known.input is not None
    assert known.output is not None
    assert (unknown.input is None or unknown.output is None) != ("small" in token_prices(made))
    assert token_prices(made)["large"] == (known.input.each, known.output.each)


def test_the_limits_that_are_kept_can_lie_below_azures() -> None:
    (entry,) = entries(configured({"a": row()}, marginPercent=10)).values()
    assert (entry["litellm_params"]["tpm"], entry["litellm_params"]["rpm"]) == (180_000, 900)


@pytest.mark.parametrize(("margin", "checks"), [(0, None), (10, ["enforce_model_rate_limits"])])
def test_the_proxy_counts_limits_itself_only_to_stay_below_azures(margin: int, checks: list[str] | None) -> None:
    router = configured({"a": row()}, marginPercent=margin).document["router_settings"]
    assert router.get("optional_pre_call_checks") == checks


def test_who_finds_every_endpoint_at_rest_is_tried_again_for_some_seconds() -> None:
    policy = configured({"a": row()}).document["router_settings"]["retry_policy"]
    assert policy["RateLimitErrorRetries"] == policy["DefaultRetries"] == 4


def test_every_other_endpoint_of_a_model_can_be_tried_once() -> None:
    router = configured({f"chat-{number}": row() for number in range(4)}).document["router_settings"]
    assert router["num_retries"] == 3
    assert router["retry_policy"]["BadRequestErrorRetries"] == 0
    assert router["retry_policy"]["NotFoundErrorRetries"] == 3


def test_another_model_answers_only_where_it_is_asked_for() -> None:
    endpoints = {"a": row(), "b": row(model=OTHER)}
    assert "fallbacks" not in configured(endpoints).document["router_settings"]
    made = configured(endpoints, fallbacks={LLAMA: [OTHER]})
    assert made.document["router_settings"]["fallbacks"] == [{LLAMA: [OTHER]}]


@pytest.mark.parametrize(
    ("endpoints", "options", "words"),
    [
        ({"a": row()}, {"fallbacks": {LLAMA: [OTHER]}}, f"a fallback names {OTHER}"),
        ({"a": row(retiring=True)}, {}, "nothing to call: a: it retires"),
        ({}, {}, "the stacks have no endpoints"),
    ],
)
def test_what_makes_no_gateway_is_refused(endpoints: Any, options: Any, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        configured(endpoints, **options)


def test_what_proxies_share_is_named_and_never_written() -> None:
    made = configured({"a": row()}, database=True, redis=True, redisTls=True)
    document = yaml.safe_load(made.text())
    assert document == made.document
    assert document["general_settings"]["database_url"] == "os.environ/DATABASE_URL"
    assert document["litellm_settings"]["cache_params"]["supported_call_types"] == []
    secrets = [value for value in _texts(document) if "key" in value.lower() or "password" in value.lower()]
    assert all(value.startswith("os.environ/") for value in secrets)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []
