"""Models on managed compute: online endpoints and their deployments."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import Model
from llama_azure_core.managed_compute import back_end_hint, vm_size_problem
from llama_azure_core.quota import UnknownVmSizeError, find_vm_size, vm_sizes
from llama_azure_core.settings._section import (
    CatalogueModel,
    OnlineDeploymentName,
    OnlineEndpointName,
    Section,
    judging_date,
)
from llama_azure_core.traffic import mirror_problem, traffic_problem

_LIMITS = load_facts("limits")["onlineEndpoints"]


class ManagedAuthMode(StrEnum):
    """How callers of an online endpoint sign in."""

    KEY = "Key"
    AML_TOKEN = "AMLToken"  # noqa: S105 - a mode, not a token
    AAD_TOKEN = "AADToken"  # noqa: S105


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
    Field(json_schema_extra={"examples": [size.name for size in vm_sizes().values()]}),
]
Percent = Annotated[int, Field(ge=0, le=100)]


class AutoscaleSettings(Section):
    """How the number of instances follows the load."""

    minimum: int = Field(ge=1, le=_LIMITS["instancesPerDeployment"])
    """Required. The fewest instances."""
    maximum: int = Field(ge=1, le=_LIMITS["instancesPerDeployment"])
    """Required. The most instances."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is more than maximum {self.maximum}: swap or change them")
        return self


class ManagedDeploymentSettings(Section):
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
    content_safety: bool = True
    """Optional. Whether Azure AI Content Safety filters prompts and completions. Default: true."""
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
            raise ValueError(f"{version!r} is no version: write the registry's number, such as 27")
        return version

    @model_validator(mode="after")
    def _version_known(self) -> Self:
        if self.version is None and self.model.registry_version is None:
            raise ValueError(
                f"version is missing, and the catalogue knows none of {self.model.name}; look it up in the registry"
            )
        return self

    @property
    def model_version(self) -> str:
        """The version to deploy."""
        return self.version or self.model.registry_version or ""

    @property
    def model_id(self) -> str:
        """The registry id with its version, which managed compute wants."""
        return f"{self.model.registry_model_id}/versions/{self.model_version}"


class ManagedEndpointSettings(Section):
    """An online endpoint and its deployments: one URI and one pair of keys for all of them."""

    name: OnlineEndpointName | None = None
    """Optional. The endpoint's name, unique in its Azure region. Default: derived from the key of this section."""
    existing: OnlineEndpointName | None = None
    """Optional. The name of an endpoint of the project that is there; the stack adds deployments and sets traffic."""
    auth_mode: ManagedAuthMode = ManagedAuthMode.KEY
    """Optional. Key, AMLToken or AADToken (Microsoft Entra ID). Default: Key."""
    public_network_access: bool = True
    """Optional. Whether the endpoint is reached from public networks. Default: true."""
    shared_quota: bool = False
    """Optional. Whether to use Azure's shared quota; Azure deletes the endpoint after 168 hours. Default: false."""
    deployments: dict[OnlineDeploymentName, ManagedDeploymentSettings] = Field(
        min_length=1, max_length=_LIMITS["deploymentsPerEndpoint"]
    )
    """Required. By deployment name: the deployments, such as blue and green."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.existing is not None:
            fixed = self.model_fields_set & {"name", "auth_mode", "public_network_access", "shared_quota"}
            if fixed:
                keys = ", ".join(sorted(type(self).model_fields[key].alias or key for key in fixed))
                raise ValueError(f"{keys} cannot be set on an existing endpoint; remove them, or remove existing")
        for problem in (traffic_problem(self.traffic), mirror_problem(self.mirror, self.traffic)):
            if problem is not None:
                raise ValueError(problem)
        unshared = [name for name, one in self.deployments.items() if not _shares_quota(one)]
        if self.shared_quota and unshared:
            raise ValueError(f"sharedQuota is not offered for the model of {', '.join(unshared)}; remove sharedQuota")
        return self

    @property
    def traffic(self) -> dict[str, int]:
        """By deployment name: its share of the requests, in percent."""
        return {name: deployment.traffic for name, deployment in self.deployments.items()}

    @property
    def mirror(self) -> dict[str, int]:
        """By deployment name: the share of requests copied to it, in percent; only where there is one."""
        return {name: deployment.mirror for name, deployment in self.deployments.items() if deployment.mirror}


def _shares_quota(deployment: ManagedDeploymentSettings) -> bool:
    facts = deployment.model.managed_compute
    return facts is not None and facts.shared_quota
