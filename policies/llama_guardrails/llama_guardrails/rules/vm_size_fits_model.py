"""Rule: a VM size can serve its model."""

from collections.abc import Iterator

from llama_azure_core.managed_compute import vm_size_problem
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import MANAGED_MODEL, llama
from llama_guardrails.view import NotApplicable

_SIZE = "properties.instanceType"


def _check(case: Case[Options]) -> Iterator[Problem]:
    size = case.resource.text(_SIZE)
    if not size:
        raise NotApplicable("no VM size is given")
    problem = vm_size_problem(llama(case.resource, MANAGED_MODEL), size, case.context.on)
    if problem is not None:
        yield Problem(_SIZE, f"{problem}.")


RULE = Rule(
    id="LLA-CMP-001",
    name="vm-size-fits-model",
    title="A managed deployment's VM size can hold its model and is not retired.",
    why=(
        "A model whose weights do not fit into the GPUs of a size fails after most of an hour of loading, and Azure "
        "bills the hour. The sizes are those of the registry's model specification, or larger ones."
    ),
    remedy="Take one of the sizes in the message, or a larger one.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S12", "S24", "S42"),
    example=Example(ONLINE_DEPLOYMENT, _SIZE, good="Standard_NC48ads_A100_v4", bad="Standard_NC4as_T4_v3"),
)
