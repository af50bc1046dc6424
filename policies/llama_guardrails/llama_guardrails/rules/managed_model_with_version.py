"""Rule: a managed deployment pins its model's version."""

import re
from collections.abc import Iterator

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._model import MANAGED_MODEL, model_id

_PINNED = re.compile(r".+(?:/versions/|:)\d+", re.IGNORECASE)


def _check(case: Case[Options]) -> Iterator[Problem]:
    if not _PINNED.fullmatch(model_id(case.resource, MANAGED_MODEL)):
        yield Problem(MANAGED_MODEL, "The model id names no version, or a label such as `latest` that moves.")


RULE = Rule(
    id="LLA-MOD-006",
    name="managed-model-with-version",
    title="A deployment on managed compute names its model with a version.",
    why="Azure refuses a model id without one, and a label lets a redeployment change the model without a review.",
    remedy="End the model id in /versions/<n>.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S12", "S29"),
    example=Example(
        ONLINE_DEPLOYMENT,
        MANAGED_MODEL,
        good=f"{REGISTRY_PREFIX}Llama-2-7b-chat/versions/27",
        bad=f"{REGISTRY_PREFIX}Llama-2-7b-chat/labels/latest",
    ),
)
