"""The configuration of a LiteLLM proxy in front of everything that stacks serve. Pure.

It is made of the stacks' outputs (``endpoints``), which know every address, and holds no secret: a key is the name of
an environment variable or of a key vault's secret, and where keys are off the proxy asks Microsoft Entra ID by itself.

Every endpoint of a model is one group under the model's name, whichever back end it runs on and wherever it lies.
Within a group LiteLLM picks by weight among those of the lowest order. What an endpoint refuses (429, 5xx, 401, 404) is
tried at another one, and the endpoint rests for a while. An answer whose first words were sent cannot be tried again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.limits import limits
from llama_azure_core.plan.calling import ML_TOKEN_SCOPE
from llama_azure_core.plan.stack import Plan
from llama_azure_core.prices import price_list
from llama_azure_core.settings.litellm import LiteLlmSettings
from llama_azure_core.settings.parsing import SettingsError

_RESTS_SECONDS = 30
_MOST_RETRIES = 5
_PATIENCE = 4
"""Tries more where every endpoint of a model is out of capacity; LiteLLM waits half a second before the first of them
and twice as long before each other."""
_A_STACK = 10
"""How far the orders of two stacks lie apart: the back ends of the first are tried before any of the next."""


@dataclass(frozen=True, slots=True)
class StackEndpoints:
    """What one stack serves, as its outputs say it."""

    name: str
    endpoints: Mapping[str, Mapping[str, Any]]
    """The stack's output ``endpoints``."""
    prices: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By endpoint: US dollars for a token of the prompt and of the answer. One that is not known is left out."""


@dataclass(frozen=True, slots=True)
class GatewayConfiguration:
    """A proxy's configuration, and what has to be known of it."""

    document: Mapping[str, Any]
    """The content of LiteLLM's ``config.yaml``."""
    keys: Mapping[str, tuple[str, str]]
    """By variable, or secret of the key vault: the stack and the endpoint whose key it holds."""
    left_out: Mapping[str, str]
    """By endpoint, with its stack before it: why the proxy cannot call it."""

    def text(self) -> str:
        """Return it as a file."""
        told = [f"# left out: {name}: {why}" for name, why in self.left_out.items()]
        head = ["# The configuration of a LiteLLM proxy, made of the outputs of stacks; it holds no secret.", *told]
        return "\n".join(head) + "\n" + yaml.safe_dump(dict(self.document), sort_keys=False, width=120)


def token_prices(made: Plan) -> dict[str, tuple[Decimal, Decimal]]:
    """Return by endpoint what a token of the prompt and of the answer costs in US dollars, where both are known.

    What is paid by the hour has no price of a token.
    """
    prices, found = price_list(), {}
    for endpoint in made.endpoints if prices.currency == "USD" else ():
        if endpoint.model is None or endpoint.back_end is BackEnd.MANAGED:
            continue
        sku = str(endpoint.arguments.get("sku_name", ""))
        of = prices.tokens(endpoint.model.name, endpoint.back_end, made.region, **({"sku": sku} if sku else {}))
        if of.input is not None and of.output is not None:
            found[endpoint.exported] = (of.input.each, of.output.each)
    return found


