"""Rule: the cores of all deployments fit into the quota that the environment declares."""

from collections import defaultdict
from collections.abc import Iterator

from pydantic import Field, NonNegativeInt

from llama_azure_core.quota import UnknownVmSizeError, cores_needed, find_vm_size
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT, ONLINE_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._shared_quota import is_shared
from llama_guardrails.view import NotApplicable, Resource


class Quota(Options):
    """The options of the rule."""

    cores: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """By quota family, such as `standardNCADSA100v4Family`: the cores that the subscription has in the stack's region.
    Default: none is declared, and nothing is added up. Once one is, a family that is not listed has none."""


def _check(case: Case[Quota]) -> Iterator[Problem]:
    if not case.options.cores:
        raise NotApplicable("no quota is configured")
    shared = {
        (endpoint.text("workspaceName"), endpoint.text("endpointName"))
        for endpoint in case.estate.of_type(ONLINE_ENDPOINT)
        if is_shared(endpoint)
    }
    needed: dict[str, int] = defaultdict(int)
    deployments: dict[str, list[Resource]] = defaultdict(list)
    for deployment in case.estate.of_type(ONLINE_DEPLOYMENT):
        if (deployment.text("workspaceName"), deployment.text("endpointName")) in shared:
            continue
        try:
            size = find_vm_size(deployment.text("properties.instanceType") or "")
        except UnknownVmSizeError:
            continue  # LLA-CMP-001 says so
        needed[size.family] += cores_needed(size, deployment.number("sku.capacity") or 1)
        deployments[size.family].append(deployment)
    declared = {family.casefold(): cores for family, cores in case.options.cores.items()}
    for family, cores in needed.items():
        has = declared.get(family.casefold(), 0)
        if cores > has:
            names = ", ".join(one.name for one in deployments[family])
            message = f"{names} take {cores} cores of {family}, upgrades included; {has} are declared."
            yield Problem("properties.instanceType", message, deployments[family][-1].urn)


RULE = Rule(
    id="LLA-CMP-002",
    name="cores-within-quota",
    title="All managed deployments of the stack together fit into the declared core quota.",
    why=(
        "GPU quota is zero until somebody asks for it, and Azure keeps a fifth of the instances, rounded up, free for "
        "upgrades: one instance of most sizes takes the quota of two. Azure says so only when the deployment is made."
    ),
    remedy="Take fewer or smaller instances, or ask for quota and declare it in the configuration.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=Quota,
    check=_check,
    sources=("S22", "S23", "S24", "S46"),
)
