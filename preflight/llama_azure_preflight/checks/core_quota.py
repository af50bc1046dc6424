"""PF-QTA-001: the region has cores for the virtual machines, and for what Azure keeps free beside them."""

from collections.abc import Iterator, Mapping
from functools import partial

from llama_azure_core.plan import Deployment
from llama_azure_core.plan.capacity import can_be_had
from llama_azure_core.quota import cores_needed, vm_sizes
from llama_azure_core.resource_ids import ResourceId
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed, warned
from llama_azure_preflight.questions import OnlineDeployments, SubscriptionResources, Usages
from llama_azure_preflight.questions.subscription import family_key
from llama_azure_preflight.stack import Stack

_REMEDY = "ask for quota of the family (ml.azure.com, Quota), take fewer instances or another VM size, or free some"


def cases(stack: Stack) -> Iterator[Case]:
    """Each VM family of which the stack's deployments take cores of their own."""
    for family in sorted({one.vm_size.family for one in _deployments(stack)}):
        yield Case(f"{family} in {stack.plan.region}", partial(judge, stack, family))


def judge(stack: Stack, family: str, answers: Answers) -> Verdict:
    """A deployment takes its cores and those of a fifth of its instances more, unless its size is exempt (S23)."""
    usage = answers.of(Usages(stack.plan.region)).get(family_key(family))
    if usage is None:
        return failed(f"Azure lists no quota of {family} in {stack.plan.region}: its limit is 0", _REMEDY)
    free = usage.limit - usage.used
    wanted, most = _cores(stack, family, {})
    if most > free:  # only then does it matter what the stack's own deployments hold already
        wanted, most = _cores(stack, family, _held(stack, answers))
    said = (
        f"up to {most} more cores are needed, {free} of {usage.limit} are free ({usage.used} in use by all deployments)"
    )
    if wanted > free:
        own, _ = _cores(stack, family, {})
        asking = [one for one in stack.plan.endpoints if any(two.vm_size.family == family for two in one.deployments)]
        return failed(f"{said}{can_be_had(asking, own, own - wanted + free)}", _REMEDY)
    return (
        warned(f"{said}: enough for now, not for what autoscale may grow to", _REMEDY) if most > free else passed(said)
    )


def _cores(stack: Stack, family: str, held: Mapping[str, int]) -> tuple[int, int]:
    """Return the cores that are needed beside what is held already: now, and at the most that autoscale allows."""
    wanted = most = 0
    for deployment in _deployments(stack):
        if deployment.vm_size.family == family:
            now = held.get(deployment.id.casefold(), 0)
            wanted += max(0, deployment.cores - now)
            most += max(0, deployment.most_cores - now)
    return wanted, most


def _held(stack: Stack, answers: Answers) -> dict[str, int]:
    """Return the cores that the stack's own deployments hold, by their ids in lower case."""
    there = {one.id.casefold() for one in answers.of(SubscriptionResources())}
    wanted = dict.fromkeys(str(ResourceId.parse(one.id).parent) for one in _deployments(stack))
    endpoints = [endpoint for endpoint in wanted if endpoint.casefold() in there]
    held = {}
    for endpoint, deployments in zip(endpoints, answers.all_of([*map(OnlineDeployments, endpoints)]), strict=True):
        for one in deployments:
            size = vm_sizes().get(one.deployed.vm_size.casefold())
            if size is not None:
                held[f"{endpoint}/deployments/{one.name}".casefold()] = cores_needed(size, one.instances)
    return held


def _deployments(stack: Stack) -> Iterator[Deployment]:
    """Return each deployment on quota of the subscription's own."""
    for endpoint in stack.plan.endpoints:
        if not endpoint.shared_quota:
            yield from endpoint.deployments


CHECK = Check(
    id="PF-QTA-001",
    title="Cores for managed compute",
    asks="The core quota of Azure Machine Learning in the region, what all deployments use of it, and what the stack's "
    "own use already.",
    remedy=_REMEDY,
    questions=(SubscriptionResources, Usages, OnlineDeployments),
    cases=cases,
    hints=(
        Hint(code="OutOfQuota", source=("S25",)),
        Hint(text="Not enough quota available for", source=("S46",)),
        Hint(
            code="SkuNotAvailable",
            remedy=(
                "the region does not offer the VM size, or not to this subscription: `az vm list-skus --location "
                "<region> --size <size> --all` shows the restriction; choose another size or region"
            ),
        ),
    ),
)
