"""Models on managed compute: online endpoints and their deployments."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from llama_azure_core._facts import load_facts
from llama_azure_core.azure_enums import ManagedAuthMode
from llama_azure_core.catalogue import Model
from llama_azure_core.frozen import Frozen
from llama_azure_core.managed_compute import back_end_hint, vm_size_problem
from llama_azure_core.quota import UnknownVmSizeError, find_vm_size, vm_sizes
from llama_azure_core.serving import large_model_defaults
from llama_azure_core.settings._section import (
    CatalogueModel,
    ObjectId,
    OnlineDeploymentName,
    OnlineEndpointName,
    ResourceId,
    TextOrSecret,
    TokensPerDay,
    judging_date,
)
from llama_azure_core.traffic import mirror_problem, traffic_problem

_LIMITS = load_facts("limits")["onlineEndpoints"]


def _known_size(value: object) -> object:
    if isinstance(value, str):
        try:
            return find_vm_size(value).name
        except UnknownVmSizeError as error:
            raise ValueError(str(error)) from None
    return value


def _version(value: object) -> object:
    # `version: 27` is a number in YAML, and one is as good as the other.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


VmSizeName = Annotated[
    str,
    BeforeValidator(_known_size, json_schema_input_type=str),
    Field(json_schema_extra={"examples": [size.name for size in vm_sizes().values() if size.gpus]}),
]
Percent = Annotated[int, Field(ge=0, le=100)]


_DAY = 24 * 3600


class ProbeSettings(Frozen):
    """When Azure takes a deployment's container for alive, or for ready."""

    initial_delay_seconds: int | None = Field(default=None, ge=1, le=_DAY)
    """Optional. How long to wait before the first check. Default: 500; a large model is loaded for minutes."""
    period_seconds: int | None = Field(default=None, ge=1, le=_DAY)
    """Optional. How long between two checks. Default: 100."""
    timeout_seconds: int | None = Field(default=None, ge=1, le=_DAY)
    """Optional. How long a check may take. Default: 2."""
    failure_threshold: int | None = Field(default=None, ge=1, le=1000)
    """Optional. How many checks may fail in a row. Default: 30."""


class AutoscaleSettings(Frozen):
    """How the number of instances follows the load."""

    minimum: int = Field(ge=1, le=_LIMITS["instancesPerDeployment"])
    """Required. The fewest instances."""
    maximum: int = Field(ge=1, le=_LIMITS["instancesPerDeployment"])
    """Required. The most instances."""
    scale_out_percent: int = Field(default=70, ge=1, le=100)
    """Optional. The use of the GPUs, on average over 5 minutes, above which an instance is added. Default: 70."""
    scale_in_percent: int = Field(default=25, ge=0, le=99)
    """Optional. The use of the GPUs below which an instance is taken away. Default: 25."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is more than maximum {self.maximum}: swap or change them")
        if self.scale_in_percent >= self.scale_out_percent:
            raise ValueError(
                f"scaleInPercent {self.scale_in_percent} is not below scaleOutPercent {self.scale_out_percent}: "
                "instances would come and go without end"
            )
        return self


class ContentSafetySettings(Frozen):
    """The Azure AI Content Safety account that a model's scoring script asks."""

    account: ResourceId
    """Required. The account's resource id."""
    identity_client_id: ObjectId
    """Required. The client id of the endpoint's user-assigned identity, which may ask the account."""
    threshold: int = Field(default=large_model_defaults().content_safety_threshold, ge=0, le=7)
    """Optional. The severity, 0 to 7, from which something is held back. Default: 2."""


