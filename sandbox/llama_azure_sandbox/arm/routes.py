"""Azure Resource Manager over HTTP."""

import datetime as dt
import logging
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.errors import ArmError, invalid_content
from llama_azure_sandbox.arm.json_content import parse_json
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.service import ArmService
from llama_azure_sandbox.arm.throttling import Throttle
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.arm.world_settings import Throttling
from llama_azure_sandbox.identity.tokens import MANAGEMENT_AUDIENCES, InvalidTokenError, TokenIssuer

_log = logging.getLogger(__name__)

_MEGABYTE = 1024 * 1024
_LARGEST_BODY: int = load_facts("resource_manager")["templates"]["megabytes"] * _MEGABYTE
_BUCKETS = load_facts("resource_manager")["throttling"]["subscription"]
# The data plane of metrics has an audience of its own; here it is reached where Resource Manager is.
_METRICS, _METRICS_AUDIENCE = "/metrics:getBatch", "https://metrics.monitor.azure.com"
_METHODS = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"]


_BROKEN = ArmError(
    500, "InternalServerError", "The sandbox failed on this request; that is a fault of it. `sandbox logs` says where."
)


def arm_routes(service: ArmService, world: World, issuer: TokenIssuer) -> list[Route]:
    """Return the routes of Azure Resource Manager."""

    throttle = Throttle()

    def admitted(caller: Caller, request: Request) -> dict[str, str]:
        if world.settings.throttling is Throttling.NONE:
            return {}
        return throttle.admit(caller, request.method, request.url.path)

    async def resource_manager(request: Request) -> Response:
        limits: dict[str, str] = {}
        try:
            caller = request.state.caller = authenticated(request, issuer, world.base_url)
            limits = await run_in_threadpool(admitted, caller, request)
            response = await run_in_threadpool(_answer, service, request, caller, await _content(request))
        except ArmError as error:
            response = JSONResponse(error.body(), error.status, headers=error.headers)
        except ClientDisconnect:
            raise
        except Exception:  # noqa: BLE001 - what is left becomes an answer of Resource Manager
            _log.exception("%s %s failed the sandbox", request.method, request.url.path)
            response = JSONResponse(_BROKEN.body(), _BROKEN.status)
        for name, value in (_tracing(request) | limits).items():
            response.headers.setdefault(name, value)
        return response

    return [
        Route("/subscriptions", resource_manager, methods=_METHODS),
        Route("/subscriptions/{rest:path}", resource_manager, methods=_METHODS),
        Route("/tenants", resource_manager, methods=_METHODS),
        Route("/providers", resource_manager, methods=_METHODS),
        Route("/providers/{rest:path}", resource_manager, methods=_METHODS),
    ]


def _tracing(request: Request) -> dict[str, str]:
    """Return the headers by which a request is found again, and how many more of its kind would be let through.

    The numbers are those of a subscription that nobody else uses: unless it throttles, the sandbox lets any through.
    """
    number = str(uuid.uuid4())
    correlation = request.headers.get("x-ms-correlation-request-id") or str(uuid.uuid4())
    kind = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(request.method, "writes")
    return {
        "x-ms-request-id": number,
        "x-ms-correlation-request-id": correlation,
        "x-ms-routing-request-id": f"SANDBOX:{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}:{number}",
        f"x-ms-ratelimit-remaining-subscription-{kind}": str(_BUCKETS[kind]["bucket"] - 1),
    }


def authenticated(request: Request, issuer: TokenIssuer, own_url: str) -> Caller:
    """Return who sends a request, by the access token that comes with it.

    Raises:
        ArmError: 401, there is none, or it is none of this sandbox's for Azure Resource Manager.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ArmError(
            401,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            headers={"WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/common"'},
        )
    try:
        own = _METRICS_AUDIENCE if request.url.path.endswith(_METRICS) else own_url
        claims = issuer.verify(token, (*MANAGEMENT_AUDIENCES, own_url, own))
    except InvalidTokenError as error:
        raise ArmError(401, "InvalidAuthenticationToken", f"The access token is invalid: {error}.") from None
    return Caller(claims["oid"], str(claims.get("upn") or claims.get("appid") or claims["oid"]))


async def _content(request: Request) -> bytes:
    """Return a request's body, of which never more than is allowed is held.

    Raises:
        ArmError: it is larger.
    """
    content, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= _LARGEST_BODY:
            content += chunk
    if length > _LARGEST_BODY:
        raise invalid_content(f"its size {length} exceeds the maximum size of {_LARGEST_BODY} bytes")
    return bytes(content)


def _answer(service: ArmService, request: Request, caller: Caller, content: bytes) -> Response:
    try:
        body = parse_json(content) if content else None
    except ValueError as error:
        raise invalid_content(f"it could not be deserialized: '{error}'") from None
    answer = service.handle(
        ArmRequest(
            method=request.method,
            path=request.url.path,
            query=request.query_params,
            body=body,
            headers=request.headers,
            caller=caller,
            fault=getattr(request.state, "operation_fault", None),
        )
    )
    response = Response(status_code=answer.status) if answer.body is None else JSONResponse(answer.body, answer.status)
    response.headers.update(answer.headers)
    return response
