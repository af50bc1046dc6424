"""What the identities may do: a writer in its own resource group, the reader nowhere more than read."""

import uuid
from collections.abc import Sequence

import pulumi
from pulumi_azure_native import authorization

from llama_azure_core.rbac import built_in_role, deployer_permissions, preflight_permissions
from llama_azure_core.resource_types import ONLINE_ENDPOINT, ROLE_DEFINITION, SERVERLESS_ENDPOINT
from llama_bootstrap.identities import Identity
from llama_bootstrap.state import State
from llama_bootstrap.subscription import Subscription

# The root of the GUIDs that Azure wants as names of roles and assignments; it never changes.
_NAMES = uuid.UUID("0d0c5f0a-8c55-5b39-8a68-6a5a0c6d4a11")

# The program reads the keys of the endpoints that are there, in a preview too.
_PREVIEW_ACTIONS = (
    f"{SERVERLESS_ENDPOINT}/listKeys/action",
    f"{ONLINE_ENDPOINT}/listKeys/action",
)


class Grants:
    """The roles and their assignments, as they are declared."""

    def __init__(self, subscription: Subscription) -> None:
        self._scope = f"/subscriptions/{subscription.id}"
        asked = sorted({action for actions in preflight_permissions().values() for action in actions})
        self._subscribes = self._role("subscribes", "subscribes to offers", deployer_permissions().subscription)
        self._previews = self._role("previews", "previews stacks", _PREVIEW_ACTIONS)
        self._preflights = self._role("preflights", "runs preflight", asked)

    def to_ask(self, name: str, identity: Identity) -> None:
        """Let an identity run preflight, which reads what decides whether Azure will say yes."""
        self._assign(f"{name}-preflights", identity, self._preflights, self._scope)

    def to_writer(self, stack: str, identity: Identity, group_id: pulumi.Input[str], state: State) -> None:
        """Let an identity deploy one stack.

        Only Owner and Contributor can create hubs, custom roles cannot (source S19, S20): so it is Contributor, in
        the stack's resource group and nowhere else. Subscribing to an offer needs rights on the subscription,
        and they are just those (source S0, S3, S4).
        """
        self._assign(f"{stack}-deploys", identity, self._built_in("Contributor"), group_id)
        self._assign(f"{stack}-subscribes", identity, self._subscribes, self._scope)
        self._assign(
            f"{stack}-state", identity, self._built_in("Storage Blob Data Contributor"), state.container_ids[stack]
        )
        self._assign(f"{stack}-key", identity, self._built_in("Key Vault Crypto User"), state.key_id)

    def to_reader(self, stack: str, identity: Identity, group_id: pulumi.Input[str], state: State) -> None:
        """Let an identity preview one stack and look for drift in it."""
        self._assign(f"preview-reads-{stack}", identity, self._built_in("Reader"), group_id)
        self._assign(f"preview-previews-{stack}", identity, self._previews, group_id)
        self._assign(
            f"preview-state-{stack}", identity, self._built_in("Storage Blob Data Reader"), state.container_ids[stack]
        )

    def to_reader_of_key(self, identity: Identity, state: State) -> None:
        """Let an identity decrypt what lies in the states: one key is for all, and Azure takes an assignment once."""
        self._assign("preview-key", identity, self._built_in("Key Vault Crypto User"), state.key_id)

    def _role(self, name: str, what: str, actions: Sequence[str]) -> pulumi.Output[str]:
        guid = str(uuid.uuid5(_NAMES, f"{self._scope}/{name}"))
        role = authorization.RoleDefinition(
            f"role-{name}",
            scope=self._scope,
            role_definition_id=guid,
            role_name=f"Llama pipeline, {what} ({guid[:8]})",
            role_type="CustomRole",
            description="What a pipeline's identity may do; made by Pulumi.",
            assignable_scopes=[self._scope],
            permissions=[authorization.PermissionArgs(actions=list(actions))],
        )
        return role.id

    def _built_in(self, name: str) -> str:
        role = built_in_role(name)
        if role is None:
            raise LookupError(f"facts/roles.yaml has no built-in role {name!r}")
        return f"{self._scope}/providers/{ROLE_DEFINITION}/{role.id}"

    def _assign(self, name: str, identity: Identity, role_id: pulumi.Input[str], scope: pulumi.Input[str]) -> None:
        guid = pulumi.Output.all(identity.principal_id, role_id, scope).apply(
            lambda made_of: str(uuid.uuid5(_NAMES, "\0".join(part.casefold() for part in made_of)))
        )
        authorization.RoleAssignment(
            name,
            scope=scope,
            role_assignment_name=guid,
            role_definition_id=role_id,
            principal_id=identity.principal_id,
            # With it Azure does not look a new identity up in the directory, which may not know it yet.
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
        )
