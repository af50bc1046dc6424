"""What the identities may do: a writer what its own stack takes, the reader nowhere more than read."""

import uuid
from collections.abc import Sequence

import pulumi
from pulumi_azure_native import authorization

from llama_azure_core.conditions import DELETE, VERSION, WRITE, Grantable, condition_to_grant
from llama_azure_core.deployer_roles import DESCRIPTION, EXISTING, RolePlace, is_at_subscription
from llama_azure_core.foundry import account_facts
from llama_azure_core.plan import deployer_roles_before
from llama_azure_core.rbac import built_in_role, preflight_reader_actions
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, ROLE_DEFINITION, SERVERLESS_ENDPOINT
from llama_bootstrap.identities import Identity
from llama_bootstrap.settings import Administrator
from llama_bootstrap.stacks import Stack
from llama_bootstrap.state import State
from llama_bootstrap.subscription import Subscription

# The root of the GUIDs that Azure wants as names of roles and assignments; it never changes.
_NAMES = uuid.UUID("0d0c5f0a-8c55-5b39-8a68-6a5a0c6d4a11")

# The program reads the keys of the endpoints that are there, in a preview too.
_PREVIEW_ACTIONS = tuple(
    f"{kind}/listKeys/action" for kind in (SERVERLESS_ENDPOINT, ONLINE_ENDPOINT, AI_SERVICES_ACCOUNT)
)
# Of a stack that is there, Pulumi only decrypts the data key with which it does all else by itself.
_READ_SECRETS = ("Microsoft.KeyVault/vaults/keys/read", "Microsoft.KeyVault/vaults/keys/decrypt/action")
_KEEP_SECRETS = (*_READ_SECRETS, "Microsoft.KeyVault/vaults/keys/encrypt/action")


