"""Deployments of managed compute: a model on virtual machines, behind an online endpoint."""

import datetime as dt

from llama_azure_core.catalogue import REGISTRY_PREFIX, Model, model_of_registry_id
from llama_azure_core.managed_compute import vm_size_problem
from llama_azure_core.naming import NameKind
from llama_azure_core.quota import find_vm_size
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import ONLINE_DEPLOYMENT
from llama_azure_sandbox.arm.errors import ArmError, user_error
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.providers.machine_learning_services.inferencing import inferencing_refusal
from llama_azure_sandbox.arm.providers.machine_learning_services.names import require_name
from llama_azure_sandbox.arm.providers.machine_learning_services.quota_use import (
    core_quota,
    cores_used,
    deployment_cores,
    family_of,
    instances,
)
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_REGISTRIES = "azureml://registries/"
_STEPS = ("SystemSetup", "UserContainerImagePull", "ModelDownload", "UserContainerStart")
_MANAGED = "Managed"
_SERVER = "inference-server"


def _get_logs(request: ActionRequest) -> ArmAnswer:
    """Answer with the lines that Azure begins a deployment's logs with; what a container writes is not played."""
    containers = {"inferenceserver": _SERVER, "storageinitializer": "storage-initializer"}
    asked = str(request.body.get("containerType") or "InferenceServer")
    container = containers.get(asked.lower())
    if container is None:
        raise inferencing_refusal(
            "ContainerType", f"containerType is {asked!r}: give InferenceServer or StorageInitializer."
        )
    resource = request.resource
    made = resource.body.get("systemData", {}).get("createdAt") or dt.datetime.fromtimestamp(0, dt.UTC).isoformat()
    name = resource.name
    last = "Server is ready to serve" if container == _SERVER else "Model is downloaded"
    lines = [
        "Instance status:",
        *(f"{step}: Succeeded" for step in _STEPS),
        "",
        "Container events:",
        f"Kind: Pod, Name: Downloading, Type: Normal, Time: {made}, Message: Start downloading models",
        f"Kind: Pod, Name: Started, Type: Normal, Time: {made}, Message: Started container {container}",
        "",
        "Container logs:",
        f"{made} {name} {container}: {last}",
    ]
    tail = request.body.get("tail")
    return ArmAnswer(200, {"content": "\n".join(lines[-tail:] if isinstance(tail, int) and tail > 0 else lines) + "\n"})


_ACTIONS = {"getlogs": _get_logs}


class OnlineDeployment(ResourceType):
    """A model on virtual machines, behind an online endpoint."""

    needs_location = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        region = normalise_region(str(request.parent.body["location"]))
        require_name(NameKind.ONLINE_DEPLOYMENT, request, region)
        if normalise_region(str(request.body["location"])) != region:
            raise inferencing_refusal("Location", f"A deployment lies in the region of its endpoint, {region}.")
        compute = str(request.properties.get("endpointComputeType") or _MANAGED)
        if compute.lower() != _MANAGED.lower():
            raise inferencing_refusal(
                "EndpointComputeType",
                f"endpointComputeType is {compute!r}: an endpoint without a cluster takes {_MANAGED}.",
            )
        model = _deployed_model(request)
        if model is not None:
            problem = vm_size_problem(model, str(request.properties.get("instanceType")), request.world.as_of)
            if problem is not None:
                raise inferencing_refusal("VmSize", f"{problem}.")
        _require_instances(request, model)
        if request.existing is None:
            _require_place(request, region)
        _require_cores(request, region)

    def check_delete(self, request: DeleteRequest) -> None:
        endpoint = request.world.store.resource(str(request.resource.parent))
        traffic = {} if endpoint is None else endpoint.body["properties"].get("traffic") or {}
        share = next((share for name, share in traffic.items() if name.lower() == request.id.name.lower()), 0)
        if share:
            # The words are this sandbox's.
            raise user_error(
                f"The deployment {request.id.name} has {share} percent of its endpoint's traffic. Give the traffic to "
                "other deployments, then delete it.",
                "BadRequest",
                region=str(request.resource.body["location"]),
            )

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        # azure-ai-ml does not read a deployment without scale settings, whatever was sent.
        return {"scaleSettings": {"scaleType": "Default", **resource.body["properties"].get("scaleSettings", {})}}


