"""A model as a serverless API: pay-as-you-go, no virtual machines, no quota of one's own."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part, primary_key
from llama_azure._arguments import choice
from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import ServerlessAuthMode


class ServerlessEndpointArgs(TypedDict):
    """The inputs of a ServerlessEndpoint."""

    resource_group_name: pulumi.Input[str]
    """Required. The project's resource group."""
    location: pulumi.Input[str]
    """Required. The project's Azure region."""
    project_name: pulumi.Input[str]
    """Required. The project's workspace name."""
    endpoint_name: pulumi.Input[str]
    """Required. The endpoint's name: a letter, then up to 51 letters, digits and hyphens; unique in its region."""
    model_id: pulumi.Input[str]
    """Required. The model's registry id without a version; Azure deploys the newest one."""
    auth_mode: NotRequired[str]
    """Optional. How callers sign in: Key, AAD (Microsoft Entra ID) or KeyAndAAD. Default: Key."""
    content_safety: NotRequired[bool]
    """Optional. Whether Azure AI Content Safety filters prompts and completions. Default: true."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the endpoint."""


class ServerlessEndpoint(pulumi.ComponentResource):
    """A serverless endpoint of a project, with its URI and its key.

    Let it depend on the project's MarketplaceSubscription to the model's offer: Azure refuses the
    endpoint without one, and deleting the subscription first makes the endpoint unhealthy.
    """

    endpoint_id: pulumi.Output[str]
    """The endpoint's Azure resource id."""
    endpoint_name: pulumi.Output[str]
    """The endpoint's name."""
    uri: pulumi.Output[str]
    """The endpoint's base URI, as Azure returns it; empty where its creation failed, until the next `up`."""
    primary_key: pulumi.Output[str]
    """Secret. The endpoint's primary key; empty where callers sign in with Microsoft Entra ID alone."""

    def __init__(self, name: str, args: ServerlessEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:ServerlessEndpoint", name, {}, opts)
        auth_mode = choice("ServerlessEndpoint", args, "auth_mode", ServerlessAuthMode.KEY)
        safety = machinelearningservices.ContentSafetyStatus
        status = safety.ENABLED if args.get("content_safety", True) else safety.DISABLED

        endpoint = machinelearningservices.ServerlessEndpoint(
            f"{name}-endpoint",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["project_name"],
            name=args["endpoint_name"],
            sku=machinelearningservices.SkuArgs(name="Consumption"),
            properties=machinelearningservices.ServerlessEndpointPropertiesArgs(
                auth_mode=auth_mode.value,
                content_safety=machinelearningservices.ContentSafetyArgs(content_safety_status=status),
                model_settings=machinelearningservices.ModelSettingsArgs(model_id=args["model_id"]),
            ),
            tags=args.get("tags"),
            opts=child_options(self, transforms=[with_what_azure_has(self)]),
        )
        self.endpoint_id = endpoint.id
        self.endpoint_name = endpoint.name
        self.uri = endpoint.properties.apply(lambda shown: part(shown, "inference_endpoint", "uri") or "")
        self.primary_key = pulumi.Output.secret("" if auth_mode is ServerlessAuthMode.AAD else self._key(args))
        self.register_outputs(
            {
                "endpoint_id": self.endpoint_id,
                "endpoint_name": self.endpoint_name,
                "uri": self.uri,
                "primary_key": self.primary_key,
            }
        )

    def _key(self, args: ServerlessEndpointArgs) -> pulumi.Output[str]:
        place: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "workspaceName": args["project_name"],
            "name": args["endpoint_name"],
        }
        # An endpoint without an address has failed, and has no keys. One that is not there yet has an unknown one, so
        # that a preview of many does not prepare as many calls in vain.
        return self.uri.apply(lambda uri: primary_key(self, "listServerlessEndpointKeys", place) if uri else "")
