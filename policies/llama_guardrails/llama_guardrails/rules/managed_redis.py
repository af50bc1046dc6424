"""What is asked of an Azure Managed Redis."""

from llama_guardrails.property_rule import property_rule, says, says_not
from llama_guardrails.resource_types import MANAGED_REDIS, MANAGED_REDIS_DATABASE
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-GTW-008",
        name="redis-network-closed",
        title="A Redis is reached from no public network.",
        why="Whoever writes a gateway's counters lifts every team's limit.",
        remedy="Set publicNetworkAccess to Disabled and give the Redis a private endpoint.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(MANAGED_REDIS,),
        wants=(says("publicNetworkAccess", "Disabled", problem="The Redis is reached from public networks."),),
        sources=("S300",),
        example=Example(MANAGED_REDIS, "publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-GTW-009",
        name="redis-encrypted-transport",
        title="A Redis takes connections over TLS only.",
        why="Without it, tokens and cached answers can be read along on the way.",
        remedy="Leave clientProtocol Encrypted, as it is by default.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(MANAGED_REDIS_DATABASE,),
        wants=(says("clientProtocol", "Encrypted", problem="The Redis takes connections in clear."),),
        sources=("S300",),
        example=Example(MANAGED_REDIS_DATABASE, "clientProtocol", good="Encrypted", bad="Plaintext"),
    ),
    property_rule(
        id="LLA-GTW-010",
        name="redis-entra-sign-in",
        title="A Redis takes tokens of Microsoft Entra ID and no access keys.",
        why="An access key opens everything in it to whoever holds it, and the logs cannot say who that was.",
        remedy="Set accessKeysAuthentication to Disabled and give identities an access policy.",
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(MANAGED_REDIS_DATABASE,),
        wants=(says_not("accessKeysAuthentication", "Enabled", problem="The Redis takes access keys."),),
        sources=("S300",),
        example=Example(MANAGED_REDIS_DATABASE, "accessKeysAuthentication", good="Disabled", bad="Enabled"),
    ),
)
