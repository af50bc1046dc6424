"""The token endpoint of the sandbox's tenant, with the metadata and keys by which clients find and check it.

Source of the protocol: azure-identity and msal. Every path is there a second time below ``/adfs``: for such an
authority msal asks nobody but the authority itself, where it otherwise asks login.microsoftonline.com whether the
host is known, unless the program switches that off.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.world import TENANT_ID
from llama_azure_sandbox.identity.federation import FederationError, require_federated
from llama_azure_sandbox.identity.keys import InvalidTokenError, SigningKey
from llama_azure_sandbox.identity.principals import Directory, Principal
from llama_azure_sandbox.identity.tokens import TokenIssuer

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALIASES = {"common", "organizations"}


class OAuthError(Exception):
    """A refusal of the token endpoint: an HTTP status, OAuth's error and Entra's number and words."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number


def oauth_routes(issuer: TokenIssuer, federation: SigningKey, directory: Directory, base_url: str) -> list[Route]:
    """Return the routes of the tenant's token endpoint, metadata and keys."""

    async def token(request: Request) -> JSONResponse:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        try:
            _require_tenant(request)
            principal = await run_in_threadpool(_authenticated, form, federation, directory)
            issued = issuer.issue(principal, _resource(form))
        except OAuthError as error:
            return _refused(error)
        request.state.caller = Caller(principal.object_id, principal.client_name)
        lifetime = issued.lifetime_seconds
        return JSONResponse(
            {"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": issued.value}
        )

    def metadata(request: Request) -> JSONResponse:
        try:
            _require_tenant(request)
        except OAuthError as error:
            return _refused(error)
        return JSONResponse(_openid_configuration(f"{base_url}/{TENANT_ID}"))

    def keys(_request: Request) -> JSONResponse:
        return JSONResponse({"keys": [issuer.key.public]})

    return [
        Route(f"{prefix}/{{tenant}}{path}", endpoint, methods=[method])
        for prefix in ("", "/adfs")
        for path, endpoint, method in (
            ("/oauth2/v2.0/token", token, "POST"),
            ("/v2.0/.well-known/openid-configuration", metadata, "GET"),
            ("/.well-known/openid-configuration", metadata, "GET"),
            ("/discovery/v2.0/keys", keys, "GET"),
        )
    ]


def _require_tenant(request: Request) -> None:
    tenant = request.path_params["tenant"].lower()
    if tenant != TENANT_ID and tenant not in _ALIASES:
        raise OAuthError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found. Check to make sure you have "
                         "the correct tenant ID and are signing into the correct cloud.")  # fmt: skip


def _authenticated(form: Mapping[str, str], federation: SigningKey, directory: Directory) -> Principal:
    """Return the principal that a request to the token endpoint proves to be."""
    if form.get("grant_type") != "client_credentials":
        raise OAuthError(
            400,
            "unsupported_grant_type",
            70003,
            f"The app requested an unsupported grant type '{form.get('grant_type')}'.",
        )
    client_id = form.get("client_id", "")
    principal = directory.by_client_id(client_id)
    if principal is None:
        raise OAuthError(
            400,
            "unauthorized_client",
            700016,
            f"Application with identifier '{client_id}' was not found in the directory 'Sandbox'.",
        )
    if "client_assertion" in form:
        _require_assertion(form, federation, principal)
    elif not principal.has_secret(form.get("client_secret", "")):
        raise OAuthError(
            401,
            "invalid_client",
            7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client_id}'.",
        )
    return principal


def _require_assertion(form: Mapping[str, str], federation: SigningKey, principal: Principal) -> None:
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise OAuthError(400, "invalid_request", 50027, f"The client assertion type must be '{_ASSERTION_TYPE}'.")
    try:
        require_federated(principal.federated_credentials, federation.claims(form["client_assertion"]))
    except InvalidTokenError as error:
        raise OAuthError(401, "invalid_client", 50027, f"JWT token is invalid or malformed: {error}.") from None
    except FederationError as error:
        raise OAuthError(401, "invalid_client", error.code, str(error)) from None


def _resource(form: Mapping[str, str]) -> str:
    scope = form.get("scope", "").split(" ")[0]
    if not scope.endswith("/.default"):
        raise OAuthError(
            400,
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope or '(none)'} is not valid. Client credential flows must have a scope "
            "value with /.default suffixed to the resource identifier.",
        )
    return scope


def _refused(error: OAuthError) -> JSONResponse:
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    timestamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    description = (
        f"AADSTS{error.number}: {error} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
    )
    body: dict[str, Any] = {
        "error": error.error,
        "error_description": description,
        "error_codes": [error.number],
        "timestamp": timestamp,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    return JSONResponse(body, error.status)


def _openid_configuration(tenant_url: str) -> dict[str, Any]:
    return {
        "issuer": f"{tenant_url}/v2.0",
        "authorization_endpoint": f"{tenant_url}/oauth2/v2.0/authorize",
        "token_endpoint": f"{tenant_url}/oauth2/v2.0/token",
        "jwks_uri": f"{tenant_url}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_types_supported": ["code", "id_token"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nbf", "oid", "appid", "tid", "upn"],
    }
