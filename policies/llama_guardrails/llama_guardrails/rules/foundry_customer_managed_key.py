"""Rule: a Foundry resource is encrypted with a key of one's own."""

from collections.abc import Iterator

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import ACCOUNT_ENCRYPTION, AI_SERVICES_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._accounts import is_of_account
from llama_guardrails.view import Resource

_KEY_SOURCE = "properties.encryption.keySource"


def _check(case: Case[Options]) -> Iterator[Problem]:
    is_in_account = case.resource.says(_KEY_SOURCE, "Microsoft.KeyVault")
    if not is_in_account and not _is_encrypted_after(case.resource, case.estate):
        yield Problem(_KEY_SOURCE, "The account is encrypted with Microsoft's keys.")


def _is_encrypted_after(account: Resource, estate: Estate) -> bool:
    """Whether the key is set by a second write, when the account's identity may use it."""
    writes = estate.of_type(ACCOUNT_ENCRYPTION)
    return any(is_of_account(one, "account_id", account, estate) for one in writes)


RULE = Rule(
    id="LLA-DAT-002",
    name="foundry-customer-managed-key",
    title="A Foundry resource is encrypted with a customer-managed key.",
    why="With a key of one's own, access to the data ends when the key is withdrawn.",
    remedy=(
        "Set encryption of the FoundryAccount, or of an account with a user-assigned identity encryption.keySource to "
        "Microsoft.KeyVault, and name the key."
    ),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    types=(AI_SERVICES_ACCOUNT,),
    when=When.STACK,
    options=Options,
    check=_check,
    covers=("CKV2_AZURE_22", "Azure Policy 67121cc7"),
    example=Example(AI_SERVICES_ACCOUNT, _KEY_SOURCE, good="Microsoft.KeyVault", bad="Microsoft.CognitiveServices"),
)
