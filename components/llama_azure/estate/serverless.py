"""The serverless endpoints of a project, and its subscriptions to their offers."""

import pulumi

from llama_azure.estate.context import Context, Place
from llama_azure.estate.outputs import Estate
from llama_azure.marketplace_subscription import MarketplaceSubscription
from llama_azure.serverless_endpoint import ServerlessEndpoint
from llama_azure_core.catalogue import Model
from llama_azure_core.naming import NameKind, derive_name
from llama_azure_core.settings import ProjectSettings, ServerlessSettings
from llama_azure_core.settings.names import serverless_endpoint_name
from llama_azure_core.settings.serverless import ServerlessAuthMode


def add_serverless_endpoints(
    context: Context, estate: Estate, key: str, project: ProjectSettings, place: Place
) -> None:
    """Declare one subscription per offer, however many endpoints ask for it, and the endpoints."""
    offers = {entry.model.name: entry.model for entry in project.serverless if entry.subscribes}
    offers |= {model.name: model for model in project.subscriptions}
    subscriptions = {name: _subscription(key, model, place) for name, model in offers.items()}
    for entry in project.serverless:
        needed = subscriptions.get(entry.model.name)
        _add_endpoint(context, estate, key, entry, place, () if needed is None else (needed,))


def _subscription(key: str, model: Model, place: Place) -> MarketplaceSubscription:
    return MarketplaceSubscription(
        f"{key}-{model.name}",
        {
            "resource_group_name": place.resource_group,
            "project_name": place.name,
            "subscription_name": derive_name(NameKind.MARKETPLACE_SUBSCRIPTION, model.name),
            "model_id": model.registry_model_id,
        },
        place.options,
    )


def _add_endpoint(
    context: Context,
    estate: Estate,
    key: str,
    entry: ServerlessSettings,
    place: Place,
    subscriptions: tuple[MarketplaceSubscription, ...],
) -> None:
    settings, model = context.settings, entry.model
    name = serverless_endpoint_name(entry, place.name, context.scope)
    endpoint = ServerlessEndpoint(
        f"{key}-{name}",
        {
            "resource_group_name": place.resource_group,
            "location": settings.location,
            "project_name": place.name,
            "endpoint_name": name,
            "model_id": model.registry_model_id,
            "auth_mode": entry.auth_mode.value,
            "content_safety": entry.content_safety,
            "tags": context.tag_inputs(),
        },
        pulumi.ResourceOptions(depends_on=list(subscriptions or place.depends_on)),
    )
    estate.endpoints[name] = {
        "kind": "serverless",
        "model": model.name,
        "project": place.name,
        "region": settings.region,
        "api": model.api.value,
        "uri": endpoint.uri,
    }
    if entry.auth_mode is not ServerlessAuthMode.AAD:
        estate.endpoint_keys[name] = endpoint.primary_key