class ManagedDeploymentSettings(Frozen):
    """A model on virtual machines, behind an online endpoint."""

    model: CatalogueModel
    """Required. A model name of the catalogue, such as Llama-2-7b-chat."""
    version: Annotated[str, BeforeValidator(_version, json_schema_input_type=str | int)] | None = None
    """Conditional. The model's version in the registry. Default: the newest one that the catalogue knows."""
    vm_size: VmSizeName
    """Required. The VM size, such as Standard_NC48ads_A100_v4."""
    instances: int = Field(default=1, ge=1, le=_LIMITS["instancesPerDeployment"])
    """Optional. How many virtual machines. Default: 1."""
    traffic: Percent = 0
    """Optional. The share of the endpoint's requests, in percent; all shares make 100, or none. Default: 0."""
    mirror: Percent = 0
    """Optional. The share of requests copied to this deployment, whose answers nobody gets, in percent. Default: 0."""
    collect_data: bool = False
    """Optional. Whether inputs and outputs are kept in the workspace's storage. Default: false."""
    content_safety: ContentSafetySettings | None = None
    """Optional. The account that filters prompts and completions. On managed compute the model's scoring script has
    to ask it; nothing of Azure's does by itself. Default: none."""
    request_timeout_seconds: int = Field(
        default=_LIMITS["requestTimeoutSeconds"], ge=1, le=_LIMITS["requestTimeoutSeconds"]
    )
    """Optional. How long a request may take. Default: 180, the most that Azure allows."""
    concurrent_requests: int = Field(default=large_model_defaults().concurrent_requests, ge=1, le=1000)
    """Optional. How many requests an instance serves at once. Default: 128, as in Microsoft's sample."""
    queue_wait_seconds: int | None = Field(default=None, ge=0, le=_LIMITS["requestTimeoutSeconds"])
    """Optional. How long a request may wait for its turn. Default: 60, as in Microsoft's sample."""
    liveness_probe: ProbeSettings | None = None
    """Optional. When the container is taken for alive. Default: fit for large models."""
    readiness_probe: ProbeSettings | None = None
    """Optional. When the container gets requests. Default: fit for large models."""
    public_network_egress: bool | None = None
    """Optional. Whether the container reaches public networks. Default: true, with the profile `protected` false."""
    environment_variables: dict[str, TextOrSecret] = Field(default_factory=dict)
    """Optional. Variables for the container, such as TENSOR_PARALLEL. A value may be a secret
    (`pulumi config set --secret --path`): it is then one in the state too, though Azure shows it to whoever reads
    the deployment."""
    autoscale: AutoscaleSettings | None = None
    """Optional. Lets the number of instances follow the load. Default: `instances`, always."""

    @field_validator("model")
    @classmethod
    def _on_managed_compute(cls, model: Model) -> Model:
        if model.managed_compute is None:
            raise ValueError(f"{model.name} is not deployed on managed compute: {back_end_hint(model)}")
        return model

    @field_validator("vm_size")
    @classmethod
    def _fits(cls, vm_size: str, info: ValidationInfo) -> str:
        model = info.data.get("model")  # absent where it is wrong itself
        problem = None if model is None else vm_size_problem(model, vm_size, judging_date(info))
        if problem is not None:
            raise ValueError(problem)
        return vm_size

    @field_validator("version")
    @classmethod
    def _is_number(cls, version: str | None) -> str | None:
        if version is not None and not version.isdecimal():
            raise ValueError(f"{version!r} is not a version: write the registry's number, such as 27")
        return version

    @model_validator(mode="after")
    def _version_known(self) -> Self:
        if self.version is None and self.model.registry_version is None:
            raise ValueError(
                f"version is missing, and the catalogue knows none of {self.model.name}; look it up in the registry"
            )
        return self

    @model_validator(mode="after")
    def _instances_within_autoscale(self) -> Self:
        scale = self.autoscale
        is_said = "instances" in self.model_fields_set
        if scale is not None and is_said and not scale.minimum <= self.instances <= scale.maximum:
            raise ValueError(
                f"instances {self.instances} is outside autoscale, {scale.minimum} to {scale.maximum}: "
                "change one of them, or leave instances out"
            )
        return self

    @property
    def first_instances(self) -> int:
        """How many virtual machines the deployment begins with."""
        scale = self.autoscale
        return self.instances if scale is None else max(self.instances, scale.minimum)

    @property
    def model_version(self) -> str:
        """The version to deploy."""
        return self.version or self.model.registry_version or ""

    @property
    def model_id(self) -> str:
        """The registry id with its version, which managed compute wants."""
        return f"{self.model.registry_model_id}/versions/{self.model_version}"


