"""PF-MKT-001: the terms of the offers are accepted."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import Model
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, passed, warned
from llama_azure_preflight.questions import Terms
from llama_azure_preflight.stack import Stack

_REMEDY = "az term accept --publisher {publisher} --product {offer} --plan {plan}"


def cases(stack: Stack) -> Iterator[Case]:
    """Each model to whose offer the stack subscribes."""
    offers = {offer.model.name: offer.model for project in stack.plan.projects for offer in project.offers}
    for model in offers.values():
        yield Case(model.name, partial(judge, model))


def judge(model: Model, answers: Answers) -> Verdict:
    """Terms that are not accepted are a warning: Azure accepts them itself where the subscription may buy."""
    offer = model.marketplace
    if offer is None or offer.plan_id is None:
        return warned(
            f"the facts know no Marketplace plan of {model.name}, so that its terms could not be read",
            "nothing, where PF-SUB-002 passes: Azure Machine Learning accepts the terms with the subscription",
        )
    terms = Terms(offer.publisher_id, offer.offer_id, offer.plan_id)
    remedy = _REMEDY.format(publisher=offer.publisher_id, offer=offer.offer_id, plan=offer.plan_id)
    if not answers.of(terms):
        return warned(f"the terms of {offer.offer_id}, plan {offer.plan_id}, are not accepted yet", remedy)
    return passed(f"the terms of {offer.offer_id}, plan {offer.plan_id}, are accepted")


CHECK = Check(
    id="PF-MKT-001",
    title="Marketplace terms",
    asks="Whether the terms of each model's Marketplace plan are accepted in the subscription.",
    remedy=_REMEDY.format(publisher="<publisher>", offer="<offer>", plan="<plan>"),
    questions=(Terms,),
    cases=cases,
    hints=(Hint(text="Plan '[^']*' not found in offer", checks=("PF-SUB-004",), source=("S35",)),),
)
