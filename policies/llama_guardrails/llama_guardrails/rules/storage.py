"""What is asked of a storage account."""

from llama_guardrails.property_rule import any_of, is_false, is_not_false, property_rule, says
from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-DAT-004",
        name="storage-no-anonymous-access",
        title="A storage account serves no blobs to anonymous callers.",
        why=(
            "A hub's storage holds prompts, completions and whatever was uploaded; one wrong container would "
            "publish it."
        ),
        remedy="Set allowBlobPublicAccess to false.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(STORAGE_ACCOUNT,),
        wants=(is_false("allowBlobPublicAccess", "Containers of the account may be opened to everybody."),),
        covers=(
            "CKV_AZURE_59",
            "CKV2_AZURE_50",
        ),
        example=Example(STORAGE_ACCOUNT, "allowBlobPublicAccess", good=False, bad=True),
    ),
    property_rule(
        id="LLA-DAT-005",
        name="storage-no-shared-key",
        title="A storage account accepts no shared keys.",
        why=(
            "An account key opens everything in the account to whoever holds it, and the logs cannot say who that was."
        ),
        remedy="Set allowSharedKeyAccess to false and sign in by identities.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(STORAGE_ACCOUNT,),
        wants=(is_false("allowSharedKeyAccess", "The account accepts shared keys."),),
        covers=("CKV2_AZURE_40",),
        example=Example(STORAGE_ACCOUNT, "allowSharedKeyAccess", good=False, bad=True),
    ),
    property_rule(
        id="LLA-DAT-006",
        name="storage-encrypted-transport",
        title="A storage account is used over TLS 1.2 or later only.",
        why="Older versions of TLS can be read along.",
        remedy="Set enableHttpsTrafficOnly to true and minimumTlsVersion to TLS1_2.",
        severity=Severity.MEDIUM,
        level=Level.MANDATORY,
        types=(STORAGE_ACCOUNT,),
        wants=(
            is_not_false("enableHttpsTrafficOnly", "The account answers without TLS."),
            says("minimumTlsVersion", "TLS1_2", "TLS1_3", problem="The account accepts versions of TLS before 1.2."),
        ),
        covers=(
            "CKV_AZURE_3",
            "CKV_AZURE_44",
        ),
        example=Example(STORAGE_ACCOUNT, "minimumTlsVersion", good="TLS1_2", bad="TLS1_0"),
    ),
    property_rule(
        id="LLA-DAT-007",
        name="storage-network-closed",
        title="A storage account is reached from no public network, or from listed ones only.",
        why="With a token alone, a hub's data could be fetched from anywhere.",
        remedy=("Set publicNetworkAccess to Disabled, or networkRuleSet.defaultAction to Deny and list who may come."),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(STORAGE_ACCOUNT,),
        wants=(
            any_of(
                says("publicNetworkAccess", "Disabled"),
                says("networkRuleSet.defaultAction", "Deny"),
                problem="The account is reached from every public network.",
            ),
        ),
        covers=(
            "CKV2_AZURE_50",
            "CKV_AZURE_35",
        ),
        example=Example(STORAGE_ACCOUNT, "publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
)