def _deployed_model(request: PutRequest) -> Model | None:
    """Return the catalogue's model that is deployed; ``None`` for a model of one's own or of another registry."""
    given = request.properties.get("model")
    model_id = str((given or {}).get("assetId", "") if isinstance(given, dict) else given or "")
    if model_id.lower().startswith(_REGISTRIES) and not _has_version(model_id):
        raise inferencing_refusal(
            "Model", f"The model id {model_id} names no version: managed compute takes the id with /versions/<version>."
        )
    model = model_of_registry_id(model_id)
    if model is None and model_id.lower().startswith(REGISTRY_PREFIX):
        raise inferencing_refusal("Model", f"The model {model_id} was not found.")
    if model is not None:
        _require_version(model, model_id)
    return model


def _require_version(model: Model, model_id: str) -> None:
    """Refuse a version above the newest that is known; ``/labels/`` are left to the registry."""
    _, found, version = model_id.lower().partition("/versions/")
    newest = model.registry_version
    if found and newest is not None and not (version.isdecimal() and 1 <= int(version) <= int(newest)):
        raise inferencing_refusal(
            "Model", f"The model {model.name} has no version {version}: the newest that is known is {newest}."
        )


def _has_version(model_id: str) -> bool:
    return "/versions/" in model_id.lower() or "/labels/" in model_id.lower()


def _require_instances(request: PutRequest, model: Model | None) -> None:
    sku = request.body.get("sku")
    if (
        not isinstance(sku, dict)
        or not isinstance(sku.get("capacity", 1), int)
        or isinstance(sku.get("capacity"), bool)
    ):
        raise inferencing_refusal("Sku", "A deployment needs a sku with its name and its capacity, a whole number.")
    asked = instances(request.body)
    least = model.managed_compute.min_instances if model is not None and model.managed_compute is not None else 1
    most = request.world.settings.limit("instancesPerDeployment")
    if not least <= asked <= most:
        raise inferencing_refusal("Capacity", f"The deployment asks for {asked} instances: give {least} to {most}.")


def _require_place(request: PutRequest, region: str) -> None:
    """Refuse one deployment more than the endpoint, or the subscription in the region, may have."""
    store = request.world.store
    beside = store.count_children(str(request.id.parent_key), ONLINE_DEPLOYMENT)
    everywhere = store.count_marked(Mark.REGION, region, ONLINE_DEPLOYMENT)
    for used, limit, where in (
        (beside, "deploymentsPerEndpoint", f"endpoint {request.parent.name}"),
        (everywhere, "deploymentsPerRegion", f"subscription {SUBSCRIPTION_ID}"),
    ):
        most = request.world.settings.limit(limit)
        if used >= most:
            raise ArmError(  # after the words for endpoints of source S82
                400,
                "InferencingClientCallFailed",
                f"Deployment Quota reached for {where}.Current usage/limit: {used}/{most}."
                "Please clean up existing deployments and try again",
            )


def _require_cores(request: PutRequest, region: str) -> None:
    """Refuse what the region's quota of the VM family has no cores for, in the words of source S46."""
    family = family_of(request.body)
    if family is None:
        return
    needed = deployment_cores(request.body)
    before = 0 if request.existing is None else deployment_cores(request.existing.body)
    used, quota = cores_used(request.world, region, family), core_quota(request.world, region, family)
    if needed > before and used - before + needed > quota:
        size = find_vm_size(str(request.properties.get("instanceType"))).name
        raise inferencing_refusal(
            "VmSize",
            f"Not enough quota available for {size} in SubscriptionId {SUBSCRIPTION_ID}. Current usage/limit: "
            f"{used}/{quota}. Additional needed: {needed - before} Please see troubleshooting guide, available here: "
            "https://aka.ms/oe-tsg#error-outofquota",
        )
