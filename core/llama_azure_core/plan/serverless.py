"""The plan of serverless APIs: a project's subscriptions to offers, and its endpoints."""

from llama_azure_core.azure_enums import ServerlessAuthMode
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.items import BackEnd, Endpoint, Offer, Owner
from llama_azure_core.plan.scope import Scope, Workspace
from llama_azure_core.settings.project import ProjectSettings
from llama_azure_core.settings.serverless import ServerlessSettings


def plan_offers(project: ProjectSettings, workspace: Workspace, scope: Scope) -> tuple[Offer, ...]:
    """Return one subscription per offer, however many endpoints ask for it."""
    models = {entry.model.name: entry.model for entry in project.serverless if entry.subscribes}
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
    project: ProjectSettings, workspace: Workspace, scope: Scope, offers: tuple[Offer, ...]
) -> list[Endpoint]:
    """Return a project's serverless endpoints, in the order of the settings."""
    needed = {offer.model.name: offer.id for offer in offers}
    return [
        _endpoint(index, entry, workspace, scope, needed.get(entry.model.name))
        for index, entry in enumerate(project.serverless)
    ]


def _endpoint(index: int, entry: ServerlessSettings, workspace: Workspace, scope: Scope, offer: str | None) -> Endpoint:
    path = f"{workspace.path}.serverless[{index}]"
    name = entry.name or scope.name(path, NameKind.SERVERLESS_ENDPOINT, entry.model.name, within=(workspace.name,))
    return Endpoint(
        back_end=BackEnd.SERVERLESS,
        path=path,
        key=str(index),
        logical_name=f"{workspace.key}-{name.casefold()}",
        name=name,
        id=f"{workspace.id}/serverlessEndpoints/{name}",
        owner=Owner.STACK,
        model=entry.model,
        takes_keys=entry.auth_mode is not ServerlessAuthMode.AAD,
        is_derived=entry.name is None,
        subscribes=entry.subscribes,
        depends_on=workspace.depends_on if offer is None else (offer,),
        arguments={
            **workspace.place(),
            "location": scope.location,
            "endpoint_name": name,
            "model_id": entry.model.registry_model_id,
            "tags": dict(scope.tags),
            **arguments(entry, "model", "name", "subscribe"),
        },
    )
