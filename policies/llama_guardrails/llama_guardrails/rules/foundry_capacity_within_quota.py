"""Rule: the capacity of all Foundry deployments fits into the quota that the environment declares."""

from collections import defaultdict
from collections.abc import Iterator

from pydantic import Field, NonNegativeInt

from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._accounts import CAPACITY, deployed
from llama_guardrails.view import NotApplicable, Resource


class CapacityQuota(Options):
    """The options of the rule."""

    capacity: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """By counter, such as `AIServices.GlobalStandard.MaaS`: the units that this stack may take. Default: none is
    declared, and nothing is added up. Once one is, a counter that is not listed has none."""


def _check(case: Case[CapacityQuota]) -> Iterator[Problem]:
    if not case.options.capacity:
        raise NotApplicable("no quota is configured")
    units: dict[str, int] = defaultdict(int)
    takers: dict[str, list[Resource]] = defaultdict(list)
    for deployment in case.estate.of_type(AI_SERVICES_DEPLOYMENT):
        try:
            found = deployed(deployment)
        except NotApplicable:
            continue
        if found.sku is None:
            continue  # LLA-REG-005 says so
        given = deployment.number(CAPACITY)
        units[found.sku.usage_name] += found.sku.capacity.default if given is None else given
        takers[found.sku.usage_name].append(deployment)
    declared = {counter.casefold(): most for counter, most in case.options.capacity.items()}
    for counter, taken in units.items():
        most = declared.get(counter.casefold(), 0)
        if taken > most:
            names = ", ".join(one.name for one in takers[counter])
            yield Problem(CAPACITY, f"{names} take {taken} of {counter}; {most} are declared.", takers[counter][-1].urn)


RULE = Rule(
    id="LLA-CMP-013",
    name="foundry-capacity-within-quota",
    title="All Foundry deployments of the stack together fit into the declared capacity of each counter.",
    why=(
        "Deployments of one counter share it, partners' models even with one another, and most counters are the whole "
        "subscription's: what one stack takes another has not, in whichever region. Azure says so only when the "
        "deployment is made."
    ),
    remedy="Take less capacity, or ask for quota of the counter and declare it in the configuration.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=CapacityQuota,
    check=_check,
    sources=("S201", "S202"),
)
