"""What is asked of a key vault."""

from llama_guardrails.property_rule import any_of, is_true, property_rule, says
from llama_guardrails.resource_types import KEY_VAULT
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-DAT-008",
        name="vault-azure-rbac",
        title="A key vault authorises by Azure role assignments.",
        why=("A vault's access policies are a second set of rights, which no review of role assignments shows."),
        remedy="Set enableRbacAuthorization to true and assign roles.",
        severity=Severity.MEDIUM,
        level=Level.MANDATORY,
        types=(KEY_VAULT,),
        wants=(is_true("properties.enableRbacAuthorization", "The vault authorises by access policies of its own."),),
        covers=("AZR-000388",),
        example=Example(KEY_VAULT, "properties.enableRbacAuthorization", good=True, bad=False),
    ),
    property_rule(
        id="LLA-DAT-009",
        name="vault-purge-protection",
        title="A key vault cannot be purged before its retention ends.",
        why=("A hub's connections keep their keys in the vault; purged, they are gone with whatever they encrypted."),
        remedy="Set enablePurgeProtection to true; it cannot be switched off again.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(KEY_VAULT,),
        wants=(is_true("properties.enablePurgeProtection", "The vault can be purged at once."),),
        covers=(
            "CKV_AZURE_110",
            "CKV_AZURE_42",
        ),
        example=Example(KEY_VAULT, "properties.enablePurgeProtection", good=True, bad=False),
    ),
    property_rule(
        id="LLA-DAT-010",
        name="vault-network-closed",
        title="A key vault is reached from no public network, or from listed ones only.",
        why="The vault holds the keys of every connection of every project.",
        remedy=("Set publicNetworkAccess to Disabled, or networkAcls.defaultAction to Deny and list who may come."),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(KEY_VAULT,),
        wants=(
            any_of(
                says("properties.publicNetworkAccess", "Disabled"),
                says("properties.networkAcls.defaultAction", "Deny"),
                problem="The vault is reached from every public network.",
            ),
        ),
        covers=(
            "CKV_AZURE_109",
            "CKV_AZURE_189",
        ),
        example=Example(KEY_VAULT, "properties.publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
)
