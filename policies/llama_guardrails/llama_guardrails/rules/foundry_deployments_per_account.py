"""Rule: an account has no more deployments than Azure allows."""

from collections import Counter
from collections.abc import Hashable, Iterator

from pydantic import Field

from llama_azure_core.foundry import foundry_limits
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._accounts import account_of


class MostDeployments(Options):
    """The options of the rule."""

    maximum: int = Field(default=foundry_limits()["deploymentsPerAccount"], ge=1)
    """How many deployments an account may have. Default: 32, Azure's limit."""


def _check(case: Case[MostDeployments]) -> Iterator[Problem]:
    most = case.options.maximum
    seen: Counter[Hashable] = Counter()
    for deployment in case.estate.of_type(AI_SERVICES_DEPLOYMENT):
        place = account_of(deployment, case.estate)
        seen[place.key] += 1
        if seen[place.key] == most + 1:
            message = f"It is deployment {most + 1} of its account in this stack; {most} are allowed."
            yield Problem("accountName", message, deployment.urn)


RULE = Rule(
    id="LLA-CMP-014",
    name="foundry-deployments-per-account",
    title="An account has no more deployments than Azure, or the environment, allows.",
    why="Azure refuses the deployment that goes beyond, while those before it stay: half of a change is deployed.",
    remedy="Share deployments, or put some into another account.",
    severity=Severity.LOW,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=MostDeployments,
    check=_check,
    sources=("S203",),
)
