"""Rule: a Foundry resource's logs go somewhere."""

from collections.abc import Iterator

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT, DIAGNOSTIC_SETTING
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._diagnostics import keeps_logs
from llama_guardrails.view import Resource

_SCOPE = "resourceUri"


def _check(case: Case[Options]) -> Iterator[Problem]:
    settings = case.estate.of_type(DIAGNOSTIC_SETTING)
    if not any(keeps_logs(one) for one in settings if _is_of(one, case.resource, case.estate)):
        yield Problem("", "No diagnostic setting keeps the account's logs.")


def _is_of(setting: Resource, account: Resource, estate: Estate) -> bool:
    if account in estate.origins_of(setting, _SCOPE, AI_SERVICES_ACCOUNT):
        return True
    if estate.is_made_of_others(setting, _SCOPE, AI_SERVICES_ACCOUNT):
        return False
    group, name = account.text("resourceGroupName") or "", account.text("accountName") or ""
    named = (setting.text(_SCOPE) or "").casefold()
    return f"/resourcegroups/{group}/".casefold() in named and named.endswith(f"/accounts/{name}".casefold())


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
