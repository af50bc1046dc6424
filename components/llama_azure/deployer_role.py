"""Who may deploy models in a resource group's projects, and no more than that."""

from collections.abc import Iterable, Sequence
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, choice
from llama_azure._azure_native import authorization
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import PrincipalType
from llama_azure_core.deployer_roles import (
    DESCRIPTION,
    RolePlace,
    assignment_guid,
    deployer_role_actions,
    is_at_subscription,
)
from llama_azure_core.resource_types import ROLE_DEFINITION, WORKSPACE

_NAME = "DeployerRole"


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
    role_definition_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. The ids of role definitions that are there already, by their scope: project, group and, where they are
    needed, subscription and preflight; they are only assigned then. Default: the component defines them."""


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
        roles = _Roles(self, name, args)
        deployers = args["deployers"].values()
        needed = deployer_role_actions(
            managed_compute=args.get("managed_compute", False),
            subscribes=any(deployer.get("may_subscribe", False) for deployer in deployers),
            preflights=any(deployer.get("may_run_preflight", False) for deployer in deployers),
        )
        there = args.get("role_definition_ids")
        _require_roles(there, needed)
        for kind, actions in needed.items():
            if there is not None:
                roles.definition_ids[kind] = pulumi.Output.from_input(there[kind])
            else:
                # A custom role is assigned at a resource too, but defined for a resource group or above (source S63).
                roles.define(kind, actions, roles.subscription if is_at_subscription(kind) else roles.group)

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
        self._place = pulumi.Output.all(args["subscription_id"], args["resource_group_name"]).apply(
            lambda place: RolePlace(place[0], place[1], name)
        )
        self.definition_ids: dict[str, pulumi.Output[str]] = {}
        self.assignment_ids: list[pulumi.Output[str]] = []
        self.subscription = pulumi.Output.format("/subscriptions/{0}", args["subscription_id"])
        self.group = pulumi.Output.format("{0}/resourceGroups/{1}", self.subscription, args["resource_group_name"])

    def project(self, name: str) -> pulumi.Output[str]:
        """Return the scope of a project."""
        return pulumi.Output.format(f"{{0}}/providers/{WORKSPACE}/{{1}}", self.group, name)

    def define(self, kind: str, actions: Sequence[str], scope: pulumi.Output[str]) -> None:
        """Declare a role."""
        self._definitions[kind] = authorization.RoleDefinition(
            f"{self._name}-{kind}-role",
            scope=scope,
            role_definition_id=self._place.apply(lambda one: one.guid(kind)),
            role_name=self._place.apply(lambda one: one.title(kind)),
            role_type="CustomRole",
            description=DESCRIPTION,
            assignable_scopes=[scope],
            permissions=[authorization.PermissionArgs(actions=list(actions))],
            opts=child_options(self._parent, transforms=[with_what_azure_has(self._parent)]),
        )
        # Azure names a role by its subscription, wherever below it was defined. Known before the role is there,
        # so that a preview can be judged by what is assigned.
        self.definition_ids[kind] = pulumi.Output.format(
            f"{{0}}/providers/{ROLE_DEFINITION}/{{1}}", self.subscription, self._place.apply(lambda one: one.guid(kind))
        )

    def assign(self, kind: str, what: str, deployer: Deployer, scope: pulumi.Output[str], before: str = "") -> None:
        """Declare the assignment of a role at a scope; ``before`` is what it was called in versions before."""
        role_id = self.definition_ids[kind]
        # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
        guid = pulumi.Output.all(scope, role_id, deployer["principal_id"]).apply(
            lambda made_of: assignment_guid(*made_of)
        )
        assignment = authorization.RoleAssignment(
            f"{self._name}-{what}-assignment",
            scope=scope,
            role_assignment_name=guid,
            role_definition_id=role_id,
            principal_id=deployer["principal_id"],
            principal_type=deployer["principal_type"],
            opts=child_options(
                self._parent,
                depends_on=[self._definitions[kind]] if kind in self._definitions else [],
                aliases=[pulumi.Alias(name=f"{self._name}-{before}-assignment")] if before not in ("", what) else None,
                transforms=[with_what_azure_has(self._parent)],
            ),
        )
        self.assignment_ids.append(assignment.id)


def _require_usable(args: DeployerRoleArgs) -> None:
    if not args["project_names"]:
        raise ArgumentError(_NAME, "project_names", "project_names is empty; name the projects that may be deployed in")
    for key, deployer in args["deployers"].items():
        choice(f"{_NAME}: deployers.{key}", deployer, "principal_type", PrincipalType.USER)


def _require_roles(there: dict[str, pulumi.Input[str]] | None, needed: Iterable[str]) -> None:
    missing = [] if there is None else [kind for kind in needed if kind not in there]
    if missing:
        names = ", ".join(missing)
        raise ArgumentError(
            _NAME, "role_definition_ids", f"role_definition_ids lacks {names}: give the id of that role definition"
        )
