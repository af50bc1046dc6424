"""Asking rules: what is unknown, what fails and what is exempt, whatever the rule."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from llama_guardrails import RULES
from llama_guardrails.configuration import GENERAL, Configuration, Setting
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Finding, Kind, Trailer, read_trailer, write_trailer
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import UNKNOWN
from tests.policy.judging import BY_NAME, CONTEXT, DAY, judge
from tests.policy.specimens import specimen

WORDS: dict[str, Any] = {"title": "t", "why": "w", "remedy": "r", "severity": Severity.LOW, "options": Options}
REGION = BY_NAME["serverless-model-supported-region"]
AWAY = specimen(SERVERLESS_ENDPOINT, "away", {"location": "westeurope"})


def _names_the_key(case: Case[Options]) -> Iterator[Problem]:
    yield Problem("properties.authMode", f"the key is {case.resource.text('key')}")


def _fails(case: Case[Options]) -> Iterator[Problem]:
    yield Problem("location", "found before it failed")
    raise LookupError(case.resource.text("key"))


def _reads(case: Case[Options]) -> Iterator[Problem]:
    yield Problem("name", "found before it met an unknown")
    case.resource.get("properties.authMode")
    yield Problem("never", "decided without knowing")


def rule(name: str, check: Any, level: Level = Level.MANDATORY) -> Rule[Options]:
    number = f"{sum(map(ord, name)) % 1000:03}"
    return Rule(id=f"LLA-TST-{number}", name=name, level=level, types=(SERVERLESS_ENDPOINT,), check=check, **WORDS)


def findings(*rules: Rule[Any], **changes: Any) -> list[Finding]:
    resource = specimen(
        SERVERLESS_ENDPOINT, "one", {"key": "hidden", **changes.pop("changes", {})}, secrets=frozenset({"hidden"})
    )
    settings = {one.name: Setting(one.level, one.options()) for one in (*rules, *RULES)}
    evaluator = Evaluator(rules, Configuration(settings), CONTEXT)
    return [*evaluator.judge(resource).findings, *evaluator.judge_estate(Estate([resource])).findings]


def test_a_rule_that_fails_is_a_finding_and_stops_no_other() -> None:
    found = findings(rule("fails", _fails), rule("works", _names_the_key))
    assert [(one.rule_name, one.kind) for one in found] == [
        ("fails", Kind.VIOLATION),
        ("fails", Kind.CRASHED),
        ("works", Kind.VIOLATION),
    ]
    crash = found[1]
    assert "LookupError at test_evaluation.py:" in crash.message
    assert "hidden" not in crash.message


def test_what_a_rule_found_before_it_met_an_unknown_stays_and_it_decides_nothing_after() -> None:
    found = findings(rule("reads", _reads), changes={"properties.authMode": UNKNOWN})
    assert [(one.kind, one.path) for one in found] == [
        (Kind.VIOLATION, "name"),
        (Kind.UNDECIDED, "properties.authMode"),
    ]


def test_no_message_repeats_a_secret() -> None:
    (found,) = findings(rule("names", _names_the_key))
    assert found.message == "the key is [secret]"


def test_a_disabled_rule_is_not_asked() -> None:
    assert findings(rule("fails", _fails, Level.DISABLED)) == []


@pytest.mark.parametrize("rule_name", [REGION.name, REGION.id])
@pytest.mark.parametrize("resources", ["away", "aw*", "urn:pulumi:*::away"])
def test_an_exemption_lets_a_finding_pass_and_is_told_of(rule_name: str, resources: str) -> None:
    exemption = {
        "rule": rule_name,
        "resources": resources,
        "reason": "the region opens next week",
        "owner": "team-llama",
        "expires": DAY.isoformat(),
    }
    outcome = judge(REGION, [AWAY], exemptions=[exemption])
    assert outcome.failing == {}
    assert outcome.skipped["away"] == "exempt until 2024-07-01 (team-llama): the region opens next week"


def test_an_expired_exemption_lets_nothing_pass_and_is_a_finding_itself() -> None:
    exemption = {
        "rule": REGION.name,
        "resources": "*",
        "reason": "the region opens next week",
        "owner": "team-llama",
        "expires": (DAY - dt.timedelta(days=1)).isoformat(),
    }
    assert set(judge(REGION, [AWAY], exemptions=[exemption]).failing) == {"away"}
    outcome = judge(BY_NAME[GENERAL], [AWAY], options={"exemptions": [exemption]})
    assert outcome.failing == {"stack": "exemptions[0]"}
    assert "team-llama answers for it" in outcome.messages


def test_an_exemption_of_another_resource_lets_nothing_pass() -> None:
    exemption = {
        "rule": REGION.name,
        "resources": "here",
        "reason": "some reason or other",
        "owner": "team-llama",
        "expires": "2030-01-01",
    }
    assert set(judge(REGION, [AWAY], exemptions=[exemption]).failing) == {"away"}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("path", ["", "location", "properties.traffic", "permissions[0].actions[12]"])
def test_a_machine_reads_back_what_a_finding_says(kind: Kind, path: str) -> None:
    finding = Finding("LLA-REG-001", "name", kind, Level.ADVISORY, "urn", path, "m")
    text = f"A title.\nsome [words] in brackets\n{write_trailer(finding)}\n"
    assert read_trailer(text) == Trailer("LLA-REG-001", kind, Level.ADVISORY, path)


@pytest.mark.parametrize("text", ["", "a message of another pack", "[LLA-REG-001 great mandatory]"])
def test_a_message_of_another_pack_has_no_trailer(text: str) -> None:
    assert read_trailer(text) is None
