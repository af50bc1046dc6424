"""What is asked of a container registry."""

from llama_guardrails.property_rule import all_of, is_not_true, property_rule, says
from llama_guardrails.resource_types import CONTAINER_REGISTRY
from llama_guardrails.rule import Example, Level, Severity

RULES = (
    property_rule(
        id="LLA-DAT-011",
        name="registry-no-admin-user",
        title="A container registry has no admin user and lets nobody pull anonymously.",
        why="The admin user is one password for everybody that can replace the images models run in.",
        remedy="Set adminUserEnabled and anonymousPullEnabled to false.",
        severity=Severity.MEDIUM,
        level=Level.MANDATORY,
        types=(CONTAINER_REGISTRY,),
        wants=(
            all_of(
                is_not_true("adminUserEnabled"),
                is_not_true("anonymousPullEnabled"),
                problem="The registry has an admin user or lets anybody pull.",
            ),
        ),
        covers=(
            "CKV_AZURE_137",
            "CKV_AZURE_138",
        ),
        example=Example(CONTAINER_REGISTRY, "adminUserEnabled", good=False, bad=True),
    ),
    property_rule(
        id="LLA-DAT-012",
        name="registry-not-public",
        title="A container registry is not reached from public networks.",
        why="Images tell how a service is built, and hold secrets more often than they should.",
        remedy="Set publicNetworkAccess to Disabled; it takes the Premium tier.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(CONTAINER_REGISTRY,),
        wants=(says("publicNetworkAccess", "Disabled", problem="The registry is reached from public networks."),),
        covers=("CKV_AZURE_139",),
        example=Example(CONTAINER_REGISTRY, "publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
)
