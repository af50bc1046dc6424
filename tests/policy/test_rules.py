"""Every rule on the resources of its table: which pass, which fail, which it cannot decide, which are not its own."""

import json
import re
from typing import Any

import pytest

from llama_azure_core.foundry import catalogue_date
from llama_azure_sandbox.provider.checks import failures
from llama_azure_sandbox.provider.types import resource_rows
from llama_guardrails import RULES
from llama_guardrails.rule import Level, Options, Rule
from tests.policy.cases import ALL
from tests.policy.cases._table import Estate, Failing
from tests.policy.judging import BY_NAME, DAY, Outcome, judge
from tests.policy.specimens import REMOVED, specimen
from tests.support.broken import broken_resources

CASES = sorted(ALL.items())


def every(kind: str) -> list[Any]:
    """Return each estate of each rule's list of one kind, as a parameter with a name."""
    return [
        pytest.param(name, estate, id=f"{name}-{index}")
        for name, cases in CASES
        for index, estate in enumerate(getattr(cases, kind))
    ]


def ask(name: str, estate: Estate, **changes: Any) -> Outcome:
    cases = ALL[name]
    on = cases.on or DAY
    return judge(BY_NAME[name], estate, **{"options": cases.options, "on": on, "regions_on": on, **changes})


def asked_about(name: str, estate: Estate) -> set[str]:
    types = BY_NAME[name].types
    return {resource.name for resource in estate if resource.type in types} if types else {"stack"}


@pytest.mark.parametrize(("name", "estate"), every("good"))
def test_what_is_as_it_should_be_passes(name: str, estate: Estate) -> None:
    outcome = ask(name, estate)
    assert outcome.findings == []
    assert outcome.passing >= asked_about(name, estate) - set(outcome.skipped)
    assert outcome.passing


@pytest.mark.parametrize(("name", "broken"), every("bad"))
def test_what_is_broken_is_named_with_its_path_and_nothing_else_is(name: str, broken: tuple[Estate, Failing]) -> None:
    estate, failing = broken
    outcome = ask(name, estate)
    assert outcome.failing == failing
    assert outcome.undecided == {}
    assert outcome.crashed == set()
    assert all(finding.level is Level.MANDATORY and finding.message.endswith(".") for finding in outcome.findings)


@pytest.mark.parametrize(("name", "hidden"), every("unknown"))
def test_what_is_not_known_is_undecided_and_never_passes(name: str, hidden: tuple[Estate, Failing]) -> None:
    estate, undecided = hidden
    outcome = ask(name, estate)
    assert outcome.undecided == undecided
    assert outcome.passing.isdisjoint(undecided)
    assert outcome.failing == {}


@pytest.mark.parametrize(("name", "estate"), every("not_applicable"))
def test_what_a_rule_does_not_concern_is_skipped_and_says_why(name: str, estate: Estate) -> None:
    outcome = ask(name, estate)
    assert outcome.findings == []
    assert set(outcome.skipped) >= asked_about(name, estate)
    assert all(outcome.skipped.values())


@pytest.mark.parametrize(("name", "case"), every("configured"))
def test_options_change_what_fails(name: str, case: tuple[dict[str, Any], Estate, Failing]) -> None:
    options, estate, failing = case
    outcome = ask(name, estate, options=options)
    assert (outcome.failing, outcome.undecided) == (failing, {})


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_level_changes_what_a_finding_does_and_off_is_off(name: str) -> None:
    estate, failing = ALL[name].bad[0]
    options = ALL[name].options
    advisory = ask(name, estate, options={**options, "enforcementLevel": "advisory"})
    assert advisory.failing == failing
    assert {finding.level for finding in advisory.findings} == {Level.ADVISORY}
    assert ask(name, estate, options={**options, "enforcementLevel": "disabled"}).findings == []


@pytest.mark.parametrize("name", sorted(set(ALL) - {"guardrails-configuration"}))
def test_every_finding_can_be_exempted(name: str) -> None:
    estate, failing = ALL[name].bad[0]
    exemption = {"rule": name, "reason": "a case of its own", "owner": "tests", "expires": "2030-01-01"}
    outcome = ask(name, estate, exemptions=[{**exemption, "resources": "*"}])
    assert outcome.failing == {}
    assert set(outcome.skipped) >= ({"stack"} if not BY_NAME[name].types else set(failing))
    assert set(ask(name, estate, exemptions=[{**exemption, "resources": "nobody"}]).failing) == set(failing)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.types], ids=lambda rule: rule.name)
def test_a_rule_says_nothing_of_types_that_are_not_its_own(rule: Rule[Any]) -> None:
    other = "azure-native:operationalinsights:Workspace"
    if other in rule.types:
        other = "azure-native:machinelearningservices:MarketplaceSubscription"
    if other in rule.types:
        assert rule.name == "no-preview-api"
        return
    outcome = judge(rule, [specimen(other, "other")], options=ALL[rule.name].options)
    assert (outcome.findings, outcome.skipped) == ([], {})


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.example], ids=lambda rule: rule.name)
def test_the_example_of_a_rules_page_is_judged_as_the_page_says(rule: Rule[Any]) -> None:
    example, cases = rule.example, ALL[rule.name]
    assert example is not None
    for value, is_good in ((example.good, True), (example.bad, False)):
        changed = specimen(example.type, "one", {example.path: REMOVED if value is None else value})
        if not is_good and rule.name in ("foundry-network-closed", "storage-network-closed", "vault-network-closed"):
            # These pass where who may come is listed, as the specimen does.
            acls = "networkRuleSet" if rule.name.startswith("storage") else "properties.networkAcls"
            changed = specimen(example.type, "one", {example.path: value, acls: REMOVED})
        outcome = ask(rule.name, [changed], options=cases.options)
        assert (outcome.failing == {}) is is_good


def test_a_region_that_does_not_offer_a_model_is_told_with_the_tables_own_day_and_age() -> None:
    estate, _ = ALL["serverless-model-supported-region"].bad[0]
    said = ask("serverless-model-supported-region", estate).messages
    assert re.search(r"The table is of 20\d\d-\d\d-\d\d, \d+ days before\.", said)
    estate, _ = ALL["foundry-model-supported-region"].bad[0]
    assert f"as of {catalogue_date()}" in ask("foundry-model-supported-region", estate).messages


def test_a_rule_with_options_of_its_own_shows_what_each_does() -> None:
    for rule in RULES:
        if rule.options is not Options:
            assert ALL[rule.name].configured, rule.name


def test_every_rule_has_cases_and_every_case_a_rule() -> None:
    assert set(ALL) == {rule.name for rule in RULES}
    for name, cases in ALL.items():
        assert cases.bad, name
        assert cases.good or cases.configured, name


def test_only_rules_that_no_value_decides_have_no_unknown_case() -> None:
    assert {name for name, cases in ALL.items() if not cases.unknown} == {
        "guardrails-configuration",
        "judged-on-today",
        "no-loss-of-data",
        "no-preview-api",
        "no-replacement-under-traffic",
    }


def test_the_program_that_breaks_every_rule_is_one_that_the_plugin_takes() -> None:
    # A preview that the plugin refuses ends before a rule is asked.
    refused = []
    for one in json.loads(broken_resources()):
        row = resource_rows().get(one["type"])
        if row is not None:
            filled_in = {row.name_parameter: "by the plugin", "location": "by the configuration"}
            refused += [f"{one['name']}: {text}" for text in failures(row, filled_in | one["properties"])]
    assert refused == []
