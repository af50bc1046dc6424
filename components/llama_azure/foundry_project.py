"""A project of a Foundry resource."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import Origin, origin
from llama_azure._azure_native import authorization, cognitiveservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._callers import FoundryCaller, let_call
from llama_azure._options import child_options
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT

_NAME = "FoundryProject"


class FoundryProjectArgs(TypedDict):
    """The inputs of a FoundryProject."""

    resource_group_name: pulumi.Input[str]
    """Required. The account's resource group."""
    location: pulumi.Input[str]
    """Required. The account's Azure region."""
    account_name: pulumi.Input[str]
    """Required. The account's name."""
    project_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the project to make: 2 to 64 characters, unique in the account. Give this or
    `project_id`."""
    project_id: NotRequired[str]
    """Conditional. The resource id of a project that is there. Give this or `project_name`."""
    friendly_name: NotRequired[pulumi.Input[str]]
    """Optional. The name that people see. Default: the project's name."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. What people read of the project."""
    callers: NotRequired[dict[str, FoundryCaller]]
    """Optional. By a name of one's own: who may call through the project; they get the role Foundry User on the project
    alone."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the project."""


class FoundryProject(pulumi.ComponentResource):
    """A project of a Foundry resource: where people and agents use the deployments of its account."""

    project_id: pulumi.Output[str]
    """The project's Azure resource id."""
    project_name: pulumi.Output[str]
    """The project's name, without the account's."""
    principal_id: pulumi.Output[str]
    """The object id of the project's system-assigned identity."""

    def __init__(self, name: str, args: FoundryProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if origin(_NAME, args, "project") is Origin.CREATED:
            project = self._created(name, args)
        else:
            project = cognitiveservices.Project.get(f"{name}-project", args["project_id"], opts=child_options(self))
        if (callers := args.get("callers")) is not None:
            subscription = authorization.get_client_config_output(
                opts=pulumi.InvokeOutputOptions(parent=self)
            ).subscription_id
            let_call(self, name, _NAME, callers, self._scope(args, subscription), subscription, [project])
        self.project_id = project.id
        # Azure shows it with the account's before it.
        self.project_name = project.name.apply(lambda shown: (shown or "").rpartition("/")[2])
        self.principal_id = project.identity.apply(lambda identity: part(identity, "principal_id") or "")
        self.register_outputs(
            {
                "project_id": self.project_id,
                "project_name": self.project_name,
                "principal_id": self.principal_id,
            }
        )

    def _scope(self, args: FoundryProjectArgs, subscription: pulumi.Output[str]) -> pulumi.Input[str]:
        """Return the project's id, known before the project is there, so that a preview can be judged by it."""
        if "project_id" in args:
            return args["project_id"]
        return pulumi.Output.format(
            f"/subscriptions/{{0}}/resourceGroups/{{1}}/providers/{AI_SERVICES_ACCOUNT}/{{2}}/projects/{{3}}",
            subscription,
            args["resource_group_name"],
            args["account_name"],
            args["project_name"],
        )

    def _created(self, name: str, args: FoundryProjectArgs) -> "cognitiveservices.Project":
        return cognitiveservices.Project(
            f"{name}-project",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            account_name=args["account_name"],
            project_name=args["project_name"],
            identity=cognitiveservices.IdentityArgs(type=cognitiveservices.ResourceIdentityType.SYSTEM_ASSIGNED),
            properties=cognitiveservices.ProjectPropertiesArgs(
                display_name=args.get("friendly_name", args["project_name"]), description=args.get("description")
            ),
            tags=args.get("tags"),
            opts=child_options(self, transforms=[with_what_azure_has(self)]),
        )