def gateway_configuration(
    stacks: Sequence[StackEndpoints], options: LiteLlmSettings | None = None
) -> GatewayConfiguration:
    """Return the configuration of a proxy in front of some stacks, the first preferred.

    Raises:
        SettingsError: no endpoint can be called through it, or a fallback names a model that no stack serves.
    """
    wanted = options or LiteLlmSettings()
    models: list[dict[str, Any]] = []
    keys: dict[str, tuple[str, str]] = {}
    left_out: dict[str, str] = {}
    for index, stack in enumerate(stacks):
        for name, row in sorted(stack.endpoints.items()):
            problem = _unusable(row)
            label = f"{stack.name}/{name}" if len(stacks) > 1 else name
            if problem is not None:
                left_out[label] = problem
                continue
            key = _key_name(stack.name if len(stacks) > 1 else "", name, wanted, keys)
            if row["auth"] != "token":
                keys[key] = (stack.name, name)
            order = index * _A_STACK + int(row.get("order", 1))
            models.append(_entry(label, row, key, order, stack.prices.get(name), wanted))
    if not models:
        told = "; ".join(f"{name}: {why}" for name, why in left_out.items()) or "the stacks have no endpoints"
        raise SettingsError(f"a gateway has nothing to call: {told}")
    _level(models)
    groups = {str(one["model_name"]) for one in models}
    unknown = sorted({one for model, others in wanted.fallbacks.items() for one in (model, *others)} - groups)
    if unknown:
        raise SettingsError(
            f"a fallback names {', '.join(unknown)}, which no endpoint behind the gateway serves; "
            f"there are {', '.join(sorted(groups))}"
        )
    return GatewayConfiguration(_document(models, groups, wanted), keys, left_out)


def _unusable(row: Mapping[str, Any]) -> str | None:
    """Return why a proxy cannot call an endpoint; ``None`` where it can."""
    if row.get("model") is None:
        return "it has no deployment"
    if row.get("retiring"):
        return "it retires: its traffic goes before it is deleted"
    if not row.get("baseUrl"):
        return "it has no address yet"
    if row["api"] not in (Api.CHAT.value, Api.COMPLETIONS.value):
        return "it answers neither chat nor completions"
    if row["auth"] == "token":
        if row["backend"] == BackEnd.MANAGED.value:
            return "it takes only the tokens of its workspace, which LiteLLM cannot get"
        if row["api"] != Api.CHAT.value:
            return "it takes only tokens, which LiteLLM has for chat alone"
    if row["backend"] == BackEnd.FOUNDRY.value and row["api"] != Api.CHAT.value:
        return "LiteLLM asks Foundry resources for chat alone"
    return None


def _key_name(stack: str, name: str, options: LiteLlmSettings, taken: Mapping[str, object]) -> str:
    """Return the variable, or the key vault's secret, that holds an endpoint's key."""
    words = re.findall(r"[A-Za-z0-9]+", f"{stack} {name}")
    # `pipelines keep-keys` calls the secret as the endpoint.
    found = "-".join(words) if options.keys_from_vault else "_".join(["LLAMA_KEY", *words]).upper()
    while found in taken:
        found += "x"
    return found


def _entry(
    label: str,
    row: Mapping[str, Any],
    key: str,
    order: int,
    price: tuple[Decimal, Decimal] | None,
    options: LiteLlmSettings,
) -> dict[str, Any]:
    """Return an endpoint as an entry of LiteLLM's list of models."""
    chat = row["api"] == Api.CHAT.value
    params: dict[str, Any] = {**_provider(label, row, chat=chat), "order": order}
    if row["auth"] != "token":
        params["api_key"] = f"os.environ/{key}"
    kept = 1 - Decimal(options.margin_percent) / 100
    for name, its in (("tpm", "tokensPerMinute"), ("rpm", "requestsPerMinute")):
        if its in row.get("limits", {}):
            params[name] = int(row["limits"][its] * kept)
    if price is not None:
        params["input_cost_per_token"], params["output_cost_per_token"] = float(price[0]), float(price[1])
    info = {"id": label, "mode": "chat" if chat else "completion", "base_model": row["model"]}
    return {"model_name": row["model"], "litellm_params": params, "model_info": info}


def _provider(label: str, row: Mapping[str, Any], *, chat: bool) -> dict[str, Any]:
    """Return how LiteLLM calls an endpoint.

    The model is what a Foundry deployment is called; elsewhere nobody looks at it, and it is the endpoint's name: one
    of LiteLLM's own price list would get that list's price, which is nobody's here.
    """
    called = row["deployment"] if row["backend"] == BackEnd.FOUNDRY.value else label.rsplit("/", 1)[-1]
    if row["backend"] == BackEnd.FOUNDRY.value:
        # That version is LiteLLM's word for /openai/v1, with keys and with tokens that it renews.
        return {"model": f"azure/{called}", "api_base": row["uri"].rstrip("/"), "api_version": "v1"}
    if row["auth"] == "token":
        base = row["baseUrl"].rstrip("/")
        return {"model": f"azure_ai/{called}", "api_base": base, "azure_scope": ML_TOKEN_SCOPE}
    return {"model": f"{'openai' if chat else 'text-completion-openai'}/{called}", "api_base": row["baseUrl"]}


