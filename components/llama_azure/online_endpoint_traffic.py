"""How an online endpoint shares its requests out among its deployments."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._endpoint_traffic import EndpointTraffic, shares
from llama_azure._options import child_options


class OnlineEndpointTrafficArgs(TypedDict):
    """The inputs of an OnlineEndpointTraffic."""

    endpoint_id: pulumi.Input[str]
    """Required. The endpoint's Azure resource id."""
    deployment_ids: dict[str, pulumi.Input[str]]
    """Required. By deployment name: the Azure resource ids of this program's deployments. They are there before the
    traffic is set, and lose it before they are deleted or replaced."""
    traffic: NotRequired[dict[str, int]]
    """Optional. By deployment name: its share of the requests, in percent; all shares make 100, or there are none. It
    may name deployments that others made. Default: none, and Azure then answers callers with 404."""
    mirror: NotRequired[dict[str, int]]
    """Optional. By deployment name: the share of requests copied to it, in percent; at most 50, to one deployment that
    has no traffic. Default: none."""
    endpoint_revision: NotRequired[pulumi.Input[str]]
    """Optional. A value that changes whenever the endpoint itself is written, such as the output of that name of an
    OnlineEndpoint: the traffic is then set again."""


class OnlineEndpointTraffic(pulumi.ComponentResource):
    """The traffic and mirror traffic of an online endpoint, set once its deployments are there.

    Azure refuses traffic when an endpoint is created, for its deployments come later, and refuses to
    delete a deployment that has traffic (source S25, S29). So this is a step of its own: a change of two numbers
    moves requests from blue to green or back, a refresh finds what somebody else moved, and deleting it gives
    the endpoint the traffic back that it had before, or none. Use one for an endpoint.

    It calls Azure Resource Manager itself, by a Pulumi dynamic provider: Pulumi runs it with the program's Python
    and it signs in as azure-native does, by the stack's azure-native configuration and the variables that it reads.
    An update of an OnlineEndpoint carries the traffic that the endpoint has, so that nobody is refused meanwhile.
    """

    traffic: pulumi.Output[dict[str, int]]
    """By deployment name: its share of the requests, in percent; those without a share are left out."""
    mirror: pulumi.Output[dict[str, int]]
    """By deployment name: the share of requests copied to it, in percent."""

    def __init__(self, name: str, args: OnlineEndpointTrafficArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llama-azure:index:OnlineEndpointTraffic", name, {}, opts)

        traffic = EndpointTraffic(
            f"{name}-traffic",
            endpoint_id=args["endpoint_id"],
            endpoint_revision=args.get("endpoint_revision", ""),
            deployments=args["deployment_ids"],
            traffic=shares(args.get("traffic")),
            mirror=shares(args.get("mirror")),
            opts=child_options(self),
        )

        self.traffic = traffic.traffic
        self.mirror = traffic.mirror
        self.register_outputs({"traffic": self.traffic, "mirror": self.mirror})
