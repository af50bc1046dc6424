"""The plan of serverless APIs: a project's subscriptions to offers, and its endpoints."""

from collections.abc import Callable
from dataclasses import replace

from llama_azure_core.azure_enums import ServerlessAuthMode
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments, expected_tokens
from llama_azure_core.plan.items import Endpoint, Offer, Owner
from llama_azure_core.plan.scope import Scope, Workspace
from llama_azure_core.settings.endpoint import EndpointSettings
from llama_azure_core.settings.project import ProjectSettings
from llama_azure_core.settings.serverless import ServerlessSettings


def plan_offers(
    project: ProjectSettings,
    workspace: Workspace,
    scope: Scope,
    ends: Callable[[EndpointSettings], tuple[BackEnd, ...]],
) -> tuple[Offer, ...]:
    """Return one subscription per offer, however many endpoints ask for it."""
    sections = [entry.as_serverless() for entry in project.endpoints.values() if BackEnd.SERVERLESS in ends(entry)]
    models = {entry.model.name: entry.model for entry in (*project.serverless, *sections) if entry.subscribes}
    models |= {model.name: model for model in project.subscriptions}
    offers = []
    for model in models.values():
        name = scope.name(workspace.path, NameKind.MARKETPLACE_SUBSCRIPTION, model.name, within=None)
        offers.append(
            Offer(
                logical_name=f"{workspace.key}-{model.name}",
                id=f"{workspace.id}/marketplaceSubscriptions/{name}",
                model=model,
                depends_on=workspace.depends_on,
                arguments={
                    **workspace.place(),
                    "subscription_name": name,
                    "model_id": model.registry_model_id,
                },
            )
        )
    return tuple(offers)


def plan_serverless(
    project: ProjectSettings,
    workspace: Workspace,
    scope: Scope,
    offers: tuple[Offer, ...],
    ends: Callable[[EndpointSettings], tuple[BackEnd, ...]],
) -> list[Endpoint]:
    """Return a project's serverless endpoints, in the order of the settings."""
    needed = {offer.model.name: offer.id for offer in offers}
    listed = []
    for index, entry in enumerate(project.serverless):
        path = f"{workspace.path}.serverless[{index}]"
        words = (entry.model.name,)
        name = entry.name or scope.name(path, NameKind.SERVERLESS_ENDPOINT, *words, within=(workspace.name,))
        listed.append(_endpoint(path, str(index), name, entry, workspace, scope, needed.get(entry.model.name)))
    for key, section in project.endpoints.items():
        if BackEnd.SERVERLESS not in ends(section):
            continue
        path, entry = scope.endpoint_path(workspace.key, key), section.as_serverless()
        # Another model is another endpoint, which is made before the one of the model before goes.
        within = (workspace.name, "endpoints", key, entry.model.name)
        name = entry.name or scope.name(path, NameKind.SERVERLESS_ENDPOINT, key, within=within)
        found = _endpoint(path, key, name, entry, workspace, scope, needed.get(entry.model.name))
        on = ends(section)
        listed.append(
            replace(
                found,
                output_key=scope.output_key(workspace.key, key, BackEnd.SERVERLESS, on),
                order=scope.order(workspace.key, key, BackEnd.SERVERLESS, on),
                asked=section.asked,
                retiring=scope.is_retiring(workspace.key, key),
                expected_tokens=expected_tokens(section.expected_tokens_per_day, BackEnd.SERVERLESS, on),
            )
        )
    return listed


def _endpoint(
    path: str,
    key: str,
    name: str,
    entry: ServerlessSettings,
    workspace: Workspace,
    scope: Scope,
    offer: str | None,
) -> Endpoint:
    return Endpoint(
        back_end=BackEnd.SERVERLESS,
        path=path,
        key=key,
        logical_name=f"{workspace.key}-{name.casefold()}",
        name=name,
        id=f"{workspace.id}/serverlessEndpoints/{name}",
        owner=Owner.STACK,
        model=entry.model,
        takes_keys=entry.auth_mode is not ServerlessAuthMode.AAD,
        is_derived=entry.name is None,
        subscribes=entry.subscribes,
        depends_on=workspace.depends_on if offer is None else (offer,),
        expected_tokens=expected_tokens(entry.expected_tokens_per_day),
        arguments={
            **workspace.place(),
            "location": scope.location,
            "endpoint_name": name,
            "model_id": entry.model.registry_model_id,
            "tags": dict(scope.tags),
            **arguments(entry, "model", "name", "subscribe", "expected_tokens_per_day"),
        },
    )
