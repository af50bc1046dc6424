"""The data planes of key vaults and storage accounts, so far as they show who is let in: what lists.

    GET /vault/<vault>/secrets                    the secrets that Azure Resource Manager made, without their values
    GET /storage/<account>/?comp=list             the blob containers

Azure has them at ``<vault>.vault.azure.net`` and ``<account>.blob.core.windows.net``. What is closed to public networks
is refused as there (source S277, S278). Azure Resource Manager itself answers callers from everywhere.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from email.utils import format_datetime
from typing import Any
from xml.sax.saxutils import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llama_azure_core.rbac import Assignment, is_data_permitted, is_permitted
from llama_azure_core.resource_types import BLOB_CONTAINER, KEY_VAULT, KEY_VAULT_SECRET, STORAGE_ACCOUNT
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions
from llama_azure_sandbox.arm.private_link import reached
from llama_azure_sandbox.arm.resource_type import SYSTEM_DATA, unique_id
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import TENANT_ID, World
from llama_azure_sandbox.identity.tokens import InvalidTokenError, TokenIssuer
from llama_azure_sandbox.inference.access import allowed_networks, is_from, stands_inside

VAULT_PATH, STORAGE_PATH = "/vault", "/storage"
VAULT_AUDIENCE, STORAGE_AUDIENCE = "https://vault.azure.net", "https://storage.azure.com"
_LIST_SECRETS = f"{KEY_VAULT}/secrets/readMetadata/action"
_LIST_CONTAINERS = f"{BLOB_CONTAINER}/read"
_UNAUTHORIZED = "This request is not authorized to perform this operation"

Claims = dict[str, Any]


def vault_and_storage_routes(world: World, issuer: TokenIssuer) -> list[Route]:
    """Return the routes of every vault and every storage account."""
    plane = _Plane(world, issuer)
    return [
        Route(f"{VAULT_PATH}/{{name}}/secrets", _in_a_thread(plane.secrets), methods=["GET"]),
        Route(f"{STORAGE_PATH}/{{name}}/", _in_a_thread(plane.containers), methods=["GET"]),
    ]


def _in_a_thread(handle: Callable[[Request], Response]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        response = await run_in_threadpool(handle, request)
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        return response

    return endpoint


class _Plane:
    """What answers for vaults and storage accounts."""

    def __init__(self, world: World, issuer: TokenIssuer) -> None:
        self._world = world
        self._issuer = issuer
        self._assignments = RoleAssignments(world.store, RoleDefinitions(world.store))

    def secrets(self, request: Request) -> Response:
        """Answer who lists the secrets of a vault. A vault asks who it is first, and then from where."""
        vault = self._named(KEY_VAULT, request)
        claims = self._claims(request, VAULT_AUDIENCE)
        if vault is None:
            return JSONResponse({"error": {"code": "VaultNotFound", "message": "There is no such vault."}}, 404)
        if claims is None:
            return _challenge()
        caller = f"Caller: appid={claims.get('appid')};oid={claims['oid']};iss={claims['iss']}"
        told = f"{caller}\r\nVault: {vault.name};location={vault.body['location']}"
        if (reason := self._closed(vault, request)) is not None:
            return _forbidden(f"{reason[1]}\r\n{told}", reason[0])
        if not is_data_permitted(self._held(claims["oid"]), claims["oid"], _LIST_SECRETS, vault.id):
            said = f"Caller is not authorized to perform action on resource.\r\n{caller}\r\nAction: '{_LIST_SECRETS}'"
            return _forbidden(f"{said}\r\nVault: {vault.name}", "ForbiddenByRbac")
        found = self._world.store.children(vault.key, KEY_VAULT_SECRET)
        rows = [
            {
                "id": f"https://{vault.name}.vault.azure.net/secrets/{one.name}",
                "attributes": one.body["properties"].get("attributes") or {},
            }
            for one in found
        ]
        return JSONResponse({"value": rows, "nextLink": None})

    def containers(self, request: Request) -> Response:
        """Answer who lists the containers of a storage account."""
        account = self._named(STORAGE_ACCOUNT, request)
        if account is None:
            return _storage_error(404, "ResourceNotFound", "There is no such account.")
        if request.query_params.get("comp") != "list":
            return _storage_error(400, "InvalidQueryParameterValue", "Of a storage account only the list is here.")
        claims = self._claims(request, STORAGE_AUDIENCE)
        if claims is None:
            return _storage_challenge()
        if self._closed(account, request) is not None:
            return _storage_error(403, "AuthorizationFailure", f"{_UNAUTHORIZED}.")
        if not is_permitted(self._held(claims["oid"]), claims["oid"], _LIST_CONTAINERS, account.id):
            return _storage_error(403, "AuthorizationPermissionMismatch", f"{_UNAUTHORIZED} using this permission.")
        found = sorted(self._world.store.of_type(BLOB_CONTAINER, account.key), key=lambda one: one.name)
        rows = "".join(_container(one) for one in found)
        service = f"https://{account.name}.blob.core.windows.net/"
        return _xml(
            f'<EnumerationResults ServiceEndpoint="{service}"><Containers>{rows}</Containers><NextMarker />'
            "</EnumerationResults>"
        )

    def _named(self, kind: str, request: Request) -> StoredResource | None:
        return next(iter(self._world.store.of_name(kind, request.path_params["name"])), None)

    def _claims(self, request: Request, audience: str) -> Claims | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            return self._issuer.verify(token.strip(), (audience,))
        except InvalidTokenError:
            return None

    def _held(self, principal: str) -> list[Assignment]:
        return self._assignments.held(principal, self._world.roles_as_of())

    def _closed(self, resource: StoredResource, request: Request) -> tuple[str, str] | None:
        """Return why a caller's network is not let in, as a vault says it; a private endpoint leads past every rule."""
        if resource.key in reached(self._world) and stands_inside(self._world, request.headers):
            return None
        properties = resource.body["properties"]
        if str(properties.get("publicNetworkAccess") or "Enabled").lower() == "disabled":
            return "ForbiddenByConnection", (
                "Public network access is disabled and request is not from a trusted service nor via an approved "
                "private link."
            )
        allowed = allowed_networks(properties.get("networkAcls") or {})
        if allowed is None or is_from(request, allowed):
            return None
        return "ForbiddenByFirewall", "Client address is not authorized and caller is not a trusted service."


