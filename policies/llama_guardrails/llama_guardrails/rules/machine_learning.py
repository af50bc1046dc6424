"""What is asked of hubs, projects, their endpoints and their compute (Azure Machine Learning)."""

from llama_guardrails.property_rule import is_given, is_true, is_zero, property_rule, says
from llama_guardrails.resource_types import COMPUTE, ONLINE_DEPLOYMENT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT, WORKSPACE
from llama_guardrails.rule import Example, Level, Severity
from llama_guardrails.rules._workspaces import compute_of, own_by_hub

_CLUSTERS = compute_of("AmlCompute", otherwise="it is not a cluster")
_INSTANCES = compute_of("ComputeInstance", otherwise="it is not a compute instance")
_BOTH = compute_of("AmlCompute", "ComputeInstance", otherwise="it is neither a cluster nor a compute instance")

RULES = (
    property_rule(
        id="LLA-AUT-005",
        name="workspace-datastores-by-identity",
        title="A hub's datastores sign in to storage by identities, not by the account's key.",
        why="With the account's key whoever uses the hub reads everything of every project.",
        remedy="Set systemDatastoresAuthMode to Identity and give users a role on the storage account.",
        severity=Severity.MEDIUM,
        level=Level.MANDATORY,
        types=(WORKSPACE,),
        wants=(
            says(
                "systemDatastoresAuthMode",
                "Identity",
                "UserDelegationSAS",
                problem="The hub's datastores use the storage account's key.",
            ),
        ),
        only=own_by_hub,
        sources=("S29",),
        example=Example(WORKSPACE, "systemDatastoresAuthMode", good="Identity", bad="AccessKey"),
    ),
    property_rule(
        id="LLA-AUT-007",
        name="compute-no-local-auth",
        title="Clusters and compute instances accept no local sign-in.",
        why="An SSH key outlives whoever it was given to.",
        remedy="Set disableLocalAuth to true.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(COMPUTE,),
        wants=(is_true("properties.disableLocalAuth", "The compute accepts local sign-in."),),
        only=_BOTH,
        covers=(
            "CKV_AZURE_142",
            "AZR-000404",
            "Azure Policy e96a9a5f",
        ),
        example=Example(COMPUTE, "properties.disableLocalAuth", good=True, bad=False),
    ),
    property_rule(
        id="LLA-MOD-011",
        name="serverless-content-safety",
        title="Azure AI Content Safety filters the prompts and completions of a serverless endpoint.",
        why=(
            "Without the filter whatever a user writes reaches the model, and whatever the model writes reaches a "
            "user. A stack says that it is on, rather than trusting a default."
        ),
        remedy="Set contentSafetyStatus to Enabled.",
        severity=Severity.HIGH,
        level=Level.MANDATORY,
        types=(SERVERLESS_ENDPOINT,),
        wants=(
            says(
                "properties.contentSafety.contentSafetyStatus",
                "Enabled",
                problem="Content safety is not switched on for the endpoint.",
            ),
        ),
        sources=(
            "S0",
            "S29",
        ),
        covers=(
            "Azure Policy 930f48f9",
            "Azure Policy f3a9c2e0",
            "Azure Policy af253d37",
        ),
        example=Example(
            SERVERLESS_ENDPOINT, "properties.contentSafety.contentSafetyStatus", good="Enabled", bad="Disabled"
        ),
    ),
    property_rule(
        id="LLA-CMP-009",
        name="compute-scales-to-zero",
        title="A compute cluster keeps no nodes while nothing runs on it.",
        why="An idle GPU node costs as much as a busy one.",
        remedy="Set minNodeCount to 0.",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        types=(COMPUTE,),
        wants=(
            is_zero(
                "properties.properties.scaleSettings.minNodeCount", "The cluster keeps nodes while nothing runs on it."
            ),
        ),
        only=_CLUSTERS,
        covers=("CKV_AZURE_150",),
        example=Example(COMPUTE, "properties.properties.scaleSettings.minNodeCount", good=0.0, bad=1.0),
    ),
    property_rule(
        id="LLA-CMP-010",
        name="compute-idle-shutdown",
        title="A compute instance shuts down when it is idle.",
        why="A personal GPU machine over a weekend costs as much as a deployment.",
        remedy="Set idleTimeBeforeShutdown, for example to PT60M.",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        types=(COMPUTE,),
        wants=(is_given("properties.properties.idleTimeBeforeShutdown", "The instance runs on while nobody uses it."),),
        only=_INSTANCES,
        covers=(
            "AZR-000403",
            "Azure Policy 679ddf89",
        ),
    ),
    property_rule(
        id="LLA-NET-001",
        name="workspace-not-public",
        title="Hubs and projects are not reached from public networks.",
        why=(
            "With a token alone a workspace could be used from anywhere; a private endpoint asks for the network too."
        ),
        remedy="Set publicNetworkAccess to Disabled and make a private endpoint.",
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(WORKSPACE,),
        wants=(says("publicNetworkAccess", "Disabled", problem="The workspace is reached from public networks."),),
        covers=(
            "CKV_AZURE_144",
            "CKV2_AZURE_49",
            "AZR-000406",
            "Azure Policy 438c38d2",
            "Azure Policy a10ee784",
        ),
        example=Example(WORKSPACE, "publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-NET-004",
        name="online-endpoint-not-public",
        title="An online endpoint is not reached from public networks.",
        why="A leaked key is enough to use a public endpoint from anywhere, at the owner's cost.",
        remedy=("Set publicNetworkAccess to Disabled; callers then come through the workspace's private endpoint."),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(ONLINE_ENDPOINT,),
        wants=(
            says("properties.publicNetworkAccess", "Disabled", problem="The endpoint is reached from public networks."),
        ),
        example=Example(ONLINE_ENDPOINT, "properties.publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-NET-005",
        name="deployment-egress-closed",
        title="The container of a managed deployment does not reach public networks.",
        why="What serves prompts has no need to send them elsewhere.",
        remedy="Set egressPublicNetworkAccess to Disabled.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(ONLINE_DEPLOYMENT,),
        wants=(
            says(
                "properties.egressPublicNetworkAccess",
                "Disabled",
                problem="The deployment's container reaches public networks.",
            ),
        ),
        example=Example(ONLINE_DEPLOYMENT, "properties.egressPublicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-NET-009",
        name="compute-in-virtual-network",
        title="Clusters and compute instances lie in a virtual network.",
        why=(
            "Without one they have public addresses. Exempt compute of a hub with a managed network: it lies in that."
        ),
        remedy="Give the compute a subnet.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(COMPUTE,),
        wants=(is_given("properties.properties.subnet.id", "The compute lies in no virtual network."),),
        only=_BOTH,
        covers=(
            "AZR-000405",
            "Azure Policy 7804b5c7",
        ),
        example=Example(COMPUTE, "properties.properties.subnet", good={"id": "…"}, bad=None),
    ),
    property_rule(
        id="LLA-DAT-001",
        name="workspace-customer-managed-key",
        title="A hub is encrypted with a customer-managed key.",
        why=("Access to the data ends when one's own key is withdrawn. It can be set only when a hub is made."),
        remedy="Give the hub encryption with a key of a key vault.",
        severity=Severity.LOW,
        level=Level.ADVISORY,
        types=(WORKSPACE,),
        wants=(says("encryption.status", "Enabled", problem="The hub is encrypted with Microsoft's keys."),),
        only=own_by_hub,
        covers=(
            "Azure Policy ba769a63",
            "Azure Policy 7f40cee6",
        ),
        example=Example(WORKSPACE, "encryption.status", good="Enabled", bad="Disabled"),
    ),
)
