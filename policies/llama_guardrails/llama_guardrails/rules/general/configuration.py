"""Rule: the exemptions in the pack's configuration are in force."""

from collections.abc import Iterator

from llama_guardrails.configuration import GENERAL, GeneralOptions
from llama_guardrails.rule import Case, Level, Problem, Rule, Severity, When


def _check(case: Case[GeneralOptions]) -> Iterator[Problem]:
    for index, exemption in enumerate(case.options.exemptions):
        if exemption.is_expired(case.context.today):
            yield Problem(
                f"exemptions[{index}]",
                f"The exemption of {exemption.resources} from {exemption.rule} expired on {exemption.expires}; "
                f"{exemption.owner} answers for it.",
            )


RULE = Rule(
    id="LLA-CFG-001",
    name=GENERAL,
    title="Every exemption in the pack's configuration is in force.",
    why=(
        "An exemption is a loan: it says why a rule does not hold here, who answers for that, and until when. One that "
        "has run out no longer lets anything pass, and left standing it hides that nobody looked again."
    ),
    remedy="Mend what the exemption was for and remove it, or have its owner renew it with a new date.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(),
    when=When.STACK,
    options=GeneralOptions,
    check=_check,
)
