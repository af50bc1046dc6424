"""What is asked of an Azure AI Search service."""

from llama_guardrails.property_rule import any_of, is_filled, is_true, property_rule, says
from llama_guardrails.resource_types import SEARCH_SERVICE
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-AUT-004",
        name="search-no-keys",
        title="A search service accepts no keys.",
        why="An admin key of a search service reads and changes every index.",
        remedy="Set disableLocalAuth to true.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(SEARCH_SERVICE,),
        wants=(is_true("disableLocalAuth", "The search service accepts keys."),),
        covers=("Azure Policy 6300012e",),
        example=Example(SEARCH_SERVICE, "disableLocalAuth", good=True, bad=False),
    ),
    property_rule(
        id="LLA-NET-008",
        name="search-not-public",
        title="A search service is reached from no public network, or from listed addresses only.",
        why="An index for retrieval holds the company's documents in small pieces.",
        remedy="Set publicNetworkAccess to Disabled, or list addresses in networkRuleSet.ipRules.",
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(SEARCH_SERVICE,),
        wants=(
            any_of(
                says("publicNetworkAccess", "Disabled"),
                is_filled("networkRuleSet.ipRules"),
                problem="The search service is reached from every public network.",
            ),
        ),
        covers=(
            "CKV_AZURE_124",
            "CKV_AZURE_210",
            "Azure Policy ee980b6d",
            "Azure Policy a049bf77",
        ),
        example=Example(SEARCH_SERVICE, "publicNetworkAccess", good="disabled", bad="enabled"),
    ),
    property_rule(
        id="LLA-DAT-003",
        name="search-customer-managed-key",
        title="A search service takes only indexes that are encrypted with a customer-managed key.",
        why="With a key of one's own, access to the data ends when the key is withdrawn.",
        remedy="Set encryptionWithCmk.enforcement to Enabled and give each index a key.",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        types=(SEARCH_SERVICE,),
        wants=(
            says(
                "encryptionWithCmk.enforcement",
                "Enabled",
                problem="Indexes may be encrypted with Microsoft's keys alone.",
            ),
        ),
        covers=(
            "Azure Policy 76a56461",
            "Azure Policy 356da939",
        ),
        example=Example(SEARCH_SERVICE, "encryptionWithCmk.enforcement", good="Enabled", bad="Disabled"),
    ),
)
