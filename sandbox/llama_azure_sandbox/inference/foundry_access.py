"""Who may call a Foundry resource: from which network, with which key, with which data actions."""

from starlette.requests import Request

from llama_azure_core.rbac import is_data_permitted
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_sandbox.arm.authorization.assignments import RoleAssignments
from llama_azure_sandbox.arm.authorization.definitions import RoleDefinitions
from llama_azure_sandbox.arm.world import World
from llama_azure_sandbox.identity.tokens import InvalidTokenError, TokenIssuer
from llama_azure_sandbox.inference.access import is_from, same_key, stands_inside
from llama_azure_sandbox.inference.foundry_accounts import FoundryAccount
from llama_azure_sandbox.inference.foundry_errors import (
    access_denied,
    keys_disabled,
    permission_denied,
    wrong_key,
    wrong_token,
)

AUDIENCES = ("https://cognitiveservices.azure.com", "https://ai.azure.com")
"""What Microsoft Entra tokens for a Foundry resource are issued for."""

CHAT_BY_OPENAI = (f"{AI_SERVICES_ACCOUNT}/OpenAI/deployments/chat/completions/action",)
LIST_MODELS = (f"{AI_SERVICES_ACCOUNT}/OpenAI/models/read",)
# A role with MaaS/* alone was refused, with AIServices/* beside it it was not (source S225).
CHAT_BY_MODELS = (f"{AI_SERVICES_ACCOUNT}/MaaS/chat/completions/action", f"{AI_SERVICES_ACCOUNT}/AIServices/*")
MODEL_INFO = (f"{AI_SERVICES_ACCOUNT}/MaaS/info/read", f"{AI_SERVICES_ACCOUNT}/AIServices/*")


class FoundryAccess:
    """Judges who sends a request, and from where."""

    def __init__(self, world: World, issuer: TokenIssuer) -> None:
        self._world = world
        self._issuer = issuer
        self._assignments = RoleAssignments(world.store, RoleDefinitions(world.store))

    def require_way_in(self, account: FoundryAccount, request: Request) -> None:
        """Refuse a caller whose network may not reach an account; a private endpoint leads past its firewall.

        Raises:
            DataPlaneError: 403.
        """
        if account.is_reached and stands_inside(self._world, request.headers):
            return
        if not account.is_public:
            raise access_denied("Public access is disabled. Please configure private endpoint.", "AccessDenied")
        if account.allowed is None:
            return
        if not is_from(request, account.allowed):
            raise access_denied("Access denied due to Virtual Network/Firewall rules.", "403")

    def require(
        self, account: FoundryAccount, scope: str, request: Request, actions: tuple[str, ...], *, bearer_keys: bool
    ) -> None:
        """Refuse whoever may not do what a request is for.

        Args:
            scope: the id of the account, or of the project whose route is called.
            actions: the data actions that the holder of a token needs at the scope.
            bearer_keys: whether the route takes a key as a bearer token too.

        Raises:
            DataPlaneError: 401 or 403.
        """
        key = request.headers.get("api-key")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            if not key:
                raise wrong_token()
            self._require_key(account, key)
            return
        token = token.strip()
        try:
            claims = self._issuer.verify(token, AUDIENCES)
        except InvalidTokenError:
            # A client that knows no better sends its key both ways.
            given = key or (token if bearer_keys and token.count(".") != 2 else None)
            if given is None:
                raise wrong_token() from None
            self._require_key(account, given)
            return
        self._require_permitted(claims["oid"], scope, actions, f"{request.method} {_operation(request)}")

    def _require_key(self, account: FoundryAccount, given: str) -> None:
        if not account.takes_keys:
            raise keys_disabled()
        if not any(same_key(given, one) for one in account.endpoint.keys):
            raise wrong_key()

    def _require_permitted(self, principal: str, scope: str, actions: tuple[str, ...], operation: str) -> None:
        held = self._assignments.held(principal, self._world.roles_as_of())
        for action in actions:
            if not is_data_permitted(held, principal, action, scope):
                raise permission_denied(principal, action, operation)


def _operation(request: Request) -> str:
    """Return the path as Azure's refusals print it: below the host, with the deployment's name left open."""
    below = "/" + request.url.path.split("/", 3)[-1]
    deployment = request.path_params.get("deployment")
    return below.replace(f"/{deployment}/", "/{deployment-id}/") if deployment else below
