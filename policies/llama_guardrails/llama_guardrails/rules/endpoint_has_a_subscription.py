"""Rule: a project has subscribed to the offers of the models that it deploys."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._model import SERVERLESS_MODEL, llama
from llama_guardrails.rules._subscriptions import subscriptions
from llama_guardrails.view import NotApplicable


class Subscribed(Options):
    """The options of the rule."""

    subscribed_elsewhere: tuple[str, ...] = ()
    """Subscriptions that somebody made already, as `project/model`; `*` stands for any characters. Default: none."""


def _check(case: Case[Subscribed]) -> Iterator[Problem]:
    model = llama(case.resource, SERVERLESS_MODEL)
    if not model.needs_subscription:
        raise NotApplicable("the model needs no subscription")
    if any(True for _ in subscriptions(case.estate, case.resource, model)):
        return
    project = case.resource.text("workspaceName") or ""
    if not any(fnmatchcase(f"{project}/{model.name}", one) for one in case.options.subscribed_elsewhere):
        yield Problem(SERVERLESS_MODEL, f"The stack does not subscribe the project to the offer of {model.name}.")


RULE = Rule(
    id="LLA-MOD-010",
    name="endpoint-has-a-subscription",
    title="A project has subscribed to the offer of each Marketplace model that it deploys.",
    why=(
        "Each project subscribes once to each offer; without that Azure refuses the endpoint. Where somebody else has "
        "subscribed, the stack cannot show it: say so in the configuration."
    ),
    remedy="Add a MarketplaceSubscription, or list the project and the model under subscribedElsewhere.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(SERVERLESS_ENDPOINT,),
    when=When.STACK,
    options=Subscribed,
    check=_check,
    sources=("S0", "S3", "S4"),
)