def _container(container: StoredResource) -> str:
    changed = (container.body.get(SYSTEM_DATA) or {}).get("lastModifiedAt") or "1970-01-01T00:00:00Z"
    properties = {
        "Last-Modified": format_datetime(dt.datetime.fromisoformat(changed), usegmt=True),
        "Etag": f'"0x{unique_id(container, "etag").replace("-", "")[:15].upper()}"',
        "LeaseStatus": "unlocked",
        "LeaseState": "available",
        "HasImmutabilityPolicy": "false",
        "HasLegalHold": "false",
    }
    shown = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in properties.items())
    return f"<Container><Name>{escape(container.name)}</Name><Properties>{shown}</Properties></Container>"


def _forbidden(message: str, why: str) -> Response:
    return JSONResponse({"error": {"code": "Forbidden", "message": message, "innererror": {"code": why}}}, 403)


def _challenge() -> Response:
    said = {"code": "Unauthorized", "message": "AKV10000: Request is missing a Bearer or PoP token."}
    where = f'authorization="https://login.microsoftonline.com/{TENANT_ID}", resource="{VAULT_AUDIENCE}"'
    return JSONResponse({"error": said}, 401, headers={"WWW-Authenticate": f"Bearer {where}"})


def _storage_challenge() -> Response:
    where = f"https://login.microsoftonline.com/{TENANT_ID}/oauth2/authorize resource_id={STORAGE_AUDIENCE}"
    answer = _storage_error(401, "NoAuthenticationInformation", "Server failed to authenticate the request.")
    answer.headers["WWW-Authenticate"] = f"Bearer authorization_uri={where}"
    return answer


def _storage_error(status: int, code: str, message: str) -> Response:
    answer = _xml(f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>", status)
    answer.headers["x-ms-error-code"] = code
    return answer


def _xml(content: str, status: int = 200) -> Response:
    return Response(f'<?xml version="1.0" encoding="utf-8"?>{content}', status, media_type="application/xml")
