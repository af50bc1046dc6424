"""Rule: a deployment's request timeout is one that Azure accepts."""

import re
from collections.abc import Iterator

from llama_azure_core._facts import load_facts
from llama_guardrails.resource_types import ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable

_TIMEOUT = "properties.requestSettings.requestTimeout"
_MOST: int = load_facts("limits")["onlineEndpoints"]["requestTimeoutSeconds"]
_DURATION = re.compile(r"PT(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?")


def _check(case: Case[Options]) -> Iterator[Problem]:
    text = case.resource.text(_TIMEOUT)
    if text is None:
        raise NotApplicable("no timeout is given")
    found = _DURATION.fullmatch(text)
    if found is None or text == "PT":
        yield Problem(_TIMEOUT, "The timeout is not a duration of hours, minutes and seconds, such as PT90S.")
    elif _seconds(found) > _MOST:
        yield Problem(_TIMEOUT, f"The timeout is longer than the {_MOST} seconds that managed compute allows.")


def _seconds(found: re.Match[str]) -> float:
    parts = {unit: float(value or 0) for unit, value in found.groupdict().items()}
    return parts["hours"] * 3600 + parts["minutes"] * 60 + parts["seconds"]


RULE = Rule(
    id="LLA-CMP-007",
    name="deployment-request-timeout",
    title="A managed deployment's request timeout is at most 180 seconds.",
    why="Azure refuses a longer one; a long answer of a large model has to be streamed or cut.",
    remedy="Set requestTimeout to PT180S or less.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT,),
    options=Options,
    check=_check,
    sources=("S22",),
    example=Example(ONLINE_DEPLOYMENT, _TIMEOUT, good="PT3M", bad="PT5M"),
)
