"""Rule: a storage account accepts no shared keys."""

from collections.abc import Iterator

from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_KEYS = "allowSharedKeyAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_KEYS) is not False:
        yield Problem(_KEYS, "The account accepts shared keys.")


RULE = Rule(
    id="LLA-DAT-005",
    name="storage-no-shared-key",
    title="A storage account accepts no shared keys.",
    why="An account key opens everything in the account to whoever holds it, and the logs cannot say who that was.",
    remedy="Set allowSharedKeyAccess to false and sign in by identities.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(STORAGE_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV2_AZURE_40",),
    example=Example(STORAGE_ACCOUNT, _KEYS, good=False, bad=True),
)
