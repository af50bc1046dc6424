"""What callers of an endpoint may know beside its address: the routes that it answers, and how much they may ask."""

from collections.abc import Mapping

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.foundry import foundry_models
from llama_azure_core.plan.items import Endpoint

_OF_APIS = {Api.CHAT: {"chat": "chat/completions"}, Api.COMPLETIONS: {"completions": "completions"}}
_MODELS = {"models": "models"}


def routes(endpoint: Endpoint) -> Mapping[str, str]:
    """Return the routes that an endpoint answers, by what they are for, as they follow its base URL.

    Those are ``chat`` or ``completions``, as its model answers, and ``models``, the list of OpenAI's API, which online
    endpoints have not. Their ``score`` is no such route: it is the endpoint's own URI.
    """
    if endpoint.model is None:
        return {}
    of_api = _OF_APIS.get(endpoint.model.api, {})
    return of_api if endpoint.back_end is BackEnd.MANAGED else {**of_api, **_MODELS}


def call_limits(endpoint: Endpoint) -> Mapping[str, int]:
    """Return how much an endpoint may be asked, by the limits' names in the facts; what is not known is not in it.

    Of serverless endpoints and Foundry deployments tokens and requests a minute, of online endpoints requests a second.
    """
    facts = load_facts("limits")
    match endpoint.back_end:
        case BackEnd.SERVERLESS:
            return {name: facts["serverless"][name] for name in ("tokensPerMinute", "requestsPerMinute")}
        case BackEnd.MANAGED:
            return {"requestsPerSecond": facts["onlineEndpoints"]["requestsPerSecond"]}
    known = foundry_models().get(endpoint.model.name) if endpoint.model else None
    version = known and (known.version(str(endpoint.arguments.get("model_version"))) or known.default_version)
    sku = version.sku(str(endpoint.arguments.get("sku_name"))) if version else None
    if sku is None:
        return {}
    return {
        "tokensPerMinute": sku.rate_limits.tokens_per_minute * endpoint.capacity,
        "requestsPerMinute": sku.rate_limits.requests_per_minute * endpoint.capacity,
    }
