"""Deployers of a project, and its endpoint used from a project in a region that does not offer the model."""

import pulumi

from llama_azure import DeployerRole, MarketplaceSubscription, ServerlessConnection, ServerlessEndpoint

config = pulumi.Config()
GROUP, PROJECT = config.require("group"), "project"
MODEL = "azureml://registries/azureml-meta/models/Meta-Llama-3-8B-Instruct"
ids: dict[str, str] = config.get_object("adopt") or {}


def adopt(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Take over what is there, by the ids in the configuration."""
    if args.name not in ids:
        return None
    args.opts.import_ = ids[args.name]
    return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)


options = pulumi.ResourceOptions(transforms=[adopt])
offer = MarketplaceSubscription(
    "offer",
    {"resource_group_name": GROUP, "project_name": PROJECT, "subscription_name": "llama", "model_id": MODEL},
    options,
)
endpoint = ServerlessEndpoint(
    "endpoint",
    {
        "resource_group_name": GROUP,
        "project_name": PROJECT,
        "location": "eastus2",
        "endpoint_name": "llama-lives",
        "model_id": MODEL,
        "tags": {"environment": "test", "managed-by": "pulumi"},
    },
    pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[offer])),
)
roles = DeployerRole(
    "roles",
    {
        "subscription_id": config.require("subscription"),
        "resource_group_name": GROUP,
        "project_names": [PROJECT],
        "deployers": config.require_object("deployers"),
    },
    options,
)
connection = ServerlessConnection(
    "connection",
    {
        "resource_group_name": config.require("otherGroup"),
        "project_name": PROJECT,
        "connection_name": config.require("connectionName"),
        "endpoint_uri": endpoint.uri,
        "endpoint_key": endpoint.primary_key,
        "shared_to_all": config.get_bool("shared") or False,
    },
    options,
)
pulumi.export("roles", roles.role_definition_ids)
pulumi.export("assignments", roles.role_assignment_ids)