class Grants:
    """The roles and their assignments, as they are declared."""

    def __init__(self, subscription: Subscription) -> None:
        self._scope = f"/subscriptions/{subscription.id}"
        self._definitions: dict[str, pulumi.Resource] = {}
        self._preflights = self._role("preflights", "runs preflight", preflight_reader_actions())
        self._reads_secrets = self._role("reads-secrets", "reads secrets of a state", data_actions=_READ_SECRETS)

    def to_ask(self, name: str, identity: Identity) -> None:
        """Let an identity run preflight, which reads what decides whether Azure will say yes."""
        self._assign(f"{name}-preflights", identity.principal_id, self._preflights, self._scope)

    def to_writer(self, name: str, identity: Identity, stack: Stack, group_id: pulumi.Input[str], state: State) -> None:
        """Let an identity deploy one stack, as its file describes it.

        Only Owner and Contributor can create hubs, custom roles cannot (source S19, S20): so for a stack with one it
        is Contributor, in the stack's resource group and nowhere else; for another stack it may write there what that
        makes. What else it takes follows from the plan.
        """
        who = identity.principal_id
        actions = stack.rights.role_actions
        deploys = (
            self._role(f"{name}-deploys", f"{name} deploys", actions) if actions else self._built_in("Contributor")
        )
        self._assign(f"{name}-deploys", who, deploys, group_id)
        if stack.rights.calls_with_tokens:  # as it asks every endpoint whether it is well
            self._assign(f"{name}-calls", who, self._built_in(account_facts().caller_role), group_id)
        extra = {self._scope: stack.rights.subscription_actions, stack.plan.group_id: stack.rights.group_actions}
        for scope, wanted in (extra | dict(stack.rights.actions_elsewhere)).items():
            if wanted:
                self._give_actions(name, who, scope, wanted, group_id if scope == stack.plan.group_id else scope)
        for scope, grants in stack.rights.grants.items():
            self._let_give(name, who, scope, grants, group_id if scope == stack.plan.group_id else scope)
        container = state.container_ids[name]
        self._assign(f"{name}-state", who, self._built_in("Storage Blob Data Contributor"), container)
        self._assign(f"{name}-key", who, self._reads_secrets, state.key_ids[name])
        if state.shared_key_id is not None:
            self._assign(f"{name}-shared-key", who, self._reads_secrets, state.shared_key_id)

    def to_reader(self, name: str, identity: Identity, stack: Stack, group_id: pulumi.Input[str], state: State) -> None:
        """Let an identity preview one stack and look for drift in it."""
        who = identity.principal_id
        self._assign(f"preview-reads-{name}", who, self._built_in("Reader"), group_id)
        if stack.has_keys:
            previews = self._role("previews", "previews stacks", _PREVIEW_ACTIONS)
            self._assign(f"preview-previews-{name}", who, previews, group_id)
        container = state.container_ids[name]
        self._assign(f"preview-state-{name}", who, self._built_in("Storage Blob Data Reader"), container)
        self._assign(f"preview-key-{name}", who, self._reads_secrets, state.key_ids[name])

    def to_reader_of_shared_key(self, identity: Identity, state: State) -> None:
        """Let an identity decrypt what is encrypted with the key of all, while it is in use."""
        if state.shared_key_id is not None:
            self._assign("preview-shared-key", identity.principal_id, self._reads_secrets, state.shared_key_id)

    def to_administrator(self, name: str, administrator: Administrator, state: State) -> None:
        """Let somebody make stacks: write their states, and encrypt their data keys."""
        keeps = self._role("keeps-secrets", "sets up secrets of a state", data_actions=_KEEP_SECRETS)
        writes = self._built_in("Storage Blob Data Contributor")
        kind, who = administrator.principal_type.value, administrator.principal_id
        for stack, container_id in state.container_ids.items():
            self._assign(f"administrator-{name}-state-{stack}", who, writes, container_id, kind)
            self._assign(f"administrator-{name}-key-{stack}", who, keeps, state.key_ids[stack], kind)
        if state.shared_key_id is not None:
            self._assign(f"administrator-{name}-shared-key", who, keeps, state.shared_key_id, kind)

    def of_deployers(self, stack: Stack, group_id: pulumi.Input[str]) -> None:
        """Define the roles of a stack's deployers, which its writer may only assign."""
        plan = stack.plan
        place = RolePlace(plan.subscription, plan.group, EXISTING)
        for kind, actions in deployer_roles_before(plan).items():
            scope = self._scope if is_at_subscription(kind) else group_id
            authorization.RoleDefinition(
                f"role-{plan.stack}-deployers-{kind}",
                scope=scope,
                role_definition_id=place.guid(kind),
                role_name=place.title(kind),
                role_type="CustomRole",
                description=DESCRIPTION,
                assignable_scopes=[scope],
                permissions=[authorization.PermissionArgs(actions=list(actions))],
            )

    def _give_actions(
        self, name: str, who: pulumi.Input[str], scope: str, actions: Sequence[str], target: pulumi.Input[str]
    ) -> None:
        if not scope.casefold().startswith(self._scope.casefold()):
            wanted = ", ".join(actions)
            pulumi.log.warn(f"{scope} lies in another subscription: have id-llama-{name} given {wanted} there")
            return
        what = _what(scope, self._scope)
        role = self._role(f"{name}-at-{what}", f"{name} at {what}", actions)
        self._assign(f"{name}-at-{what}", who, role, target)

    def _let_give(
        self, name: str, who: pulumi.Input[str], scope: str, grants: Sequence[Grantable], target: pulumi.Input[str]
    ) -> None:
        role = self._role("gives-roles", "gives the roles that a condition names", (WRITE, DELETE))
        condition = condition_to_grant(grants)
        self._assign(f"{name}-gives-roles-at-{_what(scope, self._scope)}", who, role, target, condition=condition)

    def _role(self, name: str, what: str, actions: Sequence[str] = (), *, data_actions: Sequence[str] = ()) -> str:
        guid = str(uuid.uuid5(_NAMES, f"{self._scope}/{name}"))
        if name not in self._definitions:
            self._definitions[name] = authorization.RoleDefinition(
                f"role-{name}",
                scope=self._scope,
                role_definition_id=guid,
                role_name=f"Llama pipeline, {what} ({guid[:8]})",
                role_type="CustomRole",
                description="What a pipeline's identity may do; made by Pulumi.",
                assignable_scopes=[self._scope],
                permissions=[
                    authorization.PermissionArgs(actions=list(actions), data_actions=list(data_actions) or None)
                ],
            )
        # Known before the role is there, so that a preview can be judged by what is assigned.
        return f"{self._scope}/providers/{ROLE_DEFINITION}/{guid}"

    def _built_in(self, name: str) -> str:
        role = built_in_role(name)
        if role is None:
            raise LookupError(f"facts/roles.yaml has no built-in role {name!r}")
        return f"{self._scope}/providers/{ROLE_DEFINITION}/{role.id}"

    def _assign(
        self,
        name: str,
        principal_id: pulumi.Input[str],
        role_id: str,
        scope: pulumi.Input[str],
        principal_type: str = authorization.PrincipalType.SERVICE_PRINCIPAL.value,
        *,
        condition: str | None = None,
    ) -> None:
        # Azure lets nothing of an assignment change but its condition, so its name changes with whatever it is made of.
        guid = pulumi.Output.all(principal_id, role_id, scope).apply(
            lambda made_of: str(uuid.uuid5(_NAMES, "\0".join(part.casefold() for part in made_of)))
        )
        authorization.RoleAssignment(
            name,
            scope=scope,
            role_assignment_name=guid,
            role_definition_id=role_id,
            principal_id=principal_id,
            # With it Azure does not look a new identity up in the directory, which may not know it yet.
            principal_type=principal_type,
            condition=condition,
            condition_version=None if condition is None else VERSION,
            opts=pulumi.ResourceOptions(depends_on=list(self._definitions.values())),
        )


def _what(scope: str, subscription: str) -> str:
    """Return what a scope is called in the program."""
    if scope.casefold() == subscription.casefold():
        return "subscription"
    return name_of(scope).casefold()
