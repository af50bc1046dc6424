"""Who may deploy models in a resource group's projects, and no more than that."""

import uuid
from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import authorization

from llama_azure._arguments import ArgumentError, choice
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.naming import unique_suffix
from llama_azure_core.rbac import deployer_permissions, preflight_reader_actions
from llama_azure_core.resource_types import ROLE_DEFINITION, WORKSPACE

# The root of the GUIDs that Azure wants as names of roles and assignments. It never changes: a name made
# with another root is another role.
_NAMES = uuid.UUID("b5a2c1e4-7c0f-5d1a-9f39-6f1f3f0c7a55")
_NAME = "DeployerRole"
_GROUP_LENGTH = 80  # a role's name has up to 128 characters, a resource group's up to 90 (source S63, S38)


class Deployer(TypedDict):
    """Somebody who may deploy."""

    principal_id: pulumi.Input[str]
    """Required. The object id of the user, group or service principal."""
    principal_type: str
    """Required. User, Group or ServicePrincipal. With it Azure does not look a new principal up in the directory,
    which may not know it everywhere yet."""
    may_subscribe: NotRequired[bool]
    """Optional. Whether they may also subscribe projects to new offers, which takes a role on the Azure subscription.
    Default: false."""
    may_run_preflight: NotRequired[bool]
    """Optional. Whether they may also read all that preflight asks of Azure, with a role on the Azure subscription
    that changes nothing. Default: false."""


DeployerArgs = Deployer
"""What Python programs call the type. In the schema no type ends in Args: the Go SDK adds that to each."""


class DeployerRoleArgs(TypedDict):
    """The inputs of a DeployerRole."""

    subscription_id: pulumi.Input[str]
    """Required. The id of the Azure subscription, a GUID."""
    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the projects."""
    project_names: list[str]
    """Required. The workspace names of the projects."""
    deployers: dict[str, Deployer]
    """Required. By a name of one's own: who may deploy."""
    managed_compute: NotRequired[bool]
    """Optional. Whether they may also deploy on managed compute (online endpoints). Default: false."""


