"""What callers of an endpoint may know beside its address: its routes, how much they may ask, and until when."""

from collections.abc import Mapping

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.foundry import FoundryModel, FoundrySku, FoundryVersion, foundry_models
from llama_azure_core.lifecycle import End, deployment_ends, model_ends
from llama_azure_core.plan.items import Endpoint

_OF_APIS = {Api.CHAT: {"chat": "chat/completions"}, Api.COMPLETIONS: {"completions": "completions"}}
_MODELS = {"models": "models"}

ML_TOKEN_SCOPE = "https://ml.azure.com/.default"  # noqa: S105 - a scope, not a token
"""What callers of serverless and online endpoints ask Microsoft Entra ID a token for (source S30)."""


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

    Of serverless endpoints and Foundry deployments tokens and requests a minute; of online endpoints requests a second,
    and what their instances serve in a minute where the settings say what one does.
    """
    facts = load_facts("limits")
    match endpoint.back_end:
        case BackEnd.SERVERLESS:
            return {name: facts["serverless"][name] for name in ("tokensPerMinute", "requestsPerMinute")}
        case BackEnd.MANAGED:
            instances = sum(one.instances for one in endpoint.deployments if one.traffic)
            measured = {name: value * instances for name, value in endpoint.per_instance.items()}
            return {"requestsPerSecond": facts["onlineEndpoints"]["requestsPerSecond"], **measured}
    found = _of_foundry(endpoint)
    if found is None or found[2] is None:
        return {}
    sku = found[2]
    return {
        "tokensPerMinute": sku.rate_limits.tokens_per_minute * endpoint.capacity,
        "requestsPerMinute": sku.rate_limits.requests_per_minute * endpoint.capacity,
    }


def endpoint_ends(endpoint: Endpoint) -> tuple[End, ...]:
    """Return the days on which what an endpoint serves ends, as far as somebody names them, earliest first.

    On Foundry the version and the SKU of the deployment have days of their own.
    """
    ends = [end for model in endpoint.models for end in model_ends(model)]
    found = _of_foundry(endpoint) if endpoint.back_end is BackEnd.FOUNDRY else None
    if found is not None:
        ends += deployment_ends(*found)
    return tuple(sorted(dict.fromkeys(ends), key=lambda end: end.day))


def _of_foundry(endpoint: Endpoint) -> tuple[FoundryModel, FoundryVersion, FoundrySku | None] | None:
    """Return the rows of the Foundry's catalogue that a deployment is of; ``None`` where it has none."""
    row = foundry_models().get(endpoint.model.name) if endpoint.model else None
    if row is None:
        return None
    version = row.version(str(endpoint.arguments.get("model_version"))) or row.default_version
    return row, version, version.sku(str(endpoint.arguments.get("sku_name")))