def _level(models: list[dict[str, Any]]) -> None:
    """Weigh the endpoints of a group by what each may be asked, and leave out an order that tells nothing apart."""
    for group in {one["model_name"] for one in models}:
        params = [one["litellm_params"] for one in models if one["model_name"] == group]
        if len({one["order"] for one in params}) == 1:
            for one in params:
                del one["order"]
        for name in ("tpm", "rpm"):
            if len(params) > 1 and all(one.get(name) for one in params):
                for one in params:
                    one["weight"] = one[name]
                break


def _document(models: list[dict[str, Any]], groups: set[str], options: LiteLlmSettings) -> dict[str, Any]:
    largest = max(sum(one["model_name"] == group for one in models) for group in groups)
    retries = min(_MOST_RETRIES, max(2, largest - 1))
    names = ("Authentication", "Timeout", "InternalServer", "ServiceUnavailable", "NotFound")
    router: dict[str, Any] = {
        "routing_strategy": "simple-shuffle",
        # Azure counts its own limits, for all proxies, and says when to ask again. What the proxy counts itself it
        # refuses until the next minute, and rests the endpoint for one: a load at the limit stood still for minutes.
        **({"optional_pre_call_checks": ["enforce_model_rate_limits"]} if options.margin_percent else {}),
        # A stream that breaks before its first word is mended by this alone. A request that is wrong (400) is not tried
        # at another endpoint; one that a serverless endpoint cannot process (422) is, which LiteLLM has no setting for.
        "enable_weighted_failover": True,
        "fallback_on_unsupported_params": False,
        "num_retries": retries,
        # What is wrong with the request itself is wrong everywhere.
        "retry_policy": {
            **{f"{name}ErrorRetries": retries for name in names},
            "RateLimitErrorRetries": max(retries, _PATIENCE),
            # That every endpoint rests is an error of the router's own, which no other name covers.
            "DefaultRetries": max(retries, _PATIENCE),
            "BadRequestErrorRetries": 0,
            "ContentPolicyViolationErrorRetries": 0,
        },
        "cooldown_time": _RESTS_SECONDS,
        "timeout": limits()["requestTimeoutSeconds"],
    }
    if options.fallbacks:
        router["fallbacks"] = [{model: list(others)} for model, others in options.fallbacks.items()]
    redis = {"host": "os.environ/REDIS_HOST", "port": "os.environ/REDIS_PORT", "password": "os.environ/REDIS_PASSWORD"}
    if options.redis:
        router |= {f"redis_{name}": value for name, value in redis.items()}
    # Else it fetches a tokenizer from a hub before a request with a virtual key, and stalls where it cannot.
    own: dict[str, Any] = {"disable_hf_tokenizer_download": True}
    if any("api_key" not in one["litellm_params"] for one in models):
        own["enable_azure_ad_token_refresh"] = True
    if options.redis:
        # Counts of keys and budgets are shared; answers are not cached.
        tls = {"ssl": True} if options.redis_tls else {}
        own |= {"cache": True, "cache_params": {"type": "redis", **redis, **tls, "supported_call_types": []}}
    general: dict[str, Any] = {"master_key": "os.environ/LITELLM_MASTER_KEY"}
    if options.database:
        general["database_url"] = "os.environ/DATABASE_URL"
    if options.keys_from_vault:
        general["use_azure_key_vault"] = True
    return {
        "model_list": models,
        "router_settings": router,
        "litellm_settings": own,
        "general_settings": general,
    }
