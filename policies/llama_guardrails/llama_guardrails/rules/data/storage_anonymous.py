"""Rule: a storage account is closed to anonymous callers."""

from collections.abc import Iterator

from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ANONYMOUS = "allowBlobPublicAccess"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_ANONYMOUS) is not False:
        yield Problem(_ANONYMOUS, "Containers of the account may be opened to everybody.")


RULE = Rule(
    id="LLA-DAT-004",
    name="storage-no-anonymous-access",
    title="A storage account serves no blobs to anonymous callers.",
    why="A hub's storage holds prompts, completions and whatever was uploaded; one wrong container would publish it.",
    remedy="Set allowBlobPublicAccess to false.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(STORAGE_ACCOUNT,),
    options=Options,
    check=_check,
    covers=(
        "CKV_AZURE_59",
        "CKV2_AZURE_50",
    ),
    example=Example(STORAGE_ACCOUNT, _ANONYMOUS, good=False, bad=True),
)
