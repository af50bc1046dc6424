"""The rules as policies of ``pulumi_policy``: the SDK's own servicer asks them, and they find what the pack finds."""

import re
from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Policy, ResourceValidationPolicy

import llama_guardrails
from llama_guardrails import RULES, sdk
from llama_guardrails.configuration import ConfigurationError
from llama_guardrails.context import Moment
from llama_guardrails.pack import Analyzer
from llama_guardrails.resource_types import STORAGE_ACCOUNT
from llama_guardrails.rule import Case, Options, Problem, UniqueRule
from llama_guardrails.view import UNKNOWN
from tests.policy.cases import ALL
from tests.policy.cases._table import Estate
from tests.policy.judging import BY_NAME, CONTEXT, DAY, judge
from tests.policy.sdk.protocol import sdk_servicer, show, struct
from tests.policy.specimens import specimen

# What the engine tells no policy, but policy-report the rules of the pack.
OF_STEPS = {"no-loss-of-data", "no-replacement-under-traffic"}
# Exemptions and dates are given to policies() as a whole, not to a rule.
OF_THE_PACK = {"guardrails-configuration"}
OFFERED = [rule.name for rule in RULES if rule.name not in sdk.NEED_SECRETS]
FINDING = re.compile(r"\[(LLA-[A-Z]{3}-\d{3}) (violation|undecided|crashed)(?: at (\S+))?\]$", re.MULTILINE)

Found = set[tuple[str, str]]
"""The kind of a finding and the path at fault."""


