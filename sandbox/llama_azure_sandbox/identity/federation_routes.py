"""The sandbox's own issuer of federated tokens, in the part that a pipeline's issuer plays elsewhere."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.addresses import OIDC_ISSUER_PATH, OIDC_TOKEN_PATH
from llama_azure_sandbox.administration import admin_route, json_object
from llama_azure_sandbox.identity.federation import federated_token
from llama_azure_sandbox.identity.keys import SigningKey
from llama_azure_sandbox.identity.principals import DEFAULT_AUDIENCE


class _Wanted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str
    audience: str = DEFAULT_AUDIENCE
    issuer: str | None = None


def federation_routes(federation: SigningKey, base_url: str, admin_secret: str) -> list[Route]:
    """Return the route that makes tokens, for whoever may read the sandbox's home, and the issuer's metadata."""
    own_issuer = f"{base_url}{OIDC_ISSUER_PATH}"

    async def make(request: Request) -> JSONResponse:
        wanted = _Wanted.model_validate(await json_object(request))
        token = federated_token(federation, wanted.issuer or own_issuer, wanted.subject, wanted.audience)
        return JSONResponse({"value": token})

    def metadata(_request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": own_issuer,
                "jwks_uri": f"{own_issuer}/.well-known/jwks",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "claims_supported": ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", "repository", "environment"],
                "scopes_supported": ["openid"],
            }
        )

    def keys(_request: Request) -> JSONResponse:
        return JSONResponse({"keys": [federation.public]})

    return [
        admin_route(OIDC_TOKEN_PATH, admin_secret, POST=make),
        Route(f"{OIDC_ISSUER_PATH}/.well-known/openid-configuration", metadata, methods=["GET"]),
        Route(f"{OIDC_ISSUER_PATH}/.well-known/jwks", keys, methods=["GET"]),
    ]
