"""An online endpoint: one URI and one pair of keys for models on managed compute."""

import datetime as dt
from email.utils import format_datetime
from typing import NotRequired, TypedDict

import pulumi

from llama_azure._answers import part, primary_key
from llama_azure._arguments import Origin, choice, origin
from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._diagnostics import send_logs
from llama_azure._options import child_options
from llama_azure_core.azure_enums import ManagedAuthMode
from llama_azure_core.serving import shared_quota

_NAME = "OnlineEndpoint"


class OnlineEndpointArgs(TypedDict):
    """The inputs of an OnlineEndpoint."""

    resource_group_name: pulumi.Input[str]
    """Required. The project's resource group."""
    location: pulumi.Input[str]
    """Required. The project's Azure region."""
    project_name: pulumi.Input[str]
    """Required. The project's workspace name."""
    endpoint_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the endpoint to make: 3 to 32 letters, digits and single hyphens, a letter first; unique
    in its region. Give this or `endpoint_id`."""
    endpoint_id: NotRequired[pulumi.Input[str]]
    """Conditional. The Azure resource id of an endpoint that is there: it is used, and never changed or deleted. Give
    this or `endpoint_name`."""
    auth_mode: NotRequired[str]
    """Optional. How callers sign in: Key, AMLToken or AADToken (Microsoft Entra ID). Of an endpoint that is there it
    says whether keys are asked for. Default: Key."""
    public_network_access: NotRequired[bool]
    """Optional. Whether the endpoint is reached from public networks. Default: true."""
    shared_quota: NotRequired[bool]
    """Optional. Whether to use Azure's shared quota, for a try: Azure deletes the endpoint after 168 hours. It takes an
    Enterprise Agreement and a model that Azure offers it for. To change it replaces the endpoint. Default: false."""
    identity_id: NotRequired[pulumi.Input[str]]
    """Optional. The resource id of a user-assigned identity that deployments act as; it needs AcrPull and Storage Blob
    Data Reader. Default: the endpoint's own identity, to which Azure grants them."""
    log_analytics_workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. The Azure resource id of the Log Analytics workspace that the logs of an endpoint that is made go to:
    requests, the container's life and what it writes. Default: none; they are not kept."""
    description: NotRequired[pulumi.Input[str]]
    """Optional. What people read of the endpoint."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the endpoint."""


class OnlineEndpoint(pulumi.ComponentResource):
    """An online endpoint of a project, made or adopted; OnlineDeployment puts models behind it.

    It is made without traffic, which ARM refuses until there are deployments: see OnlineEndpointTraffic.

    Shared quota is written into the endpoint's own properties, as a public repository does it (source S36); no
    Microsoft document describes it. The deletion time is fixed when the endpoint is made.
    """

    endpoint_id: pulumi.Output[str]
    """The endpoint's Azure resource id."""
    endpoint_name: pulumi.Output[str]
    """The endpoint's name."""
    scoring_uri: pulumi.Output[str]
    """The URI that requests are sent to, as Azure returns it; empty where its creation failed, until the next `up`."""
    primary_key: pulumi.Output[str]
    """Secret. The endpoint's primary key; empty where callers sign in by a token."""
    deletion_time: pulumi.Output[str]
    """When Azure deletes an endpoint on shared quota (RFC 1123, in GMT); empty for any other."""
    revision: pulumi.Output[str]
    """A value that changes whenever the endpoint is written; see OnlineEndpointTraffic."""

    def __init__(self, name: str, args: OnlineEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        auth_mode = choice(_NAME, args, "auth_mode", ManagedAuthMode.KEY)
        if origin(_NAME, args, "endpoint") is Origin.CREATED:
            endpoint = self._created(name, args, auth_mode)
            if (workspace_id := args.get("log_analytics_workspace_id")) is not None:
                send_logs(self, f"{name}-diagnostics", endpoint.id, workspace_id)
        else:
            endpoint = machinelearningservices.OnlineEndpoint.get(
                f"{name}-endpoint", args["endpoint_id"], opts=child_options(self)
            )

        self.endpoint_id = endpoint.id
        self.endpoint_name = endpoint.name
        self.scoring_uri = endpoint.properties.apply(lambda shown: part(shown, "scoring_uri") or "")
        self.primary_key = pulumi.Output.secret("" if auth_mode is not ManagedAuthMode.KEY else self._key(args))
        self.deletion_time = endpoint.properties.apply(
            lambda shown: (part(shown, "properties") or {}).get(shared_quota().deletion_property) or ""
        )
        self.revision = _revision(args, auth_mode)
        self.register_outputs(
            {
                "endpoint_id": self.endpoint_id,
                "endpoint_name": self.endpoint_name,
                "scoring_uri": self.scoring_uri,
                "primary_key": self.primary_key,
                "deletion_time": self.deletion_time,
                "revision": self.revision,
            }
        )

    def _created(
        self, name: str, args: OnlineEndpointArgs, auth_mode: ManagedAuthMode
    ) -> machinelearningservices.OnlineEndpoint:
        shared = args.get("shared_quota", False)
        is_public = args.get("public_network_access", True)
        access = machinelearningservices.PublicNetworkAccessType
        return machinelearningservices.OnlineEndpoint(
            f"{name}-endpoint",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["project_name"],
            endpoint_name=args["endpoint_name"],
            kind="Managed",
            identity=_identity(args.get("identity_id")),
            properties=machinelearningservices.OnlineEndpointPropertiesArgs(
                auth_mode=auth_mode.value,
                public_network_access=access.ENABLED if is_public else access.DISABLED,
                description=args.get("description"),
                properties=_shared_quota_properties() if shared else None,
            ),
            tags=args.get("tags"),
            opts=child_options(
                self,
                # The properties are set when the endpoint is made and hold a time that is never to change. The traffic
                # is OnlineEndpointTraffic's; what is written carries what there is.
                ignore_changes=["properties.properties", "properties.traffic", "properties.mirrorTraffic"],
                transforms=[with_what_azure_has(self)],
                delete_before_replace=True,  # its name is its own only once
            ),
        )

    def _key(self, args: OnlineEndpointArgs) -> pulumi.Output[str]:
        place: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "workspaceName": args["project_name"],
            "endpointName": self.endpoint_name,
        }
        # An endpoint without an address has failed, and has no keys.
        return self.scoring_uri.apply(lambda uri: primary_key(self, "listOnlineEndpointKeys", place) if uri else "")


def _identity(identity_id: pulumi.Input[str] | None) -> machinelearningservices.ManagedServiceIdentityArgs:
    kinds = machinelearningservices.ManagedServiceIdentityType
    if identity_id is None:
        return machinelearningservices.ManagedServiceIdentityArgs(type=kinds.SYSTEM_ASSIGNED)
    return machinelearningservices.ManagedServiceIdentityArgs(
        type=kinds.USER_ASSIGNED, user_assigned_identities=[identity_id]
    )


def _shared_quota_properties() -> dict[str, pulumi.Input[str]]:
    quota = shared_quota()
    end = dt.datetime.now(dt.UTC) + dt.timedelta(hours=quota.hours)
    return {quota.endpoint_property: "true", quota.deletion_property: format_datetime(end, usegmt=True)}


def _revision(args: OnlineEndpointArgs, auth_mode: ManagedAuthMode) -> pulumi.Output[str]:
    """Return what a PUT of the endpoint sends beside its place, as text."""
    written = {key: args.get(key) for key in ("public_network_access", "identity_id", "description", "tags")}
    return pulumi.Output.json_dumps({**written, "auth_mode": auth_mode.value}, sort_keys=True)
