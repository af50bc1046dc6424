"""The sandbox's principals over HTTP, for whoever may read its home."""

import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import PRINCIPALS_PATH
from llama_azure_sandbox.administration import admin_route, json_object
from llama_azure_sandbox.arm.authorization.assignments import SUBSCRIPTION_SCOPE, RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.service import ArmService
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME, FederatedCredential, secret_name
from llama_azure_sandbox.identity.principals import Directory, Principal, PrincipalError, PrincipalType

_AUTHORIZATION = "/providers/Microsoft.Authorization"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Federated(_Strict):
    issuer: str
    subject: str
    audience: str


class _NewPrincipal(_Strict):
    name: str
    type: PrincipalType = PrincipalType.SERVICE_PRINCIPAL
    role: str | None = None
    """The name of a role, built-in or custom."""
    scope: str = SUBSCRIPTION_SCOPE
    """Where the role is assigned: an ARM id, or what comes after the subscription's own."""
    federated: tuple[_Federated, ...] = Field(default=())


def principal_routes(home: SandboxHome, world: World, service: ArmService, admin_secret: str) -> list[Route]:
    """Return the routes that list, add and remove principals."""
    directory = Directory(world.store)

    async def show(_request: Request) -> JSONResponse:
        return JSONResponse(await run_in_threadpool(_listed, world))

    async def add(request: Request) -> JSONResponse:
        wanted = _NewPrincipal.model_validate(await json_object(request))
        return JSONResponse(await run_in_threadpool(_add, home, world, service, wanted), 201)

    async def remove(request: Request) -> JSONResponse:
        return JSONResponse(await run_in_threadpool(_remove, home, world, request.path_params["name"]))

    async def get(request: Request) -> JSONResponse:
        principal = await run_in_threadpool(directory.named, request.path_params["name"])
        return JSONResponse(_present(principal))

    return [
        admin_route(PRINCIPALS_PATH, admin_secret, GET=show, POST=add),
        admin_route(f"{PRINCIPALS_PATH}/{{name}}", admin_secret, GET=get, DELETE=remove),
    ]


def _listed(world: World) -> dict[str, Any]:
    assignments = RoleAssignments(world.store, RoleDefinitions(world.store))
    return {
        "principals": [
            _present(principal)
            | {
                "roles": [
                    {"role": one.role.name, "scope": one.scope}
                    for one in assignments.held(principal.object_id, world.now())
                ]
            }
            for principal in Directory(world.store).all()
        ]
    }


def _add(home: SandboxHome, world: World, service: ArmService, wanted: _NewPrincipal) -> dict[str, Any]:
    """Add a principal and, if one is asked for, its role: both or neither."""
    directory = Directory(world.store)
    directory.require_free(wanted.name)
    secret = home.secret(secret_name(wanted.name))
    federated = tuple(FederatedCredential(one.issuer, one.subject, one.audience) for one in wanted.federated)
    try:
        with world.store.transaction():
            principal = directory.add(wanted.name, secret, wanted.type, federated)
            if wanted.role is not None:
                _assign(service, principal, wanted.role, _full(wanted.scope))
    except BaseException:
        home.forget_secret(secret_name(wanted.name))
        raise
    return _present(principal) | {"secret": secret}


def _assign(service: ArmService, principal: Principal, role: str, scope: str) -> None:
    """Assign a role as the owner does it, by an ordinary request."""
    query = {"api-version": "2022-04-01"}
    definitions = f"{SUBSCRIPTION_SCOPE}{_AUTHORIZATION}/roleDefinitions"
    listed = service.handle(ArmRequest("GET", definitions, query)).body or {}
    roles = {one["properties"]["roleName"].lower(): one["id"] for one in listed["value"]}
    if role.lower() not in roles:
        raise PrincipalError(f"there is no role {role!r}; there are: {', '.join(sorted(roles))}")
    body = {"properties": {"principalId": principal.object_id, "roleDefinitionId": roles[role.lower()]}}
    path = f"{scope}{_AUTHORIZATION}/roleAssignments/{uuid.uuid4()}"
    try:
        service.handle(ArmRequest("PUT", path, query, body))
    except ArmError as error:
        raise PrincipalError(f"the role was not assigned: {error}") from None


def _remove(home: SandboxHome, world: World, name: str) -> dict[str, Any]:
    with world.store.transaction():
        directory = Directory(world.store)
        principal = directory.named(name)
        if principal.name == OWNER_NAME:
            raise PrincipalError("the owner stays: without it nobody could assign a role")
        RoleAssignments(world.store, RoleDefinitions(world.store)).remove_of(principal.object_id)
        directory.remove(principal)
    home.forget_secret(secret_name(name))
    return _present(principal)


def _full(scope: str) -> str:
    trimmed = scope.strip("/")
    if trimmed.lower().startswith("subscriptions/"):
        return f"/{trimmed}"
    return f"{SUBSCRIPTION_SCOPE}/{trimmed}" if trimmed else SUBSCRIPTION_SCOPE


def _present(principal: Principal) -> dict[str, Any]:
    return {
        "name": principal.name,
        "type": principal.type.value,
        "clientId": principal.client_id,
        "objectId": principal.object_id,
        "federated": [
            {"issuer": one.issuer, "subject": one.subject, "audience": one.audience}
            for one in principal.federated_credentials
        ],
    }
