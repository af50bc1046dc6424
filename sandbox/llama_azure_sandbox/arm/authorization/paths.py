"""Paths of Microsoft.Authorization: what a request asks for, and at which scope."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID


@dataclass(frozen=True, slots=True)
class AuthorizationPath:
    """A request path of the provider."""

    scope: str
    """The id of a subscription, a resource group or a resource; empty for the tenant."""
    name: str
    """Empty for a list."""
    filter: str
    """The ``$filter`` of a list, or empty."""

    @classmethod
    def of(cls, path: Mapping[str, str], request: ArmRequest) -> Self:
        """Return what a row's values and the request's query say."""
        return cls(canonical_scope(path["scope"]), path.get("name", ""), request.parameter("$filter") or "")


def canonical_scope(scope: str) -> str:
    """Return a scope with the parts that ARM spells itself spelled so."""
    trimmed = scope.rstrip("/")
    if trimmed.count("/") <= 2:
        return trimmed
    parsed = parse_path(trimmed)
    return trimmed if parsed.id is None or parsed.collection is not None else str(parsed.id)


def require_scope(scope: str, store: Store) -> None:
    """Refuse a scope that is not there.

    Raises:
        ArmError: 404.
    """
    if scope.lower() in {"", f"/subscriptions/{SUBSCRIPTION_ID}"}:
        return
    if store.resource(scope.lower()) is None:
        raise ArmError(404, "ResourceNotFound", f"The Resource '{scope}' was not found.")


def guid(name: str, code: str, message: str) -> str:
    """Return a name that must be a GUID, in lower case.

    Raises:
        ArmError: 400 with the code; ``message`` has a place for the name.
    """
    try:
        return str(uuid.UUID(name))
    except ValueError:
        raise ArmError(400, code, message.format(name)) from None
