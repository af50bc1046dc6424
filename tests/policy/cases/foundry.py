"""Foundry resources: what they deploy, where, how much of it, and what is filtered."""

import datetime as dt
from typing import Any

from llama_guardrails.resource_types import (
    ACCOUNT_ENCRYPTION,
    AI_SERVICES_ACCOUNT,
    AI_SERVICES_DEPLOYMENT,
    CONTENT_FILTER,
    DIAGNOSTIC_SETTING,
)
from llama_guardrails.view import UNKNOWN, Resource
from tests.policy.cases._table import Cases, by_example
from tests.policy.specimens import GROUP_ID, REMOVED, specimen, urn

_MODEL, _FORMAT, _VERSION = "properties.model.name", "properties.model.format", "properties.model.version"
_SKU, _CAPACITY, _UPGRADE = "sku.name", "sku.capacity", "properties.versionUpgradeOption"
_KEY_SOURCE = "properties.encryption.keySource"
_FILTERS, _MODE, _INSTANT = "properties.contentFilters", "properties.mode", "properties.instant"
_AUTUMN = dt.date(2026, 9, 1)
"""A day on which Foundry sells Llama models, and the end of each of them is far."""
_ACCOUNT_URN = urn(AI_SERVICES_ACCOUNT, "account")
_SCOUT = {_MODEL: "Llama-4-Scout-17B-16E-Instruct", _VERSION: "1", _CAPACITY: 1.0}
_MAVERICK = {_MODEL: "Llama-4-Maverick-17B-128E-Instruct-FP8", _VERSION: "1"}
_OPEN_AI = {_FORMAT: "OpenAI", _MODEL: "gpt-4o", _VERSION: "2024-08-06"}
_UNLISTED = {_MODEL: "muse-glimmer-30b", _VERSION: "1"}
"""Of Meta, and called no Llama."""
_ELSEWHERE = {"location": "qatarcentral"}
_BY_OUTPUT = {"accountName": (_ACCOUNT_URN,)}
_POOL, _OWN = "AIServices.GlobalStandard.MaaS", "AIServices.GlobalStandard.Llama-3.3-70B-Instruct"


