"""Rule: a hub has a private endpoint."""

from collections.abc import Iterator, Mapping

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import MANAGED_NETWORK_RULE, PRIVATE_ENDPOINT, WORKSPACE
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._workspaces import own_by_hub
from llama_guardrails.view import Resource

_OUTBOUND = "managedNetwork.outboundRules"


def _check(case: Case[Options]) -> Iterator[Problem]:
    own_by_hub(case.resource)
    if not _reaches_privately(case.resource, case.estate):
        yield Problem("", "No private endpoint leads to the hub, and no outbound rule of it is one.")


def _reaches_privately(hub: Resource, estate: Estate) -> bool:
    rules = hub.get(_OUTBOUND)
    if isinstance(rules, Mapping) and any(_is_private(rule) for rule in rules.values()):
        return True
    if any(
        rule.says("properties.type", "PrivateEndpoint") and estate.depends_on(rule, hub)
        for rule in estate.of_type(MANAGED_NETWORK_RULE)
    ):
        return True
    return any(estate.depends_on(endpoint, hub) for endpoint in estate.of_type(PRIVATE_ENDPOINT))


def _is_private(rule: object) -> bool:
    return isinstance(rule, Mapping) and str(rule.get("type")).casefold() == "privateendpoint"


RULE = Rule(
    id="LLA-NET-003",
    name="workspace-private-endpoint",
    title="A hub is reached, or reaches what it stands on, by a private endpoint.",
    why="With public access switched off nothing but a private endpoint leads to a hub or from it to its storage.",
    remedy="Make a private endpoint for the hub, or an outbound rule of type PrivateEndpoint.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(WORKSPACE,),
    when=When.STACK,
    options=Options,
    check=_check,
    covers=("CKV_AZURE_243", "Azure Policy 45e05259"),
)
