"""What is asked of a PostgreSQL flexible server."""

from llama_guardrails.property_rule import any_of, is_given, property_rule, says, says_not
from llama_guardrails.resource_types import POSTGRES_CONFIGURATION, POSTGRES_SERVER
from llama_guardrails.rule import Example, Level, Severity
from llama_guardrails.view import NotApplicable, Resource


def _is_about_transport(resource: Resource) -> None:
    if not resource.says("configurationName", "require_secure_transport"):
        raise NotApplicable("it is another parameter")


RULES = (
    property_rule(
        id="LLA-GTW-005",
        name="database-network-closed",
        title="A PostgreSQL server is reached from no public network.",
        why="A gateway's database holds who spent what on which model, and the hashes of every key.",
        remedy="Set network.publicNetworkAccess to Disabled and give the server a private endpoint.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(POSTGRES_SERVER,),
        wants=(
            any_of(
                says("network.publicNetworkAccess", "Disabled"),
                is_given("network.delegatedSubnetResourceId"),
                problem="The server is reached from public networks.",
            ),
        ),
        sources=("S305",),
        covers=("CKV_AZURE_68",),
        example=Example(POSTGRES_SERVER, "network.publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-GTW-006",
        name="database-entra-sign-in",
        title="A PostgreSQL server takes tokens of Microsoft Entra ID and no passwords.",
        why="A password opens the database from wherever it was copied to, and is renewed by hand.",
        remedy="Set authConfig.activeDirectoryAuth to Enabled and authConfig.passwordAuth to Disabled.",
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(POSTGRES_SERVER,),
        wants=(says("authConfig.passwordAuth", "Disabled", problem="The server takes passwords."),),
        sources=("S305",),
        covers=("Azure Policy ce39a96d",),
        example=Example(POSTGRES_SERVER, "authConfig.passwordAuth", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-GTW-007",
        name="database-encrypted-transport",
        title="A PostgreSQL server takes connections over TLS only.",
        why="Without it, tokens and prompts can be read along on the way.",
        remedy="Leave require_secure_transport on, as it is by default.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(POSTGRES_CONFIGURATION,),
        wants=(says_not("value", "off", problem="The server takes connections in clear."),),
        only=_is_about_transport,
        sources=("S305",),
        covers=("CKV_AZURE_29",),
        example=Example(POSTGRES_CONFIGURATION, "value", good="on", bad="off"),
    ),
)
