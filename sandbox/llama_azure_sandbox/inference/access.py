"""Who may call an endpoint: holders of its keys, or of a token for it, as its authentication mode says."""

import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request

from llama_azure_core.rbac import is_permitted
from llama_azure_core.resource_types import ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions
from llama_azure_sandbox.arm.providers.machine_learning_services.endpoint_tokens import is_endpoint_token
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.arm.world_settings import CallerNetwork
from llama_azure_sandbox.identity.tokens import InvalidTokenError, TokenIssuer
from llama_azure_sandbox.inference.endpoints import Endpoint
from llama_azure_sandbox.inference.errors import missing_authorization, public_access_denied, unauthorized

NETWORK_HEADER = "x-sandbox-network"
"""Says where the caller stands, public or private; the world's setting where it is not sent."""

AUDIENCE = "https://ml.azure.com"
"""What Microsoft Entra tokens for the data plane are issued for (source S30)."""

_SCORE = f"{ONLINE_ENDPOINT}/score/action"
# Which action a token's holder needs on a serverless endpoint is not documented; seeing it is taken.
_READ_SERVERLESS = f"{SERVERLESS_ENDPOINT}/read"

_KEY_MODES = ("key", "keyandaad")
_AML_TOKEN = "amltoken"  # noqa: S105 - a mode, not a token
_ENTRA_MODES = ("aad", "keyandaad", "aadtoken")


class Access:
    """Judges the credentials that come with requests."""

    def __init__(self, world: World, issuer: TokenIssuer) -> None:
        self._world = world
        self._issuer = issuer
        self._assignments = RoleAssignments(world.store, RoleDefinitions(world.store))

    def require(self, endpoint: Endpoint, headers: Headers) -> None:
        """Refuse whoever may not call an endpoint.

        Raises:
            DataPlaneError: 400 without credentials, 401 with wrong ones, 403 from a network that it is closed to.
        """
        require_way_in(self._world, headers, closed=endpoint.closed, reached=endpoint.reached)
        credential = _credential(headers)
        mode = endpoint.auth_mode.lower()
        if mode in _KEY_MODES and any(same_key(credential, key) for key in endpoint.keys):
            return
        if mode == _AML_TOKEN and is_endpoint_token(credential, endpoint.instance, endpoint.keys, self._world.now()):
            return
        if mode in _ENTRA_MODES:
            self._require_permitted(credential, endpoint)
            return
        raise unauthorized()

    def _require_permitted(self, token: str, endpoint: Endpoint) -> None:
        try:
            claims = self._issuer.verify(token, (AUDIENCE,))
        except InvalidTokenError:
            raise unauthorized(
                f"Access token is missing, invalid, audience is incorrect ({AUDIENCE}), or have expired"
            ) from None
        held = self._assignments.held(claims["oid"], self._world.roles_as_of())
        action = _SCORE if "/onlineendpoints/" in endpoint.id.lower() else _READ_SERVERLESS
        if not is_permitted(held, claims["oid"], action, endpoint.id):
            raise unauthorized(f"The caller does not have permission to perform action '{action}' on '{endpoint.id}'")


def require_way_in(world: World, headers: Headers, *, closed: bool, reached: bool) -> None:
    """Refuse a caller on public networks what is closed to them, and one inside what no private endpoint leads to.

    Args:
        world: says where callers stand who do not say so.
        headers: the request's.
        closed: whether what is called is closed to public networks.
        reached: whether callers inside find it; whom it is not resolved for, its public address answers.

    Raises:
        DataPlaneError: 403.
    """
    if closed and not (reached and stands_inside(world, headers)):
        raise public_access_denied()


def stands_inside(world: World, headers: Headers) -> bool:
    """Whether a caller stands in a virtual network: as the request says, or else the world."""
    return headers.get(NETWORK_HEADER, world.settings.caller_network.value).lower() == CallerNetwork.PRIVATE


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def allowed_networks(rules: Mapping[str, Any]) -> tuple[Network, ...] | None:
    """Return the addresses that a resource's network rules let in; ``None`` where they let all in."""
    if str(rules.get("defaultAction") or "Allow").lower() != "deny":
        return None
    given = [str((one or {}).get("value") or "") for one in rules.get("ipRules") or ()]
    return tuple(ipaddress.ip_network(one, strict=False) for one in given if one)


def is_from(request: Request, networks: tuple[Network, ...]) -> bool:
    """Whether a request comes from an address of some networks."""
    try:
        caller = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(caller in network for network in networks)


def _credential(headers: Headers) -> str:
    authorization = headers.get("authorization")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else authorization
    key = headers.get("api-key")
    if key:
        return key
    raise missing_authorization()


def same_key(given: str, key: str) -> bool:
    """Whether a credential is a key; how long that takes to say tells nothing of the key."""
    return secrets.compare_digest(given.encode(), key.encode())