def is_finite(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(is_finite(item) for item in (value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or isfinite(value)


def ask(policies: list[Policy], estate: Estate, config: dict[str, Any] | None = None) -> list[Any]:
    """Have the SDK ask policies about resources as a preview does; return its diagnostics."""
    servicer = sdk_servicer(policies)
    if config is not None:
        servicer.Configure(configured(config), None)
    return show(servicer, estate)


def configured(config: dict[str, Any]) -> Any:
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for name, given in config.items():
        options = dict(given)
        level = options.pop("enforcementLevel", "mandatory")
        request.policyConfig[name].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level.upper())
        request.policyConfig[name].properties.update(options)
    return request


def found_in(diagnostics: list[Any]) -> Found:
    return {(kind, path) for one in diagnostics for _, kind, path in FINDING.findall(one.message)}


def estates(name: str) -> Iterator[tuple[Estate, dict[str, Any]]]:
    cases = ALL[name]
    for estate in (*cases.good, *cases.not_applicable):
        yield estate, cases.options
    for estate, _ in (*cases.bad, *cases.unknown):
        yield estate, cases.options
    for options, estate, _ in cases.configured:
        yield estate, options


@pytest.mark.parametrize("name", sorted(set(OFFERED) - OF_STEPS - OF_THE_PACK))
def test_each_estate_has_the_same_findings_by_the_sdk(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on = ALL[name].on or DAY
    monkeypatch.setattr(sdk, "stack_context", lambda _: replace(CONTEXT, on=on, regions_on=on, today=DAY))
    for estate, options in estates(name):
        if not all(is_finite(one.properties) for one in estate):
            continue  # the SDK itself fails on such a number, before it asks a policy
        given = {"enforcementLevel": "mandatory", **options}
        by_pack = judge(BY_NAME[name], estate, options, on=on, regions_on=on)
        by_sdk = found_in(ask(sdk.policies({name: given}, [BY_NAME[name]]), estate))
        assert by_sdk == {(str(one.kind), one.path) for one in by_pack.findings}


def test_a_preview_warns_of_what_is_undecided_and_an_update_has_the_rules_level(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unknown = specimen(STORAGE_ACCOUNT, "store", {"allowSharedKeyAccess": UNKNOWN})
    for moment, level in ((Moment.PREVIEW, analyzer_pb2.ADVISORY), (Moment.UPDATE, analyzer_pb2.MANDATORY)):
        monkeypatch.setattr(sdk, "stack_context", lambda _, moment=moment: replace(CONTEXT, moment=moment))
        (said,) = ask(sdk.policies(rules=[BY_NAME["storage-no-shared-key"]]), [unknown])
        assert said.enforcementLevel == level
        assert said.message.endswith("[LLA-DAT-005 undecided at allowSharedKeyAccess]")


def test_a_rule_that_fails_is_a_violation_and_stops_no_other() -> None:
    def fails(_: Case[Options]) -> list[Problem]:
        raise LookupError("hidden")

    broken = replace(BY_NAME["storage-no-shared-key"], check=fails)
    store = specimen(STORAGE_ACCOUNT, "store", {"allowBlobPublicAccess": True})
    said = ask(sdk.policies(rules=[broken, BY_NAME["storage-no-anonymous-access"]]), [store])
    assert [FINDING.search(one.message)[2] for one in said] == ["crashed", "violation"]  # type: ignore[index]
    assert "hidden" not in said[0].message


def test_the_engine_is_told_the_same_of_a_policy_as_of_the_rule() -> None:
    servicer = sdk_servicer(llama_guardrails.policies())
    by_sdk = {one.name: MessageToDict(one) for one in servicer.GetAnalyzerInfo(None, None).policies}
    by_pack = {one.name: MessageToDict(one) for one in Analyzer(RULES).GetAnalyzerInfo(None, None).policies}  # type: ignore[arg-type]
    assert set(by_sdk) == set(OFFERED)
    for name, told in by_sdk.items():
        assert told == by_pack[name], name


def test_the_engines_configuration_of_a_policy_is_that_of_the_rule() -> None:
    away = specimen(STORAGE_ACCOUNT, "store", {"location": "swedencentral"})
    rules = [BY_NAME["allowed-regions"]]
    config = {"allowed-regions": {"enforcementLevel": "mandatory", "regions": ["eastus2"]}}
    (said,) = ask(sdk.policies(rules=rules), [away], config)
    assert said.enforcementLevel == analyzer_pb2.MANDATORY
    assert found_in([said]) == {("violation", "location")}
    (wrong,) = ask(sdk.policies(rules=rules), [away], {"allowed-regions": {"region": ["eastus2"]}})
    assert "allowed-regions.region" in wrong.message
    with pytest.raises(ConfigurationError, match="did you mean allowed-regions"):
        sdk.policies({"allowed-region": "mandatory"})


def test_an_exemption_that_is_given_to_policies_lets_a_finding_pass() -> None:
    store = specimen(STORAGE_ACCOUNT, "store", {"allowSharedKeyAccess": True})
    exemption = {
        "rule": "storage-no-shared-key",
        "resources": "store",
        "reason": "moves to identities next month",
        "owner": "team-data",
        "expires": "2999-01-01",
    }
    rules = [BY_NAME["storage-no-shared-key"]]
    assert found_in(ask(sdk.policies(rules=rules), [store]))
    assert ask(sdk.policies({"guardrails-configuration": {"exemptions": [exemption]}}, rules), [store]) == []
    by_engine = {"guardrails-configuration": {"exemptions": [exemption]}}
    (said,) = ask(sdk.policies(rules=[BY_NAME["guardrails-configuration"]]), [store], by_engine)
    assert "give exemptions and dates to policies()" in said.message


def test_what_the_sdk_cannot_say_is_a_short_list() -> None:
    # A secret is a plain value when a policy is asked: the rules about secrets would find all of them in clear.
    assert {rule.name for rule in RULES} - set(OFFERED) == sdk.NEED_SECRETS
    # A value that is used twice is found at the end of a preview, when all is known, and not at the resource.
    by_name = {one.name: one for one in sdk.policies()}
    for rule in RULES:
        if isinstance(rule, UniqueRule):
            assert not isinstance(by_name[rule.name], ResourceValidationPolicy)


def test_a_teams_policies_are_judged_in_the_pack_beside_the_rules() -> None:
    def validate(args: Any, report: Any) -> None:
        if not args.name.startswith("llama-"):
            report(f"{args.name} is not called llama-something")

    own = ResourceValidationPolicy("named-for-the-team", "Names begin with llama-.", validate)
    analyzer = Analyzer(RULES, [own])
    assert analyzer.GetAnalyzerInfo(None, None).policies[-1].name == "named-for-the-team"  # type: ignore[arg-type]
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    request.policyConfig["named-for-the-team"].enforcementLevel = analyzer_pb2.MANDATORY
    request.policyConfig["storage-no-shared-key"].enforcementLevel = analyzer_pb2.ADVISORY
    analyzer.Configure(request, None)  # type: ignore[arg-type]
    store = specimen(STORAGE_ACCOUNT, "store", {"allowSharedKeyAccess": True})
    asked = analyzer_pb2.AnalyzeRequest(type=store.type, urn=store.urn, name=store.name, properties=struct(store))
    said = {one.policyName: one for one in analyzer.Analyze(asked, None).diagnostics}  # type: ignore[arg-type]
    assert set(said) >= {"storage-no-shared-key", "named-for-the-team"}
    assert said["named-for-the-team"].enforcementLevel == analyzer_pb2.MANDATORY
    assert said["storage-no-shared-key"].enforcementLevel == analyzer_pb2.ADVISORY
    other = analyzer_pb2.AnalyzeRequest(type="random:index:RandomPet", urn="urn", name="pet")
    assert [one.policyName for one in analyzer.Analyze(other, None).diagnostics] == ["named-for-the-team"]  # type: ignore[arg-type]


def test_the_same_name_for_a_rule_and_a_teams_policy_is_refused() -> None:
    own = ResourceValidationPolicy("allowed-regions", "Regions.", lambda *_: None)
    with pytest.raises(ValueError, match="allowed-regions"):
        Analyzer(RULES, [own])
