"""Core quota of managed compute: what a region grants each VM family, and what its deployments take."""

from llama_azure_core.quota import cores_needed, vm_sizes
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import ONLINE_DEPLOYMENT
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_NAMESPACE = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.MachineLearningServices"


def core_quota(world: World, region: str, family: str) -> int:
    """Return the cores that the subscription has of a family in a region."""
    wanted = f"{normalise_region(region)}/{family}".lower()
    quotas = {name.lower(): cores for name, cores in world.settings.core_quotas.items()}
    return quotas.get(wanted, world.settings.default_core_quota)


def cores_used(world: World, region: str, family: str, *, besides: str = "") -> int:
    """Return the cores that the deployments of a region take, leaving out the one filed under ``besides``."""
    return sum(
        deployment_cores(deployment.body)
        for deployment in world.store.marked(Mark.REGION, normalise_region(region), ONLINE_DEPLOYMENT)
        if deployment.key != besides and family_of(deployment.body) == family
    )


def deployment_cores(body: Json) -> int:
    """Return the quota that a deployment takes, in cores; nothing for a size that is not known."""
    size = vm_sizes().get(str((body.get("properties") or {}).get("instanceType")).casefold())
    return 0 if size is None else cores_needed(size, instances(body))


def family_of(body: Json) -> str | None:
    """Return the VM family of a deployment, where its size is known."""
    size = vm_sizes().get(str((body.get("properties") or {}).get("instanceType")).casefold())
    return None if size is None else size.family


def instances(body: Json) -> int:
    """Return how many instances a deployment asks for."""
    capacity = (body.get("sku") or {}).get("capacity")
    return 1 if capacity is None else int(capacity)


def _usages(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_usage(world, path["location"], family) for family in _families()]})


def _quotas(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    region = normalise_region(path["location"])
    return ArmAnswer(
        200,
        {
            "value": [
                {
                    "id": f"{_NAMESPACE}/locations/{region}/quotas/{family}",
                    "type": "Microsoft.MachineLearningServices/quotas",
                    "limit": core_quota(world, region, family),
                    "unit": "Count",
                    "name": {"value": family, "localizedValue": f"{family} vCPUs"},
                }
                for family in _families()
            ]
        },
    )


def _vm_sizes(world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    """Answer with the sizes that are there on the sandbox's date; memory and disks are not known here.

    azure-mgmt-machinelearningservices 1.0 looks for them in ``amlCompute``, azure-ai-ml in ``value``.
    """
    sizes = _sizes_on(world)
    return ArmAnswer(200, {"value": sizes, "amlCompute": sizes})


def _sizes_on(world: World) -> list[Json]:
    on = world.as_of
    return [
        {
            "name": size.name,
            "family": size.family,
            "vCPUs": size.cores,
            "gpus": size.gpus,
            "lowPriorityCapable": False,
            "premiumIO": True,
            "supportedComputeTypes": ["ComputeInstance", "AmlCompute"],
        }
        for size in vm_sizes().values()
        if size.retired is None or on < size.retired
    ]


_AT = "/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices/locations/{location}"
QUOTA_PATHS = (
    PathRow("GET", f"{_AT}/usages", _usages),
    PathRow("GET", f"{_AT}/quotas", _quotas),
    PathRow("GET", f"{_AT}/vmSizes", _vm_sizes),
)


def _families() -> list[str]:
    return list(dict.fromkeys(size.family for size in vm_sizes().values()))


def _usage(world: World, region: str, family: str) -> Json:
    return {
        "id": f"{_NAMESPACE}/locations/{normalise_region(region)}/usages/{family}",
        "type": "Microsoft.MachineLearningServices/usages",
        "unit": "Count",
        "currentValue": cores_used(world, region, family),
        "limit": core_quota(world, region, family),
        "name": {"value": family, "localizedValue": f"{family} vCPUs"},
    }