class DeployerRole(pulumi.ComponentResource):
    """The custom roles that deploying Llama models takes, one per scope, and their assignments.

    A role on the projects for the deployments, a role on the resource group for the resource that tracks their cost,
    and, only if some deployer may subscribe, a role on the Azure subscription for the Marketplace. Each holds just
    the actions that Microsoft documents for its scope (source S0, S3, S4). For deployers who may run preflight there
    is one more role on the Azure subscription, which only reads.

    A new assignment takes Azure up to some minutes to make known everywhere. What needs the rights in the same
    program depends on this component; nothing here waits.
    """

    role_definition_ids: pulumi.Output[dict[str, str]]
    """The ids of the role definitions, by scope: project, group and, if there are such, subscription and preflight."""
    role_assignment_ids: pulumi.Output[list[str]]
    """The ids of all assignments."""

    def __init__(self, name: str, args: DeployerRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        _require_usable(args)
        allowed = deployer_permissions()
        roles = _Roles(self, name, args)

        in_projects = [*allowed.project, *allowed.project_arm_spelling]
        if args.get("managed_compute", False):
            in_projects += allowed.project_managed_compute
        # A custom role is assigned at a resource too, but defined for a resource group or above (source S63).
        roles.define("project", "projects of", in_projects, roles.group)
        roles.define("group", "cost in", allowed.resource_group, roles.group)
        if any(deployer.get("may_subscribe", False) for deployer in args["deployers"].values()):
            roles.define("subscription", "offers for", allowed.subscription, roles.subscription)
        if any(deployer.get("may_run_preflight", False) for deployer in args["deployers"].values()):
            roles.define("preflight", "preflight of", preflight_reader_actions(), roles.subscription)

        for key, deployer in args["deployers"].items():
            for project in args["project_names"]:
                # A project in another case is the same; before, its assignment was called as it is spelled.
                what, before = (f"{key}-project-{one}" for one in (project.casefold(), project))
                roles.assign("project", what, deployer, roles.project(project), before)
            roles.assign("group", f"{key}-group", deployer, roles.group)
            if deployer.get("may_subscribe", False):
                roles.assign("subscription", f"{key}-subscription", deployer, roles.subscription)
            if deployer.get("may_run_preflight", False):
                roles.assign("preflight", f"{key}-preflight", deployer, roles.subscription)

        self.role_definition_ids = pulumi.Output.all(**roles.definition_ids)
        self.role_assignment_ids = pulumi.Output.all(*roles.assignment_ids)
        self.register_outputs(
            {
                "role_definition_ids": self.role_definition_ids,
                "role_assignment_ids": self.role_assignment_ids,
            }
        )


class _Roles:
    """The roles of one component and their assignments, as they are declared."""

    def __init__(self, parent: DeployerRole, name: str, args: DeployerRoleArgs) -> None:
        self._parent = parent
        self._name = name
        self._definitions: dict[str, authorization.RoleDefinition] = {}
        self._place = pulumi.Output.all(args["subscription_id"], args["resource_group_name"])
        self.definition_ids: dict[str, pulumi.Output[str]] = {}
        self.assignment_ids: list[pulumi.Output[str]] = []
        self.subscription = pulumi.Output.format("/subscriptions/{0}", args["subscription_id"])
        self.group = pulumi.Output.format("{0}/resourceGroups/{1}", self.subscription, args["resource_group_name"])

    def project(self, name: str) -> pulumi.Output[str]:
        """Return the scope of a project."""
        return pulumi.Output.format(f"{{0}}/providers/{WORKSPACE}/{{1}}", self.group, name)

    def define(self, kind: str, what: str, actions: Sequence[str], scope: pulumi.Output[str]) -> None:
        """Declare the role of one kind of scope."""
        name = self._name
        guid = self._place.apply(lambda place: _guid("role", kind, name, *place))
        self._definitions[kind] = authorization.RoleDefinition(
            f"{name}-{kind}-role",
            scope=scope,
            role_definition_id=guid,
            role_name=self._place.apply(lambda place: _title(what, name, *place)),
            role_type="CustomRole",
            description="Deploys Meta Llama models; made by Pulumi.",
            assignable_scopes=[scope],
            permissions=[authorization.PermissionArgs(actions=list(actions))],
            opts=child_options(self._parent, transforms=[with_what_azure_has(self._parent)]),
        )
        # Azure names a role by its subscription, wherever below it was defined. Known before the role is there,
        # so that a preview can be judged by what is assigned.
        self.definition_ids[kind] = pulumi.Output.format(
            f"{{0}}/providers/{ROLE_DEFINITION}/{{1}}", self.subscription, guid
        )

    def assign(self, kind: str, what: str, deployer: Deployer, scope: pulumi.Output[str], before: str = "") -> None:
        """Declare the assignment of a role at a scope; ``before`` is what it was called in versions before."""
        role_id = self.definition_ids[kind]
        # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
        guid = pulumi.Output.all(scope, role_id, deployer["principal_id"]).apply(lambda made_of: _guid(*made_of))
        assignment = authorization.RoleAssignment(
            f"{self._name}-{what}-assignment",
            scope=scope,
            role_assignment_name=guid,
            role_definition_id=role_id,
            principal_id=deployer["principal_id"],
            principal_type=deployer["principal_type"],
            opts=child_options(
                self._parent,
                depends_on=[self._definitions[kind]],
                aliases=[pulumi.Alias(name=f"{self._name}-{before}-assignment")] if before not in ("", what) else None,
                transforms=[with_what_azure_has(self._parent)],
            ),
        )
        self.assignment_ids.append(assignment.id)


def _guid(*made_of: str) -> str:
    """Return the GUID that is always the same for the same parts, whatever their case."""
    return str(uuid.uuid5(_NAMES, "\0".join(part.casefold() for part in made_of)))


def _title(what: str, name: str, subscription_id: str, group_name: str) -> str:
    """Return a role's name, which no other role of the directory may have; Azure cuts none, it refuses long ones."""
    suffix = unique_suffix(name, subscription_id, group_name)
    return f"Llama deployer, {what} {group_name[:_GROUP_LENGTH]} ({suffix})"


def _require_usable(args: DeployerRoleArgs) -> None:
    if not args["project_names"]:
        raise ArgumentError(_NAME, "project_names", "project_names is empty; name the projects that may be deployed in")
    for key, deployer in args["deployers"].items():
        choice(f"{_NAME}: deployers.{key}", deployer, "principal_type", PrincipalType.USER)
