"""Core quota of managed compute: what a region grants each VM family, and what its deployments take."""

from llama_azure_core.quota import cores_needed, vm_sizes
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import ONLINE_DEPLOYMENT
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.store import Json, StoredResource
from sandbox.arm.world import SUBSCRIPTION_ID, World


def core_quota(world: World, region: str, family: str) -> int:
    """Return the cores that the subscription has of a family in a region."""
    wanted = f"{normalise_region(region)}/{family}".lower()
    quotas = {name.lower(): cores for name, cores in world.settings.core_quotas.items()}
    return quotas.get(wanted, world.settings.default_core_quota)


def cores_used(world: World, region: str, family: str, *, besides: str = "") -> int:
    """Return the cores that the deployments of a region take, leaving out the one filed under ``besides``."""
    return sum(
        deployment_cores(deployment.body)
        for deployment in world.store.of_type(ONLINE_DEPLOYMENT)
        if deployment.key != besides and _is_in(deployment, region) and family_of(deployment.body) == family
    )


def deployment_cores(body: Json) -> int:
    """Return the quota that a deployment takes, in cores; nothing for a size that is not known."""
    size = vm_sizes().get(str(body["properties"].get("instanceType")).casefold())
    return 0 if size is None else cores_needed(size, instances(body))


def family_of(body: Json) -> str | None:
    """Return the VM family of a deployment, where its size is known."""
    size = vm_sizes().get(str(body["properties"].get("instanceType")).casefold())
    return None if size is None else size.family


def instances(body: Json) -> int:
    """Return how many instances a deployment asks for."""
    return int((body.get("sku") or {}).get("capacity") or 1)


def answer_usages(world: World, request: ArmRequest) -> ArmAnswer | None:
    """Answer how much of each family's quota is used in a region; ``None`` if the request is about something else."""
    match request.method, request.segments:
        case "GET", [
            "subscriptions",
            _,
            "providers",
            "microsoft.machinelearningservices",
            "locations",
            region,
            "usages",
        ]:
            families = dict.fromkeys(size.family for size in vm_sizes().values())
            return ArmAnswer(200, {"value": [_usage(world, region, family) for family in families]})
    return None


def _usage(world: World, region: str, family: str) -> Json:
    namespace = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.MachineLearningServices"
    return {
        "id": f"{namespace}/locations/{normalise_region(region)}/usages/{family}",
        "type": "Microsoft.MachineLearningServices/usages",
        "unit": "Count",
        "currentValue": cores_used(world, region, family),
        "limit": core_quota(world, region, family),
        "name": {"value": family, "localizedValue": f"{family} vCPUs"},
    }


def _is_in(deployment: StoredResource, region: str) -> bool:
    return normalise_region(str(deployment.body["location"])) == normalise_region(region)
