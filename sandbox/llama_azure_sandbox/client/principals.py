"""The principals of a running sandbox, from another process."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from llama_azure_sandbox.addresses import PRINCIPALS_PATH
from llama_azure_sandbox.client.admin import call_sandbox
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import FederatedCredential


@dataclass(frozen=True, slots=True)
class NewPrincipal:
    """A principal that was just added, and its client secret: nobody shows that again."""

    name: str
    client_id: str
    object_id: str
    secret: str


def add_principal(
    home: SandboxHome,
    name: str,
    *,
    role: str | None = None,
    scope: str | None = None,
    federated: Sequence[FederatedCredential] = (),
    user: bool = False,
) -> NewPrincipal:
    """Add a principal, with a role if one is named.

    Args:
        home: of the running sandbox.
        name: lower-case letters, digits and hyphens.
        role: the name of a built-in or custom role, such as ``Reader``.
        scope: where it is assigned: an ARM id, or what follows the subscription's (``resourceGroups/rg``); the
            subscription if it is not given. It must be there.
        federated: tokens of other issuers with which the principal may sign in.
        user: whether it is a user; otherwise it is a service principal.

    Raises:
        SandboxError: the sandbox does not run, the name is taken, or role or scope are not there.
    """
    body: dict[str, Any] = {"name": name, "type": "User" if user else "ServicePrincipal"}
    body["federated"] = [asdict(one) for one in federated]
    if role is not None:
        body["role"] = role
    if scope is not None:
        body["scope"] = scope
    added = call_sandbox(home, "POST", PRINCIPALS_PATH, body)
    return NewPrincipal(added["name"], added["clientId"], added["objectId"], added["secret"])


def principals(home: SandboxHome) -> list[dict[str, Any]]:
    """Return the principals: ``name``, ``type``, ``clientId``, ``objectId``, ``federated`` and ``roles``.

    Raises:
        SandboxError: the sandbox does not run.
    """
    found: list[dict[str, Any]] = call_sandbox(home, "GET", PRINCIPALS_PATH)["principals"]
    return found


def remove_principal(home: SandboxHome, name: str) -> None:
    """Remove a principal with its roles and its secret.

    Raises:
        SandboxError: the sandbox does not run, there is no such principal, or it is the owner.
    """
    call_sandbox(home, "DELETE", f"{PRINCIPALS_PATH}/{name}")
