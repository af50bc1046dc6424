"""Rule: the exemptions in the pack's configuration are in force."""

from collections.abc import Iterator

from llama_guardrails.configuration import GENERAL, GeneralOptions
from llama_guardrails.estate import ROOT
from llama_guardrails.rule import Case, Level, Problem, Rule, Severity, When

_OWN_ID = "LLA-CFG-001"


def _check(case: Case[GeneralOptions]) -> Iterator[Problem]:
    subjects = (ROOT, *case.estate)
    for index, exemption in enumerate(case.options.exemptions):
        path, told = f"exemptions[{index}]", f"The exemption of {exemption.resources} from {exemption.rule}"
        if exemption.rule.casefold() in (GENERAL, _OWN_ID.casefold()):
            yield Problem(path, f"{told} has no effect: the rule that judges exemptions cannot be exempted from.")
        elif exemption.is_expired(case.context.today):
            yield Problem(path, f"{told} expired on {exemption.expires}; {exemption.owner} answers for it.")
        elif not any(exemption.names(resource) for resource in subjects):
            yield Problem(path, f"{told} matches no resource of the stack; {exemption.owner} answers for it.")


RULE = Rule(
    id=_OWN_ID,
    name=GENERAL,
    title="Every exemption in the pack's configuration is in force and matches a resource.",
    why=(
        "An exemption is a loan: it says why a rule does not hold here, who answers for that, and until when. One that "
        "has run out no longer lets anything pass, and left standing it hides that nobody looked again. One that "
        "matches nothing is misspelt, or waits for a resource that nobody has reviewed."
    ),
    remedy="Mend what the exemption was for and remove it, or have its owner renew it with a new date.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=GeneralOptions,
    check=_check,
)