def _account(changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    return specimen(AI_SERVICES_ACCOUNT, "account", changes, **fields)


def _deployment(name: str, changes: dict[str, Any] | None = None, **fields: Any) -> Resource:
    return specimen(AI_SERVICES_DEPLOYMENT, name, {"deploymentName": name, **(changes or {})}, **fields)


def _filter(name: str, *filters: dict[str, Any], **changes: Any) -> Resource:
    return specimen(CONTENT_FILTER, name, {_FILTERS: list(filters), **changes})


def _hate(**changes: Any) -> dict[str, Any]:
    return {"name": "Hate", "source": "Completion", "enabled": True, "blocking": True, **changes}


def _logs_of_account(**changes: Any) -> Resource:
    scope = f"{GROUP_ID}/providers/Microsoft.CognitiveServices/accounts/AIS-llama"
    return specimen(DIAGNOSTIC_SETTING, "logs", {"resourceUri": scope, **changes})


CASES = {
    "foundry-model-can-be-deployed": by_example(
        "foundry-model-can-be-deployed",
        on=_AUTUMN,
        bad=[
            ([_deployment("spelt", {_MODEL: "META-LLAMA-3.1-405B-INSTRUCT"})], {"spelt": _MODEL}),
            ([_deployment("vision", {_MODEL: "Llama-3.2-11B-Vision-Instruct"})], {"vision": _MODEL}),
        ],
        not_applicable=[[_deployment("stranger", _OPEN_AI)], [_deployment("nothing", {_MODEL: None})]],
    ),
    "foundry-model-not-ending-soon": Cases(
        on=_AUTUMN,
        good=[[_deployment("far")], [_deployment("far", _SCOUT)]],
        bad=[([_deployment("soon", _MAVERICK)], {"soon": _MODEL})],
        unknown=[
            ([_deployment("unknown", {_MODEL: UNKNOWN})], {"unknown": _MODEL}),
            ([_deployment("unlisted", _UNLISTED)], {"unlisted": _MODEL}),
        ],
        not_applicable=[
            [_deployment("stranger", _OPEN_AI)],
        ],
        configured=[
            ({"days": 30}, [_deployment("later", _MAVERICK)], {}),
            ({"days": 200}, [_deployment("soon")], {"soon": _MODEL}),
        ],
    ),
    "foundry-model-supported-region": Cases(
        on=_AUTUMN,
        good=[
            [_account(), _deployment("here")],
            [_account({"location": "East US 2"}), _deployment("spelt", {"accountName": "AIS-LLAMA", **_SCOUT})],
            [
                _account({"accountName": UNKNOWN}),
                _deployment("by output", {"accountName": UNKNOWN}, property_dependencies=_BY_OUTPUT),
            ],
        ],
        bad=[
            ([_account(_ELSEWHERE), _deployment("nowhere")], {"nowhere": ""}),
            ([_account(), _deployment("regional", {_SKU: "Standard"})], {"regional": _SKU}),
            ([_account(), _deployment("never", {_MODEL: "Meta-Llama-3-8B-Instruct"})], {"never": _MODEL}),
            (
                [
                    _account({"accountName": UNKNOWN, **_ELSEWHERE}),
                    _deployment("by output", {"accountName": UNKNOWN}, property_dependencies=_BY_OUTPUT),
                ],
                {"by output": ""},
            ),
        ],
        unknown=[
            ([_account({"location": UNKNOWN}), _deployment("unknown")], {"unknown": "location"}),
            ([_account(), _deployment("unlisted", _UNLISTED)], {"unlisted": _MODEL}),
            ([_account(), _deployment("newer", {_VERSION: "77"})], {"newer": _VERSION}),
            ([_account(), _deployment("unknown", {"accountName": UNKNOWN})], {"unknown": "accountName"}),
        ],
        not_applicable=[
            [_deployment("of an account of others")],
            [_account(_ELSEWHERE), _deployment("stranger", _OPEN_AI)],
            [_account({"location": None}), _deployment("placeless")],
        ],
    ),
    "allowed-deployment-skus": by_example(
        "allowed-deployment-skus",
        options={"skus": ["datazonestandard", "Standard"]},
        good={"regional": "Standard"},
        configured=[
            ({}, [_deployment("any")], {}),
            ({"skus": ["GlobalStandard"]}, [_deployment("world", {_SKU: "globalstandard"})], {}),
            ({"skus": ["Standard"]}, [_deployment("none", {_SKU: REMOVED})], {"none": _SKU}),
        ],
    ),
    "foundry-deployment-capacity": Cases(
        on=_AUTUMN,
        good=[
            [_deployment("partner", _SCOUT)],
            [_deployment("large", {_CAPACITY: 400.0})],
        ],
        bad=[
            ([_deployment("greedy", {**_SCOUT, _CAPACITY: 10.0})], {"greedy": _CAPACITY}),
            ([_deployment("none", {_CAPACITY: 0.0})], {"none": _CAPACITY}),
        ],
        unknown=[
            ([_deployment("unknown", {_CAPACITY: UNKNOWN})], {"unknown": _CAPACITY}),
            ([_deployment("unlisted", _UNLISTED)], {"unlisted": _MODEL}),
        ],
        not_applicable=[
            [_deployment("silent", {_CAPACITY: REMOVED})],
            [_deployment("stranger", _OPEN_AI)],
            [_deployment("regional", {_SKU: "Standard"})],
        ],
    ),
    "foundry-capacity-within-quota": Cases(
        on=_AUTUMN,
        options={"capacity": {_OWN.upper(): 20, _POOL: 1}},
        good=[
            [_deployment("one"), _deployment("two"), _deployment("three", _SCOUT), _deployment("four", _OPEN_AI)],
        ],
        bad=[
            ([_deployment("one"), _deployment("two", {_CAPACITY: 11.0})], {"two": _CAPACITY}),
            # Partners' models share a pool, whichever accounts they are in.
            ([_deployment("one", _SCOUT), _deployment("two", {**_SCOUT, "accountName": "o"})], {"two": _CAPACITY}),
            # A counter that is not declared has no units; a capacity that is not given is the SKU's own.
            ([_deployment("other", {**_MAVERICK, _CAPACITY: REMOVED})], {"other": _CAPACITY}),
        ],
        unknown=[
            ([_deployment("unknown", {_CAPACITY: UNKNOWN})], {"stack": _CAPACITY}),
            ([_deployment("unlisted", _UNLISTED)], {"stack": _MODEL}),
        ],
        configured=[
            ({}, [_deployment("undeclared", {_CAPACITY: 400.0})], {}),
            ({"capacity": {_OWN: 9}}, [_deployment("one")], {"one": _CAPACITY}),
        ],
    ),
    "foundry-deployments-per-account": Cases(
        options={"maximum": 1},
        good=[[_deployment("one"), _deployment("two", {"accountName": "other"})]],
        bad=[
            ([_deployment("one"), _deployment("two", {"accountName": "AIS-Llama"})], {"two": "accountName"}),
            ([_deployment("one"), _deployment("two", _OPEN_AI), _deployment("three")], {"two": "accountName"}),
        ],
        unknown=[([_deployment("unknown", {"accountName": UNKNOWN})], {"stack": "accountName"})],
        configured=[
            ({"maximum": 2}, [_deployment("one"), _deployment("two")], {}),
            ({}, [_deployment(f"d{number}") for number in range(33)], {"d32": "accountName"}),
        ],
    ),
    "foundry-deployment-name": by_example(
        "foundry-deployment-name",
        bad=[([_deployment("gpt-4o", _OPEN_AI)], {"gpt-4o": "deploymentName"})],
        not_applicable=[[_deployment("nameless", {"deploymentName": None})]],
    ),
    "one-foundry-deployment-per-model": Cases(
        options={"within": "account"},
        good=[
            [_deployment("one"), _deployment("two", _SCOUT)],
            [_deployment("one"), _deployment("two", {"accountName": "other"})],
        ],
        bad=[
            ([_deployment("one"), _deployment("two")], {"two": _MODEL}),
            ([_deployment("one"), _deployment("two", {_VERSION: "9"})], {"two": _MODEL}),
            ([_deployment("one"), _deployment("two", {_MODEL: "LLAMA-3.3-70b-instruct"})], {"two": _MODEL}),
        ],
        unknown=[
            ([_deployment("one", {_MODEL: UNKNOWN})], {"one": _MODEL}),
            ([_deployment("one", {"accountName": UNKNOWN})], {"one": "accountName"}),
        ],
        not_applicable=[[_deployment("one", {_MODEL: None})]],
        configured=[
            ({}, [_deployment("one"), _deployment("two")], {}),
            ({"within": "stack"}, [_deployment("one"), _deployment("two", {"accountName": "o"})], {"two": _MODEL}),
        ],
    ),
    "content-filter-strength": Cases(
        good=[
            [_filter("strict", _hate(severityThreshold="Low"))],
            [_filter("silent", _hate(), {"name": "Jailbreak", "source": "Prompt", "enabled": True, "blocking": True})],
            [_filter("nothing of its own")],
        ],
        bad=[
            ([_filter("late", **{_MODE: "Asynchronous_filter"})], {"late": _MODE}),
            ([_filter("off", _hate(enabled=False))], {"off": f"{_FILTERS}[0].enabled"}),
            ([_filter("marks", _hate(blocking=False))], {"marks": f"{_FILTERS}[0].blocking"}),
            (
                [_filter("weak", _hate(), _hate(name="violence", severityThreshold="high"))],
                {"weak": f"{_FILTERS}[1].severityThreshold"},
            ),
            (
                [_filter("shield", {"name": "Jailbreak", "source": "Prompt", "enabled": False})],
                {"shield": f"{_FILTERS}[0].enabled"},
            ),
        ],
        unknown=[
            ([specimen(CONTENT_FILTER, "unknown", {_MODE: UNKNOWN})], {"unknown": _MODE}),
            (
                [_filter("unknown", _hate(severityThreshold=UNKNOWN))],
                {"unknown": f"{_FILTERS}[0].severityThreshold"},
            ),
        ],
        configured=[
            ({"weakestSeverity": "Low"}, [_filter("medium", _hate())], {"medium": f"{_FILTERS}[0].severityThreshold"}),
            ({"weakestSeverity": "High"}, [_filter("weak", _hate(severityThreshold="High"))], {}),
            ({"mayLetPass": ["hate"]}, [_filter("off", _hate(enabled=False))], {}),
            ({"allowAfterwards": True}, [_filter("late", **{_MODE: "Deferred"})], {}),
        ],
    ),
    "foundry-deployment-version-stated": by_example(
        "foundry-deployment-version-stated",
        good={"pinned": "NoAutoUpgrade"},
        bad=[
            ([_deployment("floats", {_VERSION: None})], {"floats": _VERSION}),
        ],
    ),
    "foundry-no-instant-access": by_example(
        "foundry-no-instant-access",
        bad=[
            (
                [_account({f"{_INSTANT}.raiPolicyName": "Microsoft.DefaultV2"})],
                {"account": f"{_INSTANT}.modelAllowList"},
            )
        ],
        not_applicable=[[_account()]],
    ),
    "foundry-model-sold-by-azure": Cases(
        on=_AUTUMN,
        good=[[_deployment("sold"), _deployment("sold too", _MAVERICK)]],
        bad=[([_deployment("partner", _SCOUT)], {"partner": _MODEL})],
        unknown=[
            ([_deployment("unknown", {_MODEL: UNKNOWN})], {"unknown": _MODEL}),
            ([_deployment("unlisted", _UNLISTED)], {"unlisted": _MODEL}),
        ],
        not_applicable=[[_deployment("stranger", _OPEN_AI)]],
    ),
    "foundry-customer-managed-key": Cases(
        good=[
            [_account()],
            [_account({_KEY_SOURCE: REMOVED}), specimen(ACCOUNT_ENCRYPTION, "key")],
            [
                _account({"properties.encryption": REMOVED}),
                specimen(
                    ACCOUNT_ENCRYPTION,
                    "key",
                    {"account_id": UNKNOWN},
                    property_dependencies={"account_id": (_ACCOUNT_URN,)},
                ),
            ],
        ],
        bad=[
            ([_account({_KEY_SOURCE: "Microsoft.CognitiveServices"})], {"account": _KEY_SOURCE}),
            ([_account({"properties.encryption": REMOVED})], {"account": _KEY_SOURCE}),
            (
                [_account({_KEY_SOURCE: REMOVED}), specimen(ACCOUNT_ENCRYPTION, "other's", {"account_id": GROUP_ID})],
                {"account": _KEY_SOURCE},
            ),
        ],
        unknown=[
            ([_account({_KEY_SOURCE: UNKNOWN})], {"account": _KEY_SOURCE}),
            (
                [_account({_KEY_SOURCE: REMOVED}), specimen(ACCOUNT_ENCRYPTION, "key", {"account_id": UNKNOWN})],
                {"account": "account_id"},
            ),
        ],
    ),
    "foundry-diagnostics": Cases(
        good=[
            [_account(), _logs_of_account()],
            [
                _account(),
                _logs_of_account(),
                specimen(DIAGNOSTIC_SETTING, "of a hub"),
            ],
            [
                _account(),
                specimen(
                    DIAGNOSTIC_SETTING,
                    "by output",
                    {"resourceUri": UNKNOWN},
                    property_dependencies={"resourceUri": (_ACCOUNT_URN,)},
                ),
            ],
        ],
        bad=[
            ([_account()], {"account": ""}),
            ([_account(), specimen(DIAGNOSTIC_SETTING, "of a hub")], {"account": ""}),
            ([_account(), _logs_of_account(logs=[{"categoryGroup": "allLogs", "enabled": False}])], {"account": ""}),
        ],
        unknown=[([_account(), _logs_of_account(logs=UNKNOWN)], {"account": "logs"})],
    ),
}
