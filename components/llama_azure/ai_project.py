"""The AI project: where models are deployed, inside a hub."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part
from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._diagnostics import send_logs
from llama_azure._options import child_options


class AiProjectArgs(TypedDict):
    """The inputs of an AiProject."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group that holds the project."""
    location: pulumi.Input[str]
    """Required. The Azure region; it is the hub's."""
    project_name: pulumi.Input[str]
    """Required. The project's workspace name: 3 to 33 characters, unique in the resource group."""
    hub_id: pulumi.Input[str]
    """Required. The Azure resource id of the hub."""
    public_network_access: NotRequired[bool]
    """Optional. Whether the project is reached from public networks. Default: true."""
    deletion_protection: NotRequired[bool]
    """Optional. Whether Pulumi refuses to delete the project. Default: false."""
    friendly_name: NotRequired[pulumi.Input[str]]
    """Optional. The name that people see. Default: the project's name."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of the Log Analytics workspace that gets the project's logs and metrics, those of
    requests to its endpoints among them. Default: none."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the project."""


class AiProject(pulumi.ComponentResource):
    """An AI project in a hub; it uses the hub's storage account, key vault and monitoring."""

    project_id: pulumi.Output[str]
    """The project's Azure resource id."""
    project_name: pulumi.Output[str]
    """The project's workspace name."""
    principal_id: pulumi.Output[str]
    """The object id of the project's system-assigned identity."""

    def __init__(self, name: str, args: AiProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:AiProject", name, {}, opts)
        access = machinelearningservices.PublicNetworkAccessType

        project = machinelearningservices.Workspace(
            f"{name}-project",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["project_name"],
            kind="Project",
            sku=machinelearningservices.SkuArgs(name="Basic", tier=machinelearningservices.SkuTier.BASIC),
            identity=machinelearningservices.ManagedServiceIdentityArgs(
                type=machinelearningservices.ManagedServiceIdentityType.SYSTEM_ASSIGNED
            ),
            friendly_name=args.get("friendly_name", args["project_name"]),
            hub_resource_id=args["hub_id"],
            public_network_access=access.ENABLED if args.get("public_network_access", True) else access.DISABLED,
            tags=args.get("tags"),
            opts=child_options(
                self,
                protect=True if args.get("deletion_protection", False) else None,
                # A project shows what it has of its hub, whose changes are none of the project's.
                ignore_changes=["applicationInsights", "containerRegistry", "keyVault", "storageAccount"],
                transforms=[with_what_azure_has(self)],
            ),
        )

        if (workspace_id := args.get("log_analytics_workspace_id")) is not None:
            send_logs(self, f"{name}-diagnostics", project.id, workspace_id)
        self.project_id = project.id
        self.project_name = project.name
        self.principal_id = project.identity.apply(lambda identity: part(identity, "principal_id") or "")
        self.register_outputs(
            {
                "project_id": self.project_id,
                "project_name": self.project_name,
                "principal_id": self.principal_id,
            }
        )
