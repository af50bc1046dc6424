"""Managed identity, as App Service, Azure Machine Learning and virtual machines offer it to the code that runs there.

Source of the protocols: azure-identity and msal (api-versions 2019-08-01, 2017-09-01 and 2018-02-01). Who knows a
principal's secret is the principal; the owner may ask for a token of any other, as a machine with many identities.
A virtual machine's metadata service knows its callers by their being on the machine; here a part of its address
that is as good as a secret tells who they are.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import IDENTITY_PATH, IMDS_PATH, IMDS_TOKEN_PATH
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.identity.principals import Directory, Principal
from llama_azure_sandbox.identity.tokens import TokenIssuer

_CLIENT_ID_PARAMETERS = ("client_id", "clientid")
_OBJECT_ID_PARAMETERS = ("object_id", "principal_id")


def managed_identity_routes(issuer: TokenIssuer, directory: Directory) -> list[Route]:
    """Return the routes that hand out tokens to whoever proves to be a principal."""

    async def app_service(request: Request) -> JSONResponse:
        given = request.headers.get("x-identity-header") or request.headers.get("secret") or ""
        holder = await run_in_threadpool(directory.by_secret, given)
        if holder is None:
            return JSONResponse({"statusCode": 401, "message": "X-IDENTITY-HEADER is missing or wrong"}, 401)
        resource = request.query_params.get("resource")
        if not resource:
            return JSONResponse({"statusCode": 400, "message": "The query parameter resource is required"}, 400)
        principal = await run_in_threadpool(_asked_for, request, holder, directory)
        if principal is None:
            return JSONResponse(
                {"statusCode": 400, "message": "No managed identity has the id that was asked for"}, 400
            )
        return _token(request, issuer, principal, resource)

    async def instance_metadata(request: Request) -> JSONResponse:
        if request.headers.get("metadata", "").lower() != "true":
            return _invalid_request("Required metadata header not specified")
        capability = request.path_params["capability"]
        everyone = await run_in_threadpool(directory.all)
        holder = next((one for one in everyone if one.imds_capability == capability), None)
        resource = request.query_params.get("resource")
        if not resource:
            return _invalid_request("The query parameter resource is required")
        principal = None if holder is None else await run_in_threadpool(_asked_for, request, holder, directory)
        if principal is None:
            return _invalid_request("Identity not found")
        return _token(request, issuer, principal, resource)

    return [
        Route(IDENTITY_PATH, app_service, methods=["GET"]),
        Route(f"{IMDS_PATH}/{{capability}}{IMDS_TOKEN_PATH}", instance_metadata, methods=["GET"]),
    ]


def _asked_for(request: Request, holder: Principal, directory: Directory) -> Principal | None:
    """Return the principal whose id the request names, if the holder may be it; the holder if it names none."""
    query = request.query_params
    client_id = next((query[name] for name in _CLIENT_ID_PARAMETERS if query.get(name)), None)
    object_id = next((query[name] for name in _OBJECT_ID_PARAMETERS if query.get(name)), None)
    if client_id is not None:
        wanted = directory.by_client_id(client_id)
    elif object_id is not None:
        wanted = directory.by_object_id(object_id)
    else:
        return holder
    return wanted if holder.name == OWNER_NAME or wanted == holder else None


def _token(request: Request, issuer: TokenIssuer, principal: Principal, resource: str) -> JSONResponse:
    issued = issuer.issue(principal, resource)
    request.state.caller = Caller(principal.object_id, principal.client_name)
    return JSONResponse(
        {
            "access_token": issued.value,
            "expires_on": str(issued.expires_on),
            "expires_in": str(issued.lifetime_seconds),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": principal.client_id,
        }
    )


def _invalid_request(description: str) -> JSONResponse:
    return JSONResponse({"error": "invalid_request", "error_description": description}, 400)
