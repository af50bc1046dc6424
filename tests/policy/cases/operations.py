"""What running an estate takes."""

from typing import Any

from llama_guardrails.resource_types import (
    ACTION_GROUP,
    AI_SERVICES_ACCOUNT,
    AI_SERVICES_DEPLOYMENT,
    BUDGETS,
    DIAGNOSTIC_SETTING,
    GENERIC_RESOURCE,
    KEY_VAULT,
    LOCK_BY_SCOPE,
    LOCK_ON_GROUP,
    METRIC_ALERT,
    ONLINE_ENDPOINT,
    RESOURCE_GROUP,
    SERVERLESS_ENDPOINT,
    STORAGE_ACCOUNT,
    TEMPLATE_DEPLOYMENTS,
    WORKSPACE,
)
from llama_guardrails.view import UNKNOWN, Resource
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import GROUP_ID, HUB_ID, SUBSCRIPTION_ID, hub, project, specimen, urn

_HUB_URN = urn(WORKSPACE, "hub-llama")
_OFF = [{"categoryGroup": "allLogs", "enabled": False}]
_PREVIEW = "azure-native:machinelearningservices/v20250101preview:ServerlessEndpoint"
_STABLE = "azure-native:machinelearningservices/v20241001:ServerlessEndpoint"

_GOING: Any = {"azure_name": "hub-llama", "operation": "delete"}
_WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
_ENDPOINT_IN_TEMPLATE = {"type": f"{_WORKSPACES}/serverlessEndpoints", "name": "p/e"}
_STORE_ID = (
    f"{GROUP_ID}/providers/Microsoft.Storage/storageAccounts/{specimen(STORAGE_ACCOUNT, '').text('accountName')}"
)
_VAULT_ID = f"{GROUP_ID}/providers/Microsoft.KeyVault/vaults/{specimen(KEY_VAULT, '').text('vaultName')}"


_ACCOUNT_NAME = specimen(AI_SERVICES_ACCOUNT, "").text("accountName")


def _alert_of_account(name: str, *deployments: str) -> Resource:
    account = specimen(AI_SERVICES_DEPLOYMENT, "").text("accountName")
    dimensions = [{"name": "ModelDeploymentName", "operator": "Include", "values": list(deployments)}]
    return specimen(
        METRIC_ALERT,
        name,
        {
            "scopes": [f"{GROUP_ID}/providers/Microsoft.CognitiveServices/accounts/{account}"],
            "criteria": {"allOf": [{"metricName": "ModelRequests", "dimensions": dimensions if deployments else []}]},
        },
    )


def _template(resources: Any) -> Resource:
    return specimen(TEMPLATE_DEPLOYMENTS[0], "template", {"properties.template.resources": resources})


