"""A model on virtual machines of one's own, behind an online endpoint."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import whole
from llama_azure._autoscale import DeploymentAutoscale, autoscale_setting
from llama_azure._azure_native import machinelearningservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._content_safety import DeploymentContentSafety, content_safety_variables
from llama_azure._options import child_options
from llama_azure_core.limits import limits
from llama_azure_core.serving import large_model_defaults

_NAME = "OnlineDeployment"
_DAY = 24 * 3600


class DeploymentProbe(TypedDict):
    """When Azure takes a deployment's container for alive, or for ready."""

    initial_delay_seconds: NotRequired[int]
    """Optional. How long to wait before the first check. Default: 500; a large model is loaded for minutes."""
    period_seconds: NotRequired[int]
    """Optional. How long between two checks. Default: 100."""
    timeout_seconds: NotRequired[int]
    """Optional. How long a check may take. Default: 2."""
    failure_threshold: NotRequired[int]
    """Optional. How many checks may fail in a row. Default: 30."""


class OnlineDeploymentArgs(TypedDict):
    """The inputs of an OnlineDeployment."""

    resource_group_name: pulumi.Input[str]
    """Required. The project's resource group."""
    location: pulumi.Input[str]
    """Required. The project's Azure region."""
    project_name: pulumi.Input[str]
    """Required. The project's workspace name."""
    endpoint_name: pulumi.Input[str]
    """Required. The endpoint's name."""
    deployment_name: pulumi.Input[str]
    """Required. The deployment's name: 3 to 32 letters, digits and single hyphens, a letter first; unique behind the
    endpoint."""
    model_id: pulumi.Input[str]
    """Required. The registry id with the version: `azureml://registries/<registry>/models/<model>/versions/<number>`."""
    vm_size: pulumi.Input[str]
    """Required. The VM size, such as Standard_NC48ads_A100_v4. To change it replaces the deployment."""
    instances: NotRequired[int]
    """Optional. How many virtual machines: 1 to 50. Default: 1."""
    request_timeout_seconds: NotRequired[int]
    """Optional. How long a request may take: 1 to 180 seconds, Azure's limit. Default: 180."""
    queue_wait_seconds: NotRequired[int]
    """Optional. How long a request may wait for its turn, in seconds. Default: 60."""
    concurrent_requests: NotRequired[int]
    """Optional. How many requests an instance serves at once; Azure answers 429 beyond twice as many. It is also told
    to the container of Microsoft's registry models, as WORKER_COUNT. Default: 128, as in Microsoft's sample."""
    liveness_probe: NotRequired[DeploymentProbe]
    """Optional. When the container is taken for alive. Default: fit for large models."""
    readiness_probe: NotRequired[DeploymentProbe]
    """Optional. When the container gets requests. Default: fit for large models."""
    collect_data: NotRequired[bool]
    """Optional. Whether inputs and outputs are kept in the workspace's storage (a preview). Default: false."""
    content_safety: NotRequired[DeploymentContentSafety]
    """Optional. The Azure AI Content Safety account that the model's scoring script asks. Default: none, as in the
    portal; what the model says is then not filtered."""
    environment_variables: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. Variables for the container, such as TENSOR_PARALLEL."""
    autoscale: NotRequired[DeploymentAutoscale]
    """Optional. Lets the number of instances follow the load. Default: `instances`, always."""
    public_network_egress: NotRequired[bool]
    """Optional. Whether the container reaches public networks. Default: true."""
    tags: NotRequired[pulumi.Input[dict[str, pulumi.Input[str]]]]
    """Optional. Tags on the deployment."""


class OnlineDeployment(pulumi.ComponentResource):
    """A model of a registry on managed compute: one of the deployments behind an online endpoint.

    It gets requests when an OnlineEndpointTraffic says so; before, callers reach it by the header
    `azureml-model-deployment`. Quota is taken for its instances and, with most VM sizes, for a fifth more.

    Request settings and probes follow Microsoft's sample for Llama (source S70); for which other containers they
    are right is unverified. Azure AI Content Safety on managed compute is a matter of the scoring script: the
    variables that the sample's script reads are set, and whether the script of a model's container reads them
    too is unverified.
    """

    deployment_id: pulumi.Output[str]
    """The deployment's Azure resource id."""
    deployment_name: pulumi.Output[str]
    """The deployment's name."""

    def __init__(self, name: str, args: OnlineDeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        autoscale = args.get("autoscale")
        instances = whole(_NAME, args, "instances", 1, least=1, most=limits()["instancesPerDeployment"])

        deployment = machinelearningservices.OnlineDeployment(
            f"{name}-deployment",
            resource_group_name=args["resource_group_name"],
            location=args["location"],
            workspace_name=args["project_name"],
            endpoint_name=args["endpoint_name"],
            deployment_name=args["deployment_name"],
            # The count is the SKU's capacity; the VM size is not the SKU.
            sku=machinelearningservices.SkuArgs(
                name="Default", tier=machinelearningservices.SkuTier.STANDARD, capacity=instances
            ),
            properties=_properties(args),
            tags=args.get("tags"),
            # What the autoscaler sets is not to be set back.
            opts=child_options(
                self,
                ignore_changes=None if autoscale is None else ["sku.capacity"],
                transforms=[with_what_azure_has(self)],
            ),
        )
        if autoscale is not None:
            autoscale_setting(
                f"{name}-autoscale",
                autoscale,
                deployment,
                resource_group_name=args["resource_group_name"],
                location=args["location"],
                setting_name=pulumi.Output.format("{0}-{1}", args["endpoint_name"], args["deployment_name"]),
                tags=args.get("tags"),
                opts=child_options(self),
            )

        self.deployment_id = deployment.id
        self.deployment_name = deployment.name
        self.register_outputs({"deployment_id": self.deployment_id, "deployment_name": self.deployment_name})


def _properties(args: OnlineDeploymentArgs) -> machinelearningservices.ManagedOnlineDeploymentArgs:
    usual, longest = large_model_defaults(), limits()["requestTimeoutSeconds"]
    concurrent = whole(_NAME, args, "concurrent_requests", usual.concurrent_requests, least=1, most=1000)
    timeout = whole(_NAME, args, "request_timeout_seconds", longest, least=1, most=longest)
    wait = whole(_NAME, args, "queue_wait_seconds", usual.queue_wait_seconds, least=0, most=longest)
    egress = machinelearningservices.EgressPublicNetworkAccessType
    return machinelearningservices.ManagedOnlineDeploymentArgs(
        endpoint_compute_type="Managed",
        model=args["model_id"],
        instance_type=args["vm_size"],
        scale_settings=machinelearningservices.DefaultScaleSettingsArgs(scale_type="Default"),
        request_settings=machinelearningservices.OnlineRequestSettingsArgs(
            request_timeout=f"PT{timeout}S",
            max_queue_wait=f"PT{wait}S",
            max_concurrent_requests_per_instance=concurrent,
        ),
        liveness_probe=_probe("liveness_probe", args.get("liveness_probe", DeploymentProbe())),
        readiness_probe=_probe("readiness_probe", args.get("readiness_probe", DeploymentProbe())),
        data_collector=_data_collector() if args.get("collect_data", False) else None,
        environment_variables={
            "WORKER_COUNT": str(concurrent),
            **content_safety_variables(args.get("content_safety")),
            **args.get("environment_variables", {}),
        },
        egress_public_network_access=egress.ENABLED if args.get("public_network_egress", True) else egress.DISABLED,
        app_insights_enabled=True,
    )


def _probe(which: str, probe: DeploymentProbe) -> machinelearningservices.ProbeSettingsArgs:
    place, usual = f"{_NAME}: {which}", large_model_defaults().probe
    delay = whole(place, probe, "initial_delay_seconds", usual.initial_delay_seconds, least=1, most=_DAY)
    period = whole(place, probe, "period_seconds", usual.period_seconds, least=1, most=_DAY)
    timeout = whole(place, probe, "timeout_seconds", usual.timeout_seconds, least=1, most=_DAY)
    return machinelearningservices.ProbeSettingsArgs(
        initial_delay=f"PT{delay}S",
        period=f"PT{period}S",
        timeout=f"PT{timeout}S",
        failure_threshold=whole(place, probe, "failure_threshold", usual.failure_threshold, least=1, most=1000),
        success_threshold=1,
    )


def _data_collector() -> machinelearningservices.DataCollectorArgs:
    collection = machinelearningservices.CollectionArgs(
        data_collection_mode=machinelearningservices.DataCollectionMode.ENABLED, sampling_rate=1.0
    )
    return machinelearningservices.DataCollectorArgs(
        collections={"model_inputs": collection, "model_outputs": collection},
        rolling_rate=machinelearningservices.RollingRateType.HOUR,
    )
