"""Rule: a model does not end soon."""

from collections.abc import Iterator

from pydantic import Field

from llama_azure_core.catalogue import lifecycle_refusal
from llama_azure_core.lifecycle import NOTICE_DAYS, model_ends
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import SERVERLESS_MODEL, llama
from llama_guardrails.view import NotApplicable


class Notice(Options):
    """The options of the rule."""

    days: int = Field(default=NOTICE_DAYS, ge=1)
    """How many days before a model ends to say so. Default: 90, the notice that Microsoft gives."""


def _check(case: Case[Notice]) -> Iterator[Problem]:
    model, on = llama(case.resource, SERVERLESS_MODEL), case.context.on
    if lifecycle_refusal(model, on) is not None:
        raise NotApplicable("it has ended: LLA-MOD-003 says so")
    for end in model_ends(model):
        if end.is_near(on, case.options.days):
            yield Problem(SERVERLESS_MODEL, f"{end.told(on)}.")


RULE = Rule(
    id="LLA-MOD-004",
    name="serverless-model-not-ending-soon",
    title="A serverless endpoint's model is neither deprecated nor retired within the notice period.",
    why="Prompts are tuned to a model; a move takes longer than Microsoft's notice if nobody reads the notice.",
    remedy="Plan the move to one of the models that remain.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(SERVERLESS_ENDPOINT,),
    options=Notice,
    check=_check,
    sources=("S8a", "S8b", "S9"),
    always_shown=True,
)
