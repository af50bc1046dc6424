"""A connection of a Foundry resource or of one of its projects."""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, Origin, choice, origin
from llama_azure._azure_native import cognitiveservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options

_NAME = "FoundryConnection"


class ConnectionAuth(StrEnum):
    """How a connection signs in."""

    AAD = "AAD"
    API_KEY = "ApiKey"
    CUSTOM_KEYS = "CustomKeys"
    NONE = "None"


class FoundryConnectionArgs(TypedDict):
    """The inputs of a FoundryConnection."""

    resource_group_name: pulumi.Input[str]
    """Required. The account's resource group."""
    account_name: pulumi.Input[str]
    """Required. The account's name."""
    project_name: NotRequired[str]
    """Optional. The project that the connection belongs to. Default: it belongs to the account."""
    connection_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the connection to make: 3 to 33 characters, unique in its account or project. Give this
    or `connection_id`."""
    connection_id: NotRequired[str]
    """Conditional. The resource id of a connection that is there. Give this or `connection_name`."""
    category: NotRequired[pulumi.Input[str]]
    """Conditional. What it leads to, as Azure calls it: AIServices, Serverless, AppInsights, CognitiveSearch,
    CustomKeys and others. Required for a connection that is made."""
    target: NotRequired[pulumi.Input[str]]
    """Conditional. The address or the resource id that it leads to. Required for a connection that is made."""
    auth_type: NotRequired[str]
    """Optional. How it signs in: AAD (Microsoft Entra ID), ApiKey, CustomKeys or None. Default: AAD."""
    api_key: NotRequired[pulumi.Input[str]]
    """Conditional. Secret. With ApiKey: the key."""
    custom_keys: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Conditional. Secret. With CustomKeys: the keys by name."""
    shared_to_all: NotRequired[bool]
    """Optional. Whether all users of the account may use it. Default: false."""
    metadata: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. What Azure wants to know of the target beside that, such as ApiType and ResourceId."""


class FoundryConnection(pulumi.ComponentResource):
    """A connection to another service, made or adopted; its secrets never show in the program's outputs."""

    connection_id: pulumi.Output[str]
    """The connection's Azure resource id."""
    connection_name: pulumi.Output[str]
    """The connection's name."""

    def __init__(self, name: str, args: FoundryConnectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        connection = self._of(name, args, origin(_NAME, args, "connection"))
        self.connection_id = connection.id
        self.connection_name = connection.name.apply(lambda shown: shown or "")
        self.register_outputs({"connection_id": self.connection_id, "connection_name": self.connection_name})

    def _of(
        self, name: str, args: FoundryConnectionArgs, where: Origin
    ) -> "cognitiveservices.AccountConnection | cognitiveservices.ProjectConnection":
        project = args.get("project_name")
        if where is Origin.ADOPTED:
            kind = cognitiveservices.AccountConnection if project is None else cognitiveservices.ProjectConnection
            return kind.get(f"{name}-connection", args["connection_id"], opts=child_options(self))
        properties = _properties(args)
        options = child_options(self, transforms=[with_what_azure_has(self)])
        if project is None:
            return cognitiveservices.AccountConnection(
                f"{name}-connection",
                resource_group_name=args["resource_group_name"],
                account_name=args["account_name"],
                connection_name=args["connection_name"],
                properties=properties,
                opts=options,
            )
        return cognitiveservices.ProjectConnection(
            f"{name}-connection",
            resource_group_name=args["resource_group_name"],
            account_name=args["account_name"],
            project_name=project,
            connection_name=args["connection_name"],
            properties=properties,
            opts=options,
        )


def _properties(
    args: FoundryConnectionArgs,
) -> (
    "cognitiveservices.AADAuthTypeConnectionPropertiesArgs | cognitiveservices.ApiKeyAuthConnectionPropertiesArgs | "
    "cognitiveservices.CustomKeysConnectionPropertiesArgs | cognitiveservices.NoneAuthTypeConnectionPropertiesArgs"
):
    auth = choice(_NAME, args, "auth_type", ConnectionAuth.AAD)
    for wanted in ("category", "target"):
        if args.get(wanted) is None:
            raise ArgumentError(_NAME, wanted, f"give {wanted}, which a connection that is made needs")
    needed = {ConnectionAuth.API_KEY: "api_key", ConnectionAuth.CUSTOM_KEYS: "custom_keys"}
    for kind, argument in needed.items():
        if (args.get(argument) is not None) != (auth is kind):
            raise ArgumentError(_NAME, argument, f"{argument} goes together with auth_type {kind.value}")
    common: dict[str, Any] = {
        "category": args["category"],
        "target": args["target"],
        "is_shared_to_all": args.get("shared_to_all", False),
        "metadata": args.get("metadata"),
    }
    match auth:
        case ConnectionAuth.API_KEY:
            key = cognitiveservices.ConnectionApiKeyArgs(key=pulumi.Output.secret(args["api_key"]))
            return cognitiveservices.ApiKeyAuthConnectionPropertiesArgs(auth_type=auth.value, credentials=key, **common)
        case ConnectionAuth.CUSTOM_KEYS:
            keys = cognitiveservices.CustomKeysArgs(keys=pulumi.Output.secret(args["custom_keys"]))
            return cognitiveservices.CustomKeysConnectionPropertiesArgs(
                auth_type=auth.value, credentials=keys, **common
            )
        case ConnectionAuth.NONE:
            return cognitiveservices.NoneAuthTypeConnectionPropertiesArgs(auth_type=auth.value, **common)
        case _:
            return cognitiveservices.AADAuthTypeConnectionPropertiesArgs(auth_type=auth.value, **common)
