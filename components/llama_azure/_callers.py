"""Who may call what a Foundry resource deploys, with a token of Microsoft Entra ID."""

import uuid
from collections.abc import Sequence
from typing import TypedDict

import pulumi

from llama_azure._arguments import choice
from llama_azure._azure_native import authorization
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.foundry import account_facts
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_types import ROLE_DEFINITION

_NAMES = uuid.UUID("0c1bd0a4-3d3a-5a52-9d0e-4b6f0a6f6f7e")


class FoundryCaller(TypedDict):
    """Somebody who may call the deployments with a token of Microsoft Entra ID."""

    principal_id: pulumi.Input[str]
    """Required. The object id of the user, group or service principal."""
    principal_type: str
    """Required. User, Group or ServicePrincipal."""


def let_call(
    parent: pulumi.ComponentResource,
    name: str,
    component: str,
    callers: dict[str, FoundryCaller],
    scope: pulumi.Input[str],
    subscription: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
) -> None:
    """Declare the role of each caller at an account or a project."""
    for key, caller in callers.items():
        kind = choice(f"{component}: callers.{key}", caller, "principal_type", PrincipalType.USER)
        assign(
            parent, f"{name}-{key}-caller", account_facts().caller_role, caller["principal_id"], kind.value, scope,
            subscription, after,
        )  # fmt: skip


def assign(
    parent: pulumi.ComponentResource,
    name: str,
    role: str,
    principal_id: pulumi.Input[str],
    principal_type: str,
    scope: pulumi.Input[str],
    subscription: pulumi.Input[str],
    after: Sequence[pulumi.Resource],
) -> "authorization.RoleAssignment":
    """Declare the assignment of a built-in role."""
    # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
    guid = pulumi.Output.all(scope, principal_id).apply(
        lambda found: str(uuid.uuid5(_NAMES, "\0".join((role, *(str(one).casefold() for one in found)))))
    )
    return authorization.RoleAssignment(
        name,
        scope=scope,
        role_assignment_name=guid,
        role_definition_id=pulumi.Output.format(f"{{0}}/providers/{ROLE_DEFINITION}/{{1}}", subscription, _id_of(role)),
        principal_id=principal_id,
        principal_type=principal_type,
        opts=child_options(parent, depends_on=list(after), transforms=[with_what_azure_has(parent)]),
    )


def _id_of(name: str) -> str:
    role = built_in_role(name)
    if role is None:
        raise KeyError(name)
    return role.id
