"""The registry of the catalogue's models, as ``MLClient(registry_name="azureml-meta")`` reads it.

A client first asks where a registry lies, then reads it there; the paths are those of azure-ai-ml 1.35.2. The registry
is read only: its models are the catalogue's, in the versions that were seen.
"""

import datetime as dt

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llama_azure_core.catalogue import Model, all_models
from llama_azure_core.regions import region_names
from llama_azure_core.resource_ids import name_of
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.routes import authenticated
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, TENANT_ID, World
from llama_azure_sandbox.identity.tokens import TokenIssuer

_DISCOVERY = "/registrymanagement/v1.0/registries/{registry}/discovery"
_FRONT_END = "/mferp/managementfrontend"
_REGISTRY = (
    _FRONT_END + "/subscriptions/{subscription}/resourceGroups/{group}"
    "/providers/Microsoft.MachineLearningServices/registries/{registry}"
)
_GROUP = "rg-registries-of-microsoft"
_PRIMARY_REGION = "eastus"
_TYPE = "Microsoft.MachineLearningServices/registries/models"


def model_registry_routes(world: World, issuer: TokenIssuer) -> list[Route]:
    """Return the routes of the registries that hold the catalogue's models."""

    async def respond(request: Request) -> Response:
        try:
            request.state.caller = authenticated(request, issuer, world.base_url)
            body = await run_in_threadpool(_answer, world, dict(request.path_params))
        except ArmError as error:
            return JSONResponse(error.body(), error.status, headers=error.headers)
        return JSONResponse(_page(body, request))

    return [
        Route(_DISCOVERY, respond, methods=["GET"]),
        Route(_REGISTRY + "/{kind}", respond, methods=["GET"]),
        Route(_REGISTRY + "/{kind}/{rest:path}", respond, methods=["GET"]),
    ]


def _answer(world: World, path: dict[str, str]) -> Json:
    registry, kind, rest = path["registry"], path.get("kind"), path.get("rest", "").split("/")
    models = _models_of(registry)
    if kind is None:
        return _discovery(world, registry)
    if kind.lower() != "models":
        raise ArmError(404, "NotFound", f"The registry {registry} has models only in this sandbox, no {kind}.")
    match [part for part in rest if part]:
        case []:
            return {"value": [_container(model) for model in models]}
        case [name]:
            return _container(_model(models, registry, name))
        case [name, "versions"]:
            model = _model(models, registry, name)
            return {"value": [_version(model, version) for version in reversed(_versions(model))]}
        case [name, "versions", version]:
            return _one_version(_model(models, registry, name), version)
    raise ArmError(404, "NotFound", f"The registry {registry} has no {kind}/{path['rest']}.")


def _discovery(world: World, registry: str) -> Json:
    return {
        "registryName": registry,
        "tenantId": TENANT_ID,
        "primaryRegion": _PRIMARY_REGION,
        "regions": region_names(),
        "subscriptionId": SUBSCRIPTION_ID,
        "resourceGroup": _GROUP,
        "workspaceName": "",
        "primaryRegionResourceProviderUri": f"{world.base_url}/",
        "registryFqdns": {region: {} for region in region_names()},
    }


def _page(body: Json, request: Request) -> Json:
    """Leave as many as ``$top`` asks for; the newest version comes first."""
    top = request.query_params.get("$top", "")
    return {"value": body["value"][: int(top)]} if top.isdecimal() and "value" in body else body


def _models_of(registry: str) -> list[Model]:
    found = [one for one in all_models() if _registry(one).lower() == registry.lower()]
    if not found:
        raise ArmError(404, "RegistryNotFound", f"The registry {registry} is none of the catalogue's: {_registries()}.")
    return found


def _registries() -> str:
    return ", ".join(sorted({_registry(one) for one in all_models()}))


def _registry(model: Model) -> str:
    return model.registry_model_id.split("/")[3]


def _model(models: list[Model], registry: str, name: str) -> Model:
    for model in models:
        if name_of(model.registry_model_id).lower() == name.lower():
            return model
    raise ArmError(404, "UserError", f"Container {name} in registry {registry} was not found.")


def _versions(model: Model) -> list[str]:
    """Return every version up to the newest that was seen; the one of a model whose versions nobody wrote down is 1."""
    newest = model.registry_version or "1"
    return [str(number) for number in range(1, int(newest) + 1)] if newest.isdecimal() else [newest]


def _id(model: Model) -> str:
    return (
        f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{_GROUP}/providers/Microsoft.MachineLearningServices"
        f"/registries/{_registry(model)}/models/{name_of(model.registry_model_id)}"
    )


def _container(model: Model) -> Json:
    return {
        "id": _id(model),
        "name": name_of(model.registry_model_id),
        "type": _TYPE,
        "properties": {
            "description": None,
            "isArchived": False,
            "latestVersion": _versions(model)[-1],
            "nextVersion": None,
            "properties": {},
            "tags": {},
        },
    }


def _one_version(model: Model, version: str) -> Json:
    versions = _versions(model)
    if version not in versions:
        raise ArmError(404, "UserError", f"Model {model.name} has no version {version}: the newest is {versions[-1]}.")
    return _version(model, version)


def _version(model: Model, version: str) -> Json:
    # When a version was made is not known: each is a second younger than the one before, so that the newest is latest.
    made = dt.datetime(2023, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=int(version) if version.isdecimal() else 0)
    moment = made.isoformat()
    by = {"createdBy": "Microsoft", "createdByType": "User", "createdAt": moment, "lastModifiedAt": moment}
    return {
        "id": f"{model.registry_model_id}/versions/{version}",
        "name": version,
        "type": f"{_TYPE}/versions",
        "properties": {
            "description": f"{model.name} of the {model.family} family",
            "isAnonymous": False,
            "isArchived": False,
            "modelType": "mlflow_model",
            "modelUri": f"{model.registry_model_id}/versions/{version}",
            "properties": {},
            "provisioningState": "Succeeded",
            "stage": "Production",
            "tags": {"task": "chat-completion" if model.api.value == "chat" else "text-generation", "author": "meta"},
            "flavors": {},
        },
        "systemData": by,
    }
