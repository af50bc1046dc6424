"""What running an estate takes."""

from typing import Any

from llama_guardrails.resource_types import (
    BUDGETS,
    DIAGNOSTIC_SETTING,
    KEY_VAULT,
    LOCK_BY_SCOPE,
    LOCK_ON_GROUP,
    SERVERLESS_ENDPOINT,
    STORAGE_ACCOUNT,
    WORKSPACE,
)
from llama_guardrails.view import UNKNOWN
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import HUB_ID, hub, project, specimen, urn

_HUB_URN = urn(WORKSPACE, "hub-llama")
_OFF = [{"categoryGroup": "allLogs", "enabled": False}]
_PREVIEW = "azure-native:machinelearningservices/v20250101preview:ServerlessEndpoint"
_STABLE = "azure-native:machinelearningservices/v20241001:ServerlessEndpoint"

_GOING: Any = {"azure_name": "hub-llama", "operation": "delete"}

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
        ],
        bad=[
            ([hub(), specimen(STORAGE_ACCOUNT, "store", protect=True)], {"hub-llama": ""}),
            ([specimen(KEY_VAULT, "vault")], {"vault": ""}),
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
    "budget-declared": Cases(
        good=[[specimen(SERVERLESS_ENDPOINT, "endpoint"), specimen(BUDGETS[0], "budget")]],
        bad=[([specimen(SERVERLESS_ENDPOINT, "endpoint")], {"stack": ""})],
        unknown=[],  # a budget is there or not
        not_applicable=[[hub()]],
        configured=[({"declaredElsewhere": True}, [specimen(SERVERLESS_ENDPOINT, "endpoint")], {})],
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
