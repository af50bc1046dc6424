"""What Azure Monitor refuses of an action group, an alert rule or a workbook, and who may make one."""

import copy
from typing import Any

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import make_project
from tests.support.online import make_online_endpoint, online_endpoint

GROUP = "rg-alert-rules"
INSIGHTS = f"/resourceGroups/{GROUP}/providers/Microsoft.Insights"
ENDPOINT = f"{SUBSCRIPTION}{online_endpoint(GROUP, 'watched')}"
ON_CALL = f"{SUBSCRIPTION}{INSIGHTS}/actionGroups/on-call"
GUID = "3f6c1c52-8d0e-4b7a-9d43-0f6d6f1f7a10"
CRITERION = {
    "name": "value",
    "criterionType": "StaticThresholdCriterion",
    "metricName": "RequestsPerMinute",
    "operator": "GreaterThan",
    "threshold": 1,
    "timeAggregation": "Average",
    "dimensions": [{"name": "statusCode", "operator": "Include", "values": ["500"]}],
}
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "actionGroups": (
        "on-call",
        {
            "location": "global",
            "properties": {
                "groupShortName": "llama",
                "enabled": True,
                "emailReceivers": [{"name": "on-call", "emailAddress": "on-call@example.com"}],
                "webhookReceivers": [{"name": "chat", "serviceUri": "https://chat.example.com/hook"}],
            },
        },
    ),
    "metricAlerts": (
        "errors",
        {
            "location": "global",
            "properties": {
                "severity": 1,
                "enabled": True,
                "scopes": [ENDPOINT],
                "evaluationFrequency": "PT1M",
                "windowSize": "PT5M",
                "criteria": {
                    "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
                    "allOf": [CRITERION],
                },
                "actions": [{"actionGroupId": ON_CALL}],
            },
        },
    ),
    "activityLogAlerts": (
        "failed",
        {
            "location": "global",
            "properties": {
                "scopes": [f"{SUBSCRIPTION}/resourceGroups/{GROUP}"],
                "condition": {"allOf": [{"field": "category", "equals": "Administrative"}]},
                "actions": {"actionGroups": [{"actionGroupId": ON_CALL}]},
            },
        },
    ),
    "workbooks": (
        GUID,
        {
            "location": "eastus2",
            "kind": "shared",
            "properties": {"displayName": "Llama", "category": "workbook", "serializedData": "{}"},
        },
    ),
}


@pytest.fixture(scope="module", autouse=True)
def estate(arm: Arm) -> None:
    make_project(arm, GROUP)
    make_online_endpoint(arm, GROUP, "watched")
    for kind, (name, body) in BODIES.items():
        answer = arm.call("PUT", f"{INSIGHTS}/{kind}/{name}", body)
        assert answer.status_code in (200, 201), answer.text


def changed(kind: str, path: str, value: Any) -> dict[str, Any]:
    """Return a body of a type with another value at a path such as ``properties.severity``."""
    body: Any = copy.deepcopy(BODIES[kind][1])
    *way, last = path.split("/")
    holder = body
    for step in way:
        holder = holder[int(step)] if step.isdecimal() else holder[step]
    holder[last] = value
    return body  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        ("actionGroups", "properties/groupShortName", "l" * 13, f"1 to {load_facts('metrics')['groupShortName']}"),
        ("actionGroups", "properties/emailReceivers/0/emailAddress", "nobody", "is none"),
        ("actionGroups", "properties/webhookReceivers/0/name", "on-call", "names of their own"),
        ("actionGroups", "properties/webhookReceivers/0/serviceUri", "ftp://chat", "no web address"),
        ("actionGroups", "properties/webhookReceivers/0/serviceUri", None, "needs name and serviceUri"),
        ("metricAlerts", "location", "eastus2", "location global"),
        ("metricAlerts", "properties/severity", 5, "0 to 4"),
        ("metricAlerts", "properties/evaluationFrequency", "PT7M", "none of PT1M"),
        ("metricAlerts", "properties/windowSize", None, "none of PT1M"),
        ("metricAlerts", "properties/scopes", [], "needs scopes"),
        ("metricAlerts", "properties/scopes", [f"{ENDPOINT}-gone"], "was not found"),
        ("metricAlerts", "properties/criteria/allOf", [], "no allOf"),
        ("metricAlerts", "properties/criteria/odata.type", None, "odata.type"),
        ("metricAlerts", "properties/criteria/allOf/0/metricName", "Requests", "Couldn't find a metric named Requests"),
        ("metricAlerts", "properties/criteria/allOf/0/operator", "Above", "none of GreaterThan"),
        ("metricAlerts", "properties/criteria/allOf/0/threshold", None, "is no number"),
        ("metricAlerts", "properties/criteria/allOf/0/dimensions/0/name", "StatusCodes", "no dimension StatusCodes"),
        ("metricAlerts", "properties/actions/0/actionGroupId", f"{ON_CALL}-gone", "was not found"),
        ("activityLogAlerts", "location", "eastus2", "one of the locations global"),
        ("activityLogAlerts", "properties/condition/allOf/0/field", "colour", "none of an event"),
        ("activityLogAlerts", "properties/condition/allOf/0/field", "status", "needs the field category"),
        ("activityLogAlerts", "properties/condition/allOf/0/equals", None, "needs equals or containsAny"),
        ("workbooks", "properties/serializedData", "no JSON", "is JSON"),
        ("workbooks", "properties/displayName", "", "needs displayName"),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(arm: Arm, kind: str, path: str, value: Any, said: str) -> None:
    name = GUID if kind == "workbooks" else "another"
    answer = arm.call("PUT", f"{INSIGHTS}/{kind}/{name}", changed(kind, path, value))
    assert answer.status_code in (400, 404), answer.text
    assert said in answer.json()["error"]["message"]


def test_a_workbook_is_named_by_a_guid(arm: Arm) -> None:
    answer = arm.call("PUT", f"{INSIGHTS}/workbooks/llama", BODIES["workbooks"][1])
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_who_may_only_read_makes_no_rule_and_sees_the_alerts(arm: Arm, home: SandboxHome) -> None:
    scope = f"{SUBSCRIPTION}/resourceGroups/{GROUP}"
    reader = add_principal(home, "alert-reader", role="Reader", scope=scope)
    with sign_in(home, reader.secret) as theirs:
        for kind, (name, body) in BODIES.items():
            path = f"{INSIGHTS}/{kind}/{name}"
            refused = theirs.call("PUT", path, body)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
            assert theirs.call("GET", path).status_code == 200
        alerts = f"/resourceGroups/{GROUP}/providers/Microsoft.AlertsManagement/alerts"
        shown = theirs.call("GET", alerts).json()["value"]
        assert {one["name"] for one in shown} == {"failed"}, "what was refused is in the activity log"
