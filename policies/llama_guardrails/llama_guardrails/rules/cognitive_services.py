"""What is asked of a Foundry resource (an Azure AI services account) and of its deployments."""

from llama_guardrails.property_rule import Want, any_of, is_given, is_true, property_rule, says, says_not
from llama_guardrails.resource_types import AI_SERVICES_ACCOUNT, AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Example, Level, Severity
from llama_guardrails.view import NotApplicable, Resource

_INSTANT = "properties.instant"


def _shows_instant_access(account: Resource) -> None:
    if account.get(_INSTANT) is None:
        raise NotApplicable("its API version does not show instant access, or it is not set")


RULES = (
    property_rule(
        id="LLA-IAM-007",
        name="foundry-managed-identity",
        title="A Foundry resource has a managed identity.",
        why="Without one an account reaches storage and keys by secrets.",
        remedy="Set identity.type to SystemAssigned or UserAssigned.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(AI_SERVICES_ACCOUNT,),
        wants=(says_not("identity.type", "None", problem="The account has no managed identity."),),
        covers=(
            "CKV_AZURE_238",
            "AZR-000281",
            "Azure Policy fe3fd216",
        ),
        example=Example(AI_SERVICES_ACCOUNT, "identity", good={"type": "SystemAssigned"}, bad=None),
    ),
    property_rule(
        id="LLA-AUT-003",
        name="foundry-no-keys",
        title="A Foundry resource accepts no keys.",
        why="A key is the same for everybody and does not expire; a token is somebody's and ends.",
        remedy="Set disableLocalAuth to true.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(AI_SERVICES_ACCOUNT,),
        wants=(is_true("properties.disableLocalAuth", "The account accepts keys."),),
        covers=(
            "CKV_AZURE_236",
            "AZR-000282",
            "Azure Policy 71ef260a",
        ),
        example=Example(AI_SERVICES_ACCOUNT, "properties.disableLocalAuth", good=True, bad=False),
    ),
    property_rule(
        id="LLA-MOD-012",
        name="foundry-deployment-content-filter",
        title="A deployment of a Foundry resource names its content filter.",
        why="Which filter a deployment gets where it names none is Azure's to change.",
        remedy="Set raiPolicyName, for example to Microsoft.DefaultV2.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(AI_SERVICES_DEPLOYMENT,),
        wants=(is_given("properties.raiPolicyName", "The deployment names no content filter."),),
        covers=("Azure Policy c1ad46c6",),
        example=Example(AI_SERVICES_DEPLOYMENT, "properties.raiPolicyName", good="Microsoft.DefaultV2", bad=None),
    ),
    property_rule(
        id="LLA-NET-006",
        name="foundry-network-closed",
        title="A Foundry resource is reached from no public network, or from listed ones only.",
        why="A leaked key is enough to use an open account from anywhere.",
        remedy=("Set publicNetworkAccess to Disabled, or networkAcls.defaultAction to Deny and list who may come."),
        severity=Severity.HIGH,
        level=Level.ADVISORY,
        types=(AI_SERVICES_ACCOUNT,),
        wants=(
            any_of(
                says("properties.publicNetworkAccess", "Disabled"),
                says("properties.networkAcls.defaultAction", "Deny"),
                problem="The account is reached from every public network.",
            ),
        ),
        covers=(
            "CKV_AZURE_134",
            "AZR-000280",
            "AZR-000283",
            "Azure Policy 037eea7a",
            "Azure Policy d6759c02",
        ),
        example=Example(AI_SERVICES_ACCOUNT, "properties.publicNetworkAccess", good="Disabled", bad="Enabled"),
    ),
    property_rule(
        id="LLA-MOD-016",
        name="foundry-deployment-version-stated",
        title="A Foundry deployment states when its model's version changes, and names the version that stays.",
        why=(
            "Where nothing is said Azure takes its default version and changes to each new one, under callers whose "
            "prompts were tuned to the one before."
        ),
        remedy=(
            "Set versionUpgradeOption: to NoAutoUpgrade with a model.version, or to the upgrade that is wanted, "
            "such as OnceCurrentVersionExpired."
        ),
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(AI_SERVICES_DEPLOYMENT,),
        wants=(
            is_given("properties.versionUpgradeOption", "Nothing says when the version changes."),
            any_of(
                is_given("properties.model.version"),
                says_not("properties.versionUpgradeOption", "NoAutoUpgrade"),
                problem="The deployment names no version that is to stay.",
            ),
        ),
        sources=("S204",),
        example=Example(
            AI_SERVICES_DEPLOYMENT, "properties.versionUpgradeOption", good="OnceCurrentVersionExpired", bad=None
        ),
    ),
    property_rule(
        id="LLA-MOD-020",
        name="foundry-no-instant-access",
        title="A Foundry resource answers for its deployments only, and not for models by their names.",
        why=(
            "With instant access callers reach models that nobody deployed, with no capacity, version or content "
            "filter of the environment's. Azure has it switched on where an account does not switch it off; that shows "
            "in preview API versions only."
        ),
        remedy="Set properties.instant.modelAllowList to an empty list.",
        severity=Severity.MEDIUM,
        level=Level.ADVISORY,
        types=(AI_SERVICES_ACCOUNT,),
        wants=(
            Want(
                f"{_INSTANT}.modelAllowList",
                lambda account: account.get(f"{_INSTANT}.modelAllowList") == [],
                "The account answers for models that are not deployed.",
            ),
        ),
        only=_shows_instant_access,
        example=Example(AI_SERVICES_ACCOUNT, f"{_INSTANT}.modelAllowList", good=[], bad=["Llama-3.3-70B-Instruct"]),
    ),
)
