"""What others judge: Azure Policy's conditions, the built-in policies that are kept of it, and reasons for failures."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.foundry import foundry_models
from scripts.judged.__main__ import main
from scripts.judged.azure_policy import Definition, PolicyError, judge
from scripts.judged.estate import as_policy_sees
from scripts.judged.verdicts import (
    Reason,
    Verdict,
    built_in_policies,
    judge_resources,
    page,
    policies_of_other_types,
    problems,
)

Json = dict[str, Any]
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
ACCOUNT = f"{GROUP}/providers/Microsoft.CognitiveServices/accounts/ai"
HUB = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/hub"
ENDPOINT = f"{GROUP}/providers/Microsoft.Network/privateEndpoints"
VAULT = "Microsoft.KeyVault/vaults"


def resource(path: str, **body: Any) -> Json:
    """Return a resource of an id, as Azure Resource Manager shows it."""
    chain = path.rpartition("/providers/")[2].split("/")
    return {"id": path, "name": chain[-1], "type": "/".join([chain[0], *chain[1::2]]), **body}


def fails(condition: Json, properties: Json, **parameters: Any) -> bool:
    """Whether a key vault of some properties is not as a condition's definition wants it."""
    vault = resource(f"{GROUP}/providers/{VAULT}/kv", location="eastus2", tags={"owner": "us"}, properties=properties)
    definition = Definition("id", "title", "1", "Audit", frozenset({VAULT.lower()}), broken=condition,
                            parameters=parameters)  # fmt: skip
    return bool(judge(definition, [vault]).failed)


def of(name: str, **operator: Any) -> Json:
    return {"field": f"{VAULT}/{name}", **operator}


RULES = {"rules": [{"name": "a", "action": "Allow", "port": 80}, {"name": "b", "action": "Deny", "port": 443}]}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (of("sku", equals="Standard"), True),
        (of("SKU", equals="STANDARD"), True),
        (of("sku", notEquals="premium"), True),
        (of("absent", equals="x"), False),
        (of("absent", notEquals="x"), True),
        (of("absent", exists="false"), True),
        (of("sku", exists=True), True),
        (of("purge", equals="true"), True),
        (of("sku", **{"in": ["premium", "standard"]}), True),
        (of("absent", notIn=["premium"]), True),
        (of("sku", like="stand*"), True),
        (of("sku", notLike="*x*"), True),
        (of("code", match="a#?"), True),
        (of("code", match="A#?"), False),
        (of("code", matchInsensitively="A#?"), True),
        (of("sku", contains="DARD"), True),
        (of("inner", containsKey="deep"), True),
        (of("inner.deep", greater=2), True),
        (of("inner.deep", lessOrEquals=2), False),
        (of("rules[*].action", equals="Allow"), False),
        (of("rules[*].action", **{"in": ["Allow", "Deny"]}), True),
        (of("none[*].action", equals="Allow"), True),
        (of("none[*]", exists=True), False),
        ({"field": "tags['owner']", "equals": "us"}, True),
        ({"field": "tags.owner", "exists": "true"}, True),
        ({"field": "location", "equals": "EastUS2"}, True),
        ({"field": "Microsoft.Storage/storageAccounts/sku", "equals": "standard"}, False),
        ({"not": of("sku", equals="standard")}, False),
        ({"AnyOf": [of("sku", Equals="standard")]}, True),
        ({"anyOf": [of("sku", equals="x"), of("sku", equals="standard")]}, True),
        ({"value": "[concat(parameters('start'), 'dard')]", "equals": "standard"}, True),
        ({"value": "[empty(field('Microsoft.KeyVault/vaults/absent'))]", "equals": True}, True),
        ({"count": {"field": f"{VAULT}/rules[*]"}, "equals": 2}, True),
        ({"count": {"field": f"{VAULT}/rules[*]", "where": of("rules[*].action", equals="Deny")}, "equals": 1}, True),
        (
            {
                "count": {
                    "field": f"{VAULT}/rules[*]",
                    "where": {"allOf": [of("rules[*].action", equals="Deny"), of("rules[*].port", less=100)]},
                },
                "greater": 0,
            },
            False,
        ),
        (
            {
                "count": {
                    "value": ["stand", "prem"],
                    "name": "one",
                    "where": of("sku", contains="[current('one')]"),
                },
                "equals": 1,
            },
            True,
        ),
    ],
    ids=str,
)  # fmt: skip
def test_a_condition_of_azure_policy_holds_as_it_is_documented(condition: Json, holds: bool) -> None:
    properties = {"sku": "standard", "purge": True, "code": "a1b", "inner": {"deep": 3}, "none": [], **RULES}
    assert fails(condition, properties, start="stan") is holds


