"""Alert rules: what a stack's settings come to, and that the rules ask for what Azure documents."""

import json
from typing import Any

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.monitoring import AlertRule, alert_facts, metrics_of
from llama_azure_core.plan import AlertKind, Alerts, Owner, Plan, plan
from llama_azure_core.plan.calling import call_limits
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, ONLINE_ENDPOINT, SERVERLESS_ENDPOINT
from llama_azure_core.settings import SettingsError, parse_settings

SUBSCRIPTION = "5a2d6b0c-0000-4000-8000-11a3a0000001"
SHARED = "/subscriptions/s/resourceGroups/rg-shared/providers/Microsoft.Insights/actionGroups/on-call"
CHAT: dict[str, Any] = {"model": "Llama-3.3-70B-Instruct", "backEnd": "foundry", "foundry": {"capacity": 20}}


def planned(alerts: dict[str, Any] | None, **changes: Any) -> Plan:
    config: dict[str, Any] = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2026-11-28",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:projects": {"assistants": {"endpoints": {"chat": CHAT}}},
        **{f"llama-azure:{name}": value for name, value in changes.items()},
    }
    if alerts is not None:
        config["llama-azure:alerts"] = alerts
    return plan(parse_settings(config, "f"), subscription=SUBSCRIPTION, stack="test")


def alerts_of(made: Plan) -> Alerts:
    assert made.alerts is not None
    return made.alerts


def test_a_stack_has_no_alerts_unless_it_asks_for_them_or_its_profile_does() -> None:
    assert planned(None).alerts is None
    assert planned({"enabled": False}, profile="protected").alerts is None
    assert planned({}).alerts is not None
    assert planned(None, profile="protected").alerts is not None


def test_what_is_off_takes_no_provider_and_what_is_on_takes_one() -> None:
    assert "Microsoft.Insights" not in planned(None).providers
    assert "Microsoft.Insights" in planned({}).providers


def test_the_tokens_of_a_rule_are_a_share_of_those_of_the_capacity() -> None:
    made = planned({"tokenPercent": 50})
    (rule,) = [one for one in alerts_of(made).rules if one.rule is AlertRule.TOKENS]
    minutes = load_facts("metrics")["windows"]["minutes"]
    assert rule.arguments["threshold"] == call_limits(made.endpoints[0])["tokensPerMinute"] * minutes / 2


def test_an_action_group_that_is_there_is_used_and_not_made() -> None:
    made = planned({"actionGroup": SHARED})
    assert (alerts_of(made).owner, alerts_of(made).arguments) == (Owner.EXISTING, {"action_group_id": SHARED})
    assert [one.id for one in made.existing] == [SHARED]


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ({"actionGroup": SHARED, "emails": ["a@example.com"]}, "emails cannot be set on an action group that is there"),
        ({"actionGroup": SHARED.replace("actionGroups", "components")}, "is not the id of an action group"),
        ({"contactRoles": []}, "nobody would be told"),
        ({"contactRoles": ["Boss"]}, "is no built-in role"),
        ({"webhooks": {"chat": "chat.example"}}, "begins with https://"),
        ({"rules": ["everything"]}, "rules"),
    ],
)
def test_settings_that_tell_nobody_are_refused(alerts: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match="alerts") as refused:
        planned(alerts)
    assert said in str(refused.value)


def test_every_metric_that_a_rule_asks_for_is_documented_and_has_its_dimensions() -> None:
    for rule in AlertRule:
        for kind, metric in alert_facts(rule).metrics.items():
            dimensions = metrics_of(kind)[metric].dimensions
            assert alert_facts(rule).status_codes.get(kind) is None or {"statusCode", "StatusCode"} & set(dimensions)
    for one in alerts_of(planned({})).rules:
        if one.kind is AlertKind.METRIC:
            asked = metrics_of(one.arguments["resource_type"])[one.arguments["metric_name"]]
            assert one.arguments["dimensions"].keys() <= set(asked.dimensions)
            assert one.arguments["aggregation"] in asked.aggregations
    assert metrics_of(SERVERLESS_ENDPOINT) == {}


def test_the_workbook_draws_what_the_rules_look_at() -> None:
    content = json.loads(str(alerts_of(planned({})).workbook.arguments["content"]))
    drawn = {one["metric"] for item in content["items"] for one in item["content"].get("metrics", ())}
    asked = {
        f"{AI_SERVICES_ACCOUNT.casefold()}-{metrics_of(AI_SERVICES_ACCOUNT)[name].category}-{name}"
        for rule in AlertRule
        if (name := alert_facts(rule).metrics.get(AI_SERVICES_ACCOUNT, ""))
    }
    assert drawn == asked
    assert ONLINE_ENDPOINT.casefold() not in json.dumps(content).casefold()
