"""The use of a serverless endpoint from a project in another region, which need not offer the model."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options


class ServerlessConnectionArgs(TypedDict):
    """The inputs of a ServerlessConnection."""

    resource_group_name: pulumi.Input[str]
    """Required. The resource group of the project that uses the endpoint."""
    project_name: pulumi.Input[str]
    """Required. The workspace name of the project that uses the endpoint."""
    connection_name: pulumi.Input[str]
    """Required. The connection's name: 3 to 33 letters, digits, hyphens and underscores, unique in the project."""
    endpoint_uri: pulumi.Input[str]
    """Required. The endpoint's base URI, wherever it lies."""
    endpoint_key: pulumi.Input[str]
    """Required. One of the endpoint's keys, a secret; it is kept in the key vault of the project's hub."""
    shared_to_all: NotRequired[bool]
    """Optional. Whether the hub's other projects may use the connection too. Default: false."""


class ServerlessConnection(pulumi.ComponentResource):
    """A project's connection to a serverless endpoint of another project (source S3, S29).

    The project may lie in a region that does not offer the model: its requests go to the endpoint's region. The
    endpoint's key is a secret in the state and is not among the outputs.
    """

    connection_id: pulumi.Output[str]
    """The connection's Azure resource id."""
    connection_name: pulumi.Output[str]
    """The connection's name."""
    endpoint_uri: pulumi.Output[str]
    """The base URI that the connection leads to."""

    def __init__(self, name: str, args: ServerlessConnectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:ServerlessConnection", name, {}, opts)

        connection = machinelearningservices.WorkspaceConnection(
            f"{name}-connection",
            resource_group_name=args["resource_group_name"],
            workspace_name=args["project_name"],
            connection_name=args["connection_name"],
            properties=machinelearningservices.ApiKeyAuthWorkspaceConnectionPropertiesArgs(
                auth_type="ApiKey",
                category=machinelearningservices.ConnectionCategory.SERVERLESS,
                target=args["endpoint_uri"],
                credentials=machinelearningservices.WorkspaceConnectionApiKeyArgs(
                    key=pulumi.Output.secret(args["endpoint_key"])
                ),
                is_shared_to_all=args.get("shared_to_all", False),
            ),
            opts=child_options(self, transforms=[with_what_azure_has(self)]),
        )

        self.connection_id = connection.id
        self.connection_name = connection.name
        self.endpoint_uri = pulumi.Output.from_input(args["endpoint_uri"])
        self.register_outputs(
            {
                "connection_id": self.connection_id,
                "connection_name": self.connection_name,
                "endpoint_uri": self.endpoint_uri,
            }
        )
