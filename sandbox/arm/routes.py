"""Azure Resource Manager over HTTP."""

import json
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.arm.caller import Caller
from sandbox.arm.errors import ArmError
from sandbox.arm.messages import ArmRequest
from sandbox.arm.service import ArmService
from sandbox.arm.world import World
from sandbox.identity.tokens import MANAGEMENT_AUDIENCES, InvalidTokenError, TokenIssuer

_METHODS = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"]


def arm_routes(service: ArmService, world: World, issuer: TokenIssuer) -> list[Route]:
    """Return the routes of Azure Resource Manager."""

    async def resource_manager(request: Request) -> Response:
        try:
            caller = request.state.caller = _authenticated(request, issuer, world.base_url)
            arm_request = ArmRequest(
                method=request.method,
                path=request.url.path,
                query=request.query_params,
                body=_json(await request.body()),
                headers=request.headers,
                caller=caller,
                fault=getattr(request.state, "operation_fault", None),
            )
            answer = await run_in_threadpool(service.handle, arm_request)
            response = (
                Response(status_code=answer.status) if answer.body is None else JSONResponse(answer.body, answer.status)
            )
            response.headers.update(answer.headers)
        except ArmError as error:
            response = JSONResponse(error.body(), error.status, headers=error.headers)
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        return response

    return [
        Route("/subscriptions", resource_manager, methods=_METHODS),
        Route("/subscriptions/{rest:path}", resource_manager, methods=_METHODS),
        Route("/tenants", resource_manager, methods=_METHODS),
        Route("/providers/{rest:path}", resource_manager, methods=_METHODS),
    ]


def _authenticated(request: Request, issuer: TokenIssuer, own_url: str) -> Caller:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ArmError(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            headers={"WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/common"'},
        )
    try:
        claims = issuer.verify(token, (*MANAGEMENT_AUDIENCES, own_url))
    except InvalidTokenError as error:
        raise ArmError(401, "InvalidAuthenticationToken", f"The access token is invalid: {error}.") from None
    return Caller(claims["oid"], claims.get("upn", claims["appid"]))


def _json(content: bytes) -> object:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        raise ArmError(
            400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{error}'."
        ) from None