CASES = {
    "no-loss-of-data": Cases(
        good=[[hub(), project(), specimen(STORAGE_ACCOUNT, "st"), specimen(KEY_VAULT, "kv", operation="update")]],
        bad=[
            ([hub(**_GOING)], {"hub-llama": ""}),
            ([project(**{**_GOING, "operation": "replace", "contents": ("llama-8b",)})], {"assistants": ""}),
            ([specimen(STORAGE_ACCOUNT, "st", **_GOING)], {"st": ""}),
        ],
        unknown=[],
    ),
    "workspace-diagnostics": Cases(
        good=[
            [
                specimen(
                    DIAGNOSTIC_SETTING,
                    "of a project",
                    {"resourceUri": UNKNOWN},
                    property_dependencies={"resourceUri": (project().urn,)},
                ),
                hub(),
                project(),
                specimen(DIAGNOSTIC_SETTING, "logs"),
            ],
            [hub(), specimen(DIAGNOSTIC_SETTING, "by id")],
            [
                hub(),
                specimen(
                    DIAGNOSTIC_SETTING,
                    "by output",
                    {"resourceUri": UNKNOWN},
                    property_dependencies={"resourceUri": (_HUB_URN,)},
                ),
            ],
        ],
        bad=[
            ([hub()], {"hub-llama": ""}),
            ([hub(), specimen(DIAGNOSTIC_SETTING, "off", {"logs": _OFF})], {"hub-llama": ""}),
            ([hub(), specimen(DIAGNOSTIC_SETTING, "other", {"resourceUri": f"{HUB_ID}-two"})], {"hub-llama": ""}),
            (
                [
                    hub(),
                    storage := specimen(STORAGE_ACCOUNT, "st"),
                    specimen(
                        DIAGNOSTIC_SETTING,
                        "of the account",
                        {"resourceUri": UNKNOWN},
                        property_dependencies={"resourceUri": (storage.urn,)},
                    ),
                ],
                {"hub-llama": ""},
            ),
        ],
        unknown=[
            ([hub(), specimen(DIAGNOSTIC_SETTING, "unknown", {"resourceUri": UNKNOWN})], {"hub-llama": "resourceUri"})
        ],
        not_applicable=[[project()]],
    ),
    "required-tags": by_example(
        "required-tags",
        good={"value not known yet": {"environment": UNKNOWN, "managed-by": "pulumi"}},
        bad=[
            ([hub(changes={"tags": None})], {"hub-llama": "tags"}),
            ([hub(changes={"tags.environment": ""})], {"hub-llama": "tags"}),
        ],
        configured=[
            ({"tags": ["costCenter", "owner"]}, [specimen(STORAGE_ACCOUNT, "good")], {}),
            ({"tags": ["dataClass"]}, [specimen(STORAGE_ACCOUNT, "bad")], {"bad": "tags"}),
        ],
    ),
    "deletion-protection": Cases(
        good=[
            [hub(protect=True), specimen(STORAGE_ACCOUNT, "store", protect=True)],
            [hub(), specimen(KEY_VAULT, "vault"), specimen(LOCK_ON_GROUP, "lock")],
            [hub(), specimen(LOCK_BY_SCOPE, "lock")],
            [hub(), specimen(LOCK_BY_SCOPE, "lock", {"scope": HUB_ID})],
            [specimen(STORAGE_ACCOUNT, "store"), specimen(LOCK_BY_SCOPE, "lock", {"scope": _STORE_ID})],
            [
                specimen(KEY_VAULT, "vault"),
                specimen(
                    LOCK_BY_SCOPE, "lock", {"scope": _VAULT_ID.replace("Microsoft.KeyVault", "MICROSOFT.KEYVAULT")}
                ),
            ],
            [
                hub(),
                specimen(STORAGE_ACCOUNT, "store"),
                specimen(LOCK_BY_SCOPE, "lock", {"scope": f"/subscriptions/{SUBSCRIPTION_ID}/"}),
            ],
            [
                specimen(STORAGE_ACCOUNT, "store"),
                specimen(
                    LOCK_BY_SCOPE,
                    "lock",
                    {"scope": UNKNOWN},
                    property_dependencies={"scope": (urn(STORAGE_ACCOUNT, "store"),)},
                ),
            ],
        ],
        bad=[
            ([hub(), specimen(STORAGE_ACCOUNT, "store", protect=True)], {"hub-llama": ""}),
            ([specimen(KEY_VAULT, "vault")], {"vault": ""}),
            ([specimen(KEY_VAULT, "vault"), specimen(LOCK_BY_SCOPE, "lock", {"scope": _STORE_ID})], {"vault": ""}),
            ([hub(), specimen(LOCK_ON_GROUP, "elsewhere", {"resourceGroupName": "rg-o"})], {"hub-llama": ""}),
            ([hub(), specimen(LOCK_ON_GROUP, "lax", {"level": "NotSpecified"})], {"hub-llama": ""}),
        ],
        unknown=[
            (
                [hub(), specimen(LOCK_ON_GROUP, "lock", {"resourceGroupName": UNKNOWN})],
                {"hub-llama": "resourceGroupName"},
            )
        ],
        not_applicable=[[project()]],
    ),
    "action-group-has-a-receiver": Cases(
        good=[
            [specimen(ACTION_GROUP, "group")],
            [
                specimen(
                    ACTION_GROUP,
                    "by role",
                    {"emailReceivers": [], "armRoleReceivers": [{"name": "Owner", "roleId": "x"}]},
                )
            ],
        ],
        bad=[
            ([specimen(ACTION_GROUP, "empty", {"emailReceivers": []})], {"empty": ""}),
            ([specimen(ACTION_GROUP, "off", {"enabled": False})], {"off": "enabled"}),
        ],
        unknown=[
            ([specimen(ACTION_GROUP, "group", {"emailReceivers": UNKNOWN})], {"group": "emailReceivers"}),
        ],
    ),
    "endpoint-has-alerts": Cases(
        good=[
            [specimen(ONLINE_ENDPOINT, "endpoint"), specimen(METRIC_ALERT, "alert")],
            [
                specimen(ONLINE_ENDPOINT, "endpoint"),
                specimen(
                    METRIC_ALERT,
                    "by output",
                    {"scopes": UNKNOWN},
                    property_dependencies={"scopes": (urn(ONLINE_ENDPOINT, "endpoint"),)},
                ),
            ],
            [specimen(AI_SERVICES_DEPLOYMENT, "chat"), _alert_of_account("all of it")],
            [specimen(AI_SERVICES_DEPLOYMENT, "chat"), _alert_of_account("by name", "llama-33")],
            [
                specimen(AI_SERVICES_ACCOUNT, "account"),
                specimen(AI_SERVICES_DEPLOYMENT, "chat", {"accountName": _ACCOUNT_NAME}),
                specimen(
                    METRIC_ALERT,
                    "by output",
                    {"scopes": UNKNOWN},
                    property_dependencies={"scopes": (urn(AI_SERVICES_ACCOUNT, "account"),)},
                ),
            ],
        ],
        bad=[
            ([specimen(ONLINE_ENDPOINT, "endpoint")], {"endpoint": ""}),
            ([specimen(ONLINE_ENDPOINT, "endpoint"), _alert_of_account("another's")], {"endpoint": ""}),
            ([specimen(AI_SERVICES_DEPLOYMENT, "chat"), specimen(METRIC_ALERT, "another's")], {"chat": ""}),
            ([specimen(AI_SERVICES_DEPLOYMENT, "chat"), _alert_of_account("another's", "other")], {"chat": ""}),
        ],
        unknown=[
            (
                [specimen(ONLINE_ENDPOINT, "endpoint"), specimen(METRIC_ALERT, "alert", {"scopes": UNKNOWN})],
                {"endpoint": "scopes"},
            ),
            (
                [specimen(AI_SERVICES_DEPLOYMENT, "chat"), specimen(METRIC_ALERT, "alert", {"scopes": UNKNOWN})],
                {"chat": "scopes"},
            ),
        ],
        configured=[({"declaredElsewhere": True}, [specimen(ONLINE_ENDPOINT, "endpoint")], {})],
    ),
    "budget-declared": Cases(
        good=[
            [specimen(SERVERLESS_ENDPOINT, "endpoint"), specimen(BUDGETS[0], "budget")],
            [
                specimen(SERVERLESS_ENDPOINT, "endpoint"),
                specimen(BUDGETS[1], "budget", {"scope": f"/subscriptions/{SUBSCRIPTION_ID}"}),
            ],
            [
                specimen(RESOURCE_GROUP, "group"),
                specimen(SERVERLESS_ENDPOINT, "endpoint"),
                specimen(
                    BUDGETS[0],
                    "budget",
                    {"scope": UNKNOWN},
                    property_dependencies={"scope": (urn(RESOURCE_GROUP, "group"),)},
                ),
            ],
        ],
        bad=[
            ([specimen(SERVERLESS_ENDPOINT, "endpoint")], {"stack": ""}),
            (
                [
                    specimen(SERVERLESS_ENDPOINT, "endpoint"),
                    specimen(BUDGETS[0], "another's", {"scope": f"{GROUP_ID}-others"}),
                ],
                {"stack": ""},
            ),
        ],
        unknown=[
            (
                [specimen(SERVERLESS_ENDPOINT, "endpoint"), specimen(BUDGETS[0], "budget", {"scope": UNKNOWN})],
                {"stack": "scope"},
            )
        ],
        not_applicable=[[hub()]],
        configured=[({"declaredElsewhere": True}, [specimen(SERVERLESS_ENDPOINT, "endpoint")], {})],
    ),
    "declared-by-its-own-type": by_example(
        "declared-by-its-own-type",
        good={"another's": "galleries"},
        bad=[
            ([_template([_ENDPOINT_IN_TEMPLATE])], {"template": "properties.template"}),
            ([_template({"byName": _ENDPOINT_IN_TEMPLATE})], {"template": "properties.template"}),
            # A child inside its parent, and a template inside a template.
            (
                [_template([{"type": _WORKSPACES, "name": "w", "resources": [{"type": "serverlessEndpoints"}]}])],
                {"template": "properties.template"},
            ),
            (
                [
                    _template(
                        [
                            {
                                "type": "Microsoft.Resources/deployments",
                                "properties": {"template": {"resources": [_ENDPOINT_IN_TEMPLATE]}},
                            }
                        ]
                    )
                ],
                {"template": "properties.template"},
            ),
            ([specimen(GENERIC_RESOURCE, "endpoint")], {"endpoint": "resourceType"}),
        ],
        not_applicable=[[specimen(TEMPLATE_DEPLOYMENTS[0], "nothing", {"properties.template": None})]],
    ),
    "no-preview-api": Cases(
        good=[
            [specimen(SERVERLESS_ENDPOINT, "default")],
            [specimen(SERVERLESS_ENDPOINT, "explicit", versioned_type=_STABLE)],
        ],
        bad=[([specimen(SERVERLESS_ENDPOINT, "preview", versioned_type=_PREVIEW)], {"preview": ""})],
        unknown=[],  # a type is known
    ),
}