@pytest.mark.parametrize(
    "condition",
    [of("sku", sounds="like"), {"source": "action"}, {"value": "[parameters('none')]", "equals": 1}, {"field": "type"}],
    ids=str,
)
def test_a_condition_that_is_not_known_is_refused_and_passes_nothing(condition: Json) -> None:
    with pytest.raises(PolicyError):
        fails(condition, {})


def test_a_definition_as_azure_keeps_it_is_read_with_the_values_of_an_assignment() -> None:
    document = {
        "name": "guid",
        "properties": {
            "displayName": "Vaults keep what is deleted",
            "version": "1.2.0",
            "parameters": {"effect": {"defaultValue": "AuditIfNotExists"}, "kind": {}},
            "policyRule": {
                "if": {"field": "type", "equals": VAULT},
                "then": {
                    "effect": "[parameters('effect')]",
                    "details": {
                        "type": "Microsoft.Insights/diagnosticSettings",
                        "existenceCondition": {"field": "name", "equals": "[parameters('kind')]"},
                    },
                },
            },
        },
    }
    vault = resource(f"{GROUP}/providers/{VAULT}/kv")
    setting = resource(f"{vault['id']}/providers/Microsoft.Insights/diagnosticSettings/to-log")
    elsewhere = resource(f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/to-log")
    definition = Definition.of_azure(document, {"kind": "to-log"})
    assert (definition.effect, list(definition.types)) == ("AuditIfNotExists", [VAULT.lower()])
    assert judge(definition, [vault, setting]).passed == (vault["id"],)
    assert judge(definition, [vault, elsewhere]).failed == (vault["id"],)
    assert judge(Definition.of_azure(document, {"kind": "other"}), [vault, setting]).failed == (vault["id"],)


CONNECTED = {
    "privateEndpointConnections": [{"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}}]
}
SETTING = {
    "logs": [{"categoryGroup": "allLogs", "enabled": True}],
    "metrics": [{"category": "AllMetrics", "enabled": True}],
    "workspaceId": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log",
}
FILTERS = [
    {"name": "Violence", "source": side, "enabled": True, "blocking": True, "severityThreshold": "Low"}
    for side in ("Prompt", "Completion")
]


def connection(target: str, group: str) -> Json:
    return {"privateLinkServiceConnections": [{"properties": {"privateLinkServiceId": target, "groupIds": [group]}}]}


def deployment(publisher: str, content_filter: str) -> Json:
    name = next(iter(foundry_models()))
    properties = {"model": {"format": publisher, "name": name, "version": "1"}, "raiPolicyName": content_filter}
    return resource(f"{ACCOUNT}/deployments/chat", properties=properties)


def online_deployment(registry: str) -> Json:
    asset = f"azureml://registries/{registry}/models/Meta-Llama-3-8B/versions/1"
    return resource(f"{HUB}/onlineEndpoints/completions/deployments/blue", properties={"model": asset})


WANTED = [
    resource(
        ACCOUNT,
        kind="AIServices",
        identity={"type": "SystemAssigned"},
        properties={
            "disableLocalAuth": True,
            "publicNetworkAccess": "Disabled",
            "encryption": {"keySource": "Microsoft.KeyVault"},
            **CONNECTED,
        },
    ),
    resource(f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/to-log", properties=SETTING),
    resource(f"{ACCOUNT}/raiPolicies/strict", properties={"mode": "Blocking", "contentFilters": FILTERS}),
    deployment("Meta", "strict"),
    resource(
        HUB,
        kind="Hub",
        properties={
            "publicNetworkAccess": "Disabled",
            "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"},
            "encryption": {"status": "Enabled"},
            "v1LegacyMode": True,
            "primaryUserAssignedIdentity": f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id",
            **CONNECTED,
        },
    ),
    resource(f"{HUB}/providers/Microsoft.Insights/diagnosticSettings/to-log", properties=SETTING),
    online_deployment("azureml-meta"),
    resource(f"{ENDPOINT}/pe-ai", properties=connection(ACCOUNT, "account")),
    resource(f"{ENDPOINT}/pe-ai/privateDnsZoneGroups/default", properties={}),
    resource(f"{ENDPOINT}/pe-hub", properties=connection(HUB, "amlworkspace")),
    resource(f"{ENDPOINT}/pe-hub/privateDnsZoneGroups/default", properties={}),
]
UNWANTED = [
    resource(ACCOUNT, kind="AIServices", properties={"capabilities": [{"name": "CustomerManagedStorage"}]}),
    deployment("Somebody", "none"),
    resource(HUB, kind="Hub", properties={}),
    online_deployment("somebody"),
    resource(f"{ENDPOINT}/pe-ai", properties=connection(ACCOUNT, "account")),
    resource(f"{ENDPOINT}/pe-hub", properties=connection(HUB, "amlworkspace")),
]


@pytest.mark.parametrize("policy", built_in_policies(), ids=lambda policy: policy.id[:8])
def test_a_built_in_policy_passes_what_it_wants_and_fails_what_it_does_not(policy: Definition) -> None:
    wanted, unwanted = judge(policy, as_policy_sees(WANTED)), judge(policy, as_policy_sees(UNWANTED))
    assert (bool(wanted.passed), wanted.failed) == (True, ())
    assert (unwanted.passed, bool(unwanted.failed)) == ((), True)


FAILED = Verdict("checkov", "CKV_AZURE_1", "Ensure it", "prod", failed=[(VAULT, f"{VAULT}.kv")])
WHY = Reason(checks=("CKV_AZURE_1",), stacks=("prod",), types=(VAULT,), why="It is so.")


def test_a_failure_has_a_reason_and_a_reason_a_failure() -> None:
    assert problems([FAILED], [WHY]) == []
    (missing,) = problems([FAILED], [])
    assert missing == (
        f"prod: checkov CKV_AZURE_1 (Ensure it) fails on {VAULT}.kv: mend it, or say why in reasons.yaml"
    )
    (idle,) = problems([], [WHY])
    assert idle == f"prod: CKV_AZURE_1 does not fail on any {VAULT}: take that out of reasons.yaml"
    elsewhere = WHY.model_copy(update={"types": (VAULT, "Microsoft.Storage/storageAccounts")})
    assert len(problems([FAILED], [elsewhere])) == 1
    assert len(problems([FAILED], [WHY.model_copy(update={"stacks": ("dev",)})])) == 2


def test_a_type_that_no_condition_is_kept_of_is_told() -> None:
    kind = next(iter(policies_of_other_types()))
    (told,) = problems([], [], [{"type": kind}])
    assert told.startswith(f"the stacks have a {kind}:")


def test_the_page_shows_what_passed_what_failed_and_why() -> None:
    made = page([FAILED, *judge_resources("dev", as_policy_sees(WANTED), built_in_policies())], [WHY])
    assert "| CKV_AZURE_1 | Ensure it | **failed** (1) | none there |" in made
    assert "1. It is so." in made
    assert "1 checks; 1 fail on `prod`, 0 fail on `dev`." in made


def test_definitions_of_ones_own_are_judged_on_what_was_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    condition = {"allOf": [{"field": "type", "equals": VAULT}, of("publicNetworkAccess", notEquals="Disabled")]}
    rule = {"if": condition, "then": {"effect": "Deny"}}
    asks = {**rule, "then": {"effect": "[parameters('effect')]"}}
    for name, policy_rule in (("closed", rule), ("asks", asks)):
        document = {"name": name, "properties": {"displayName": f"Vaults are {name}", "policyRule": policy_rule}}
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "notes.json").write_text("[]", encoding="utf-8")
    for stack, access in (("prod", "Disabled"), ("dev", "Enabled")):
        vault = resource(f"{GROUP}/providers/{VAULT}/kv-{stack}", properties={"publicNetworkAccess": access})
        (tmp_path / "exported" / stack).mkdir(parents=True)
        (tmp_path / "exported" / stack / "resources.json").write_text(json.dumps([vault]), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["judged", str(tmp_path / "exported"), "--definitions", str(tmp_path)])
    assert main() == 1
    said = capsys.readouterr().out.splitlines()
    assert f"dev: Deny Vaults are closed (closed.json): {GROUP}/providers/{VAULT}/kv-dev" in said
    assert "prod: asks.json: not judged: the parameter effect has no value: an assignment gives it" in said
    assert not [line for line in said if line.startswith("prod: Deny")]
