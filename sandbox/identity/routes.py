"""The managed-identity endpoint, as App Service offers it to the code that runs there.

Source of the protocol: azure-identity, AppServiceCredential (api-version 2019-08-01).
"""

import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.addresses import IDENTITY_PATH
from sandbox.arm.world import CLIENT_ID, PRINCIPAL_ID, TENANT_ID
from sandbox.identity.tokens import TokenIssuer


def identity_routes(issuer: TokenIssuer, identity_header: str) -> list[Route]:
    """Return the route that hands out tokens to whoever knows ``identity_header``."""

    def token(request: Request) -> JSONResponse:
        given = request.headers.get("x-identity-header", "")
        if not secrets.compare_digest(given.encode(), identity_header.encode()):
            return JSONResponse({"statusCode": 401, "message": "X-IDENTITY-HEADER is missing or wrong"}, 401)
        resource = request.query_params.get("resource")
        if not resource:
            return JSONResponse({"statusCode": 400, "message": "The query parameter resource is required"}, 400)
        issued = issuer.issue(
            principal_id=PRINCIPAL_ID, client_id=CLIENT_ID, tenant_id=TENANT_ID, audience=resource.rstrip("/")
        )
        return JSONResponse(
            {
                "access_token": issued.value,
                "expires_on": str(issued.expires_on),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": CLIENT_ID,
            }
        )

    return [Route(IDENTITY_PATH, token, methods=["GET"])]
