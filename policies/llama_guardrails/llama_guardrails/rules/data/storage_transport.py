"""Rule: a storage account is used over TLS only."""

from collections.abc import Iterator

from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_HTTPS, _TLS = "enableHttpsTrafficOnly", "minimumTlsVersion"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_HTTPS) is False:
        yield Problem(_HTTPS, "The account answers without TLS.")
    if not case.resource.says(_TLS, "TLS1_2", "TLS1_3"):
        yield Problem(_TLS, "The account accepts versions of TLS before 1.2.")


RULE = Rule(
    id="LLA-DAT-006",
    name="storage-encrypted-transport",
    title="A storage account is used over TLS 1.2 or later only.",
    why="Older versions of TLS can be read along.",
    remedy="Set enableHttpsTrafficOnly to true and minimumTlsVersion to TLS1_2.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(STORAGE_ACCOUNT,),
    options=Options,
    check=_check,
    covers=("CKV_AZURE_3", "CKV_AZURE_44"),
    example=Example(STORAGE_ACCOUNT, _TLS, good="TLS1_2", bad="TLS1_0"),
)