class ManagedEndpointSettings(Frozen):
    """An online endpoint and its deployments: one URI and one pair of keys for all of them."""

    name: OnlineEndpointName | None = None
    """Optional. The endpoint's name, unique in its Azure region. Default: derived from the key of this section."""
    existing: OnlineEndpointName | None = None
    """Optional. The name of an endpoint of the project that is there; the stack adds deployments and sets traffic."""
    auth_mode: ManagedAuthMode = ManagedAuthMode.KEY
    """Optional. Key, AMLToken or AADToken (Microsoft Entra ID). Default: Key."""
    public_network_access: bool | None = None
    """Optional. Whether the endpoint is reached from public networks. Default: true, with the profile `protected`
    false."""
    shared_quota: bool = False
    """Optional. Whether to use Azure's shared quota; Azure deletes the endpoint after 168 hours. Default: false."""
    description: str | None = None
    """Optional. What people read of the endpoint."""
    identity: ResourceId | None = None
    """Optional. A user-assigned identity that the deployments act as. Default: the endpoint's own."""
    other_traffic: dict[OnlineDeploymentName, Percent] = Field(default_factory=dict)
    """Optional. With `existing`: by name, the shares of deployments that somebody else made, in percent. They count
    towards the 100. Default: none. Where no deployment has a share, the stack leaves the endpoint's traffic alone."""
    expected_tokens_per_day: TokensPerDay | None = None
    """Optional. What callers are expected to use in a day, by `input` and `output`: the estimate of the cost counts
    with it. Default: not known."""
    deployments: dict[OnlineDeploymentName, ManagedDeploymentSettings] = Field(
        max_length=_LIMITS["deploymentsPerEndpoint"]
    )
    """Required. By deployment name: the deployments, such as blue and green. With none, `{}`, the endpoint answers
    nobody."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [
            self._existing_problem(),
            traffic_problem(self.traffic),
            mirror_problem(self.mirror, self.traffic),
            self._content_safety_problem(),
            self._shared_quota_problem(),
        ]
        told = [problem for problem in problems if problem is not None]
        if told:
            raise ValueError("; ".join(told))
        return self

    def _existing_problem(self) -> str | None:
        both = sorted(self.other_traffic.keys() & self.deployments.keys())
        if both:
            return f"{', '.join(both)} stands in deployments and in otherTraffic; remove one of them"
        if self.existing is None:
            other = "otherTraffic is for an existing endpoint, a new one has no other deployments; remove it"
            return other if self.other_traffic else None
        fixed = self.model_fields_set & {"name", "public_network_access", "shared_quota", "identity", "description"}
        keys = ", ".join(sorted(type(self).model_fields[key].alias or key for key in fixed))
        return f"{keys} cannot be set on an existing endpoint; remove them, or remove existing" if fixed else None

    def _content_safety_problem(self) -> str | None:
        asking = [name for name, one in self.deployments.items() if one.content_safety is not None]
        if not asking or self.identity is not None or self.existing is not None:
            return None
        return f"contentSafety of {', '.join(asking)} asks the account as an identity of the endpoint: give identity"

    def _shared_quota_problem(self) -> str | None:
        unshared = [name for name, one in self.deployments.items() if not _shares_quota(one)]
        if not self.shared_quota or not unshared:
            return None
        return f"sharedQuota is not offered for the model of {', '.join(unshared)}; remove sharedQuota"

    @property
    def traffic(self) -> dict[str, int]:
        """By deployment name: its share of the requests, in percent; those of others included."""
        return {name: deployment.traffic for name, deployment in self.deployments.items()} | self.other_traffic

    @property
    def sets_traffic(self) -> bool:
        """Whether the stack sets the endpoint's traffic: that of a new endpoint always."""
        if not self.deployments and not self.other_traffic:
            return False
        return self.existing is None or any(self.traffic.values()) or bool(self.mirror)

    @property
    def mirror(self) -> dict[str, int]:
        """By deployment name: the share of requests copied to it, in percent; only where there is one."""
        return {name: deployment.mirror for name, deployment in self.deployments.items() if deployment.mirror}


def _shares_quota(deployment: ManagedDeploymentSettings) -> bool:
    facts = deployment.model.managed_compute
    return facts is not None and facts.shared_quota
