"""Rule: a Foundry resource's logs go somewhere."""

from collections.abc import Iterator

from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT, DIAGNOSTIC_SETTING
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._accounts import is_of_account
from llama_guardrails.rules._diagnostics import keeps_logs

_SCOPE = "resourceUri"


def _check(case: Case[Options]) -> Iterator[Problem]:
    settings = case.estate.of_type(DIAGNOSTIC_SETTING)
    if not any(keeps_logs(one) for one in settings if is_of_account(one, _SCOPE, case.resource, case.estate)):
        yield Problem("", "No diagnostic setting keeps the account's logs.")


RULE = Rule(
    id="LLA-OPS-008",
    name="foundry-diagnostics",
    title="A diagnostic setting keeps a Foundry resource's logs.",
    why="Who called which deployment, and who read a key, is in these logs, and nowhere else afterwards.",
    remedy="Send the account's logs to a Log Analytics workspace by a diagnostic setting.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    when=When.STACK,
    options=Options,
    check=_check,
    covers=("Azure Policy 1b4d1c4e",),
)
