"""PF-QTA-001: the region has cores for the virtual machines, and for what Azure keeps free beside them."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from llama_azure_core.quota import cores_needed, find_vm_size
from llama_azure_core.settings import ManagedDeploymentSettings
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.findings import Verdict, failed, passed, warned
from preflight.questions import OnlineDeployments, SubscriptionResources, Usages
from preflight.questions.subscription import Usage, family_key
from preflight.wishes import Online, ProjectWish, Wishes

_REMEDY = "ask for quota of the family (ml.azure.com, Quota), take fewer instances or another VM size, or free some"


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each VM family of which the stack's deployments take cores of their own."""
    for family in sorted({find_vm_size(one.vm_size).family for *_, one in _deployments(wishes)}):
        yield Case(f"{family} in {wishes.region}", partial(judge, wishes, family))


def judge(wishes: Wishes, family: str, answers: Answers) -> Verdict:
    """A deployment takes its cores and those of a fifth of its instances more, unless its size is exempt (S23)."""
    there = {one.id.casefold() for one in answers.of(SubscriptionResources())}
    endpoints = {f"{project.id}/onlineEndpoints/{online.name}" for project, online, _, _ in _deployments(wishes)}
    existing = sorted(one for one in endpoints if one.casefold() in there)
    usages, held = _usages_and_deployments(wishes, existing, answers)
    wanted, most = _cores(wishes, family, held)
    usage = usages.get(family_key(family))
    if usage is None:
        return failed(f"Azure lists no quota of {family} in {wishes.region}: its limit is 0", _REMEDY)
    free = usage.limit - usage.used
    said = f"{wanted} more cores are needed, {free} of {usage.limit} are free ({usage.used} in use by all deployments)"
    if wanted > free:
        return failed(said, _REMEDY)
    if most > free:
        return warned(f"{said}; autoscale may grow to {most}", _REMEDY)
    return passed(said)


def _cores(wishes: Wishes, family: str, held: dict[str, dict[str, int]]) -> tuple[int, int]:
    """Return the cores that are needed beside what is held already: now, and at the most that autoscale allows."""
    wanted = most = 0
    for project, online, name, deployment in _deployments(wishes):
        size = find_vm_size(deployment.vm_size)
        if size.family != family:
            continue
        now = held[f"{project.id}/onlineEndpoints/{online.name}".casefold()].get(name.casefold(), 0)
        instances = deployment.instances
        ceiling = deployment.autoscale.maximum if deployment.autoscale else instances
        wanted += max(0, cores_needed(size, instances) - now)
        most += max(0, cores_needed(size, max(instances, ceiling)) - now)
    return wanted, most


def _usages_and_deployments(
    wishes: Wishes, endpoints: list[str], answers: Answers
) -> tuple[dict[str, Usage], dict[str, dict[str, int]]]:
    """Return the quota, and the cores held by deployment name of each endpoint that is there."""
    usages, *found = answers.all_of([Usages(wishes.region), *map(OnlineDeployments, endpoints)])
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for endpoint, deployments in zip(endpoints, found, strict=True):
        for one in deployments:
            held[endpoint.casefold()][one.name.casefold()] = cores_needed(find_vm_size(one.vm_size), one.instances)
    return usages, held


def _deployments(wishes: Wishes) -> Iterator[tuple[ProjectWish, Online, str, ManagedDeploymentSettings]]:
    for project in wishes.projects:
        for online in project.online:
            if not online.shared_quota:
                for name, deployment in online.deployments.items():
                    yield project, online, name, deployment


CHECK = Check(
    id="PF-QTA-001",
    title="Cores for managed compute",
    asks="The core quota of Azure Machine Learning in the region, what all deployments use of it, and what the stack's "
    "own use already.",
    remedy=_REMEDY,
    questions=(SubscriptionResources, Usages, OnlineDeployments),
    cases=cases,
)
