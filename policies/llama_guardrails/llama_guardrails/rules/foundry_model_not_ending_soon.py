"""Rule: the model of a Foundry deployment does not end soon."""

from collections.abc import Iterator

from pydantic import Field

from llama_azure_core.catalogue import lifecycle_refusal
from llama_azure_core.lifecycle import NOTICE_DAYS, deployment_ends, model_ends, model_of_row, remedy_at_end
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import MODEL, deployed
from llama_guardrails.view import NotApplicable


class FoundryNotice(Options):
    """The options of the rule."""

    days: int = Field(default=NOTICE_DAYS, ge=1)
    """How many days before a model, a version or a SKU ends to say so. Default: 90, the notice that Microsoft gives."""


def _check(case: Case[FoundryNotice]) -> Iterator[Problem]:
    on, found = case.context.on, deployed(case.resource)
    model = model_of_row(found.row)
    if model is not None and lifecycle_refusal(model, on) is not None:
        raise NotApplicable("it has ended: LLA-MOD-014 says so")
    ends = [*deployment_ends(found.row, found.version, found.sku), *(model_ends(model) if model is not None else ())]
    # A day that a third party names may have passed without Azure's saying so: that is told until Azure names one.
    near = [end for end in ends if end.is_near(on, case.options.days)]
    near += [end for end in (model_ends(model) if model is not None else ()) if end.has_come(on)]
    for end in near:
        yield Problem(MODEL, f"{end.told(on)}. {remedy_at_end(found.row, found.version, on)}.")


RULE = Rule(
    id="LLA-MOD-015",
    name="foundry-model-not-ending-soon",
    title="A Foundry deployment's model, version and SKU do not end within the notice period.",
    why="Prompts are tuned to a model; a move takes longer than Microsoft's notice if nobody reads the notice.",
    remedy="Plan the move to one of the models that remain; refresh-catalogue reads the days anew from Azure.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    options=FoundryNotice,
    check=_check,
    sources=("S8a", "S8b", "S9"),
    always_shown=True,
)
