"""The pack's configuration."""

from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT
from llama_guardrails import RULES
from llama_guardrails.configuration import GENERAL, ConfigurationError, load_configuration, parse_configuration
from llama_guardrails.rule import Level

CONFIGURATIONS = sorted((PROJECT_ROOT / "policies" / "config").glob("*.json"))
REGION = next(rule for rule in RULES if rule.name == "serverless-model-supported-region")
EXEMPTION = {"rule": REGION.name, "resources": "*", "reason": "long enough", "owner": "me!", "expires": "2030-01-01"}


def problems(content: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(content, RULES, source="prod.json")
    return str(caught.value)


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_every_environments_configuration_can_be_used(path: Path) -> None:
    load_configuration(path, RULES)


def test_there_is_a_configuration_for_every_environment() -> None:
    assert {path.stem for path in CONFIGURATIONS} >= {"sandbox", "dev", "staging", "prod"}


OF_OTHER_RESOURCES = {
    "compute-idle-shutdown",
    "compute-in-virtual-network",
    "compute-no-local-auth",
    "compute-scales-to-zero",
    "registry-not-public",
    "search-customer-managed-key",
    "search-no-keys",
    "search-not-public",
    "serverless-model-not-ending-soon",
}
"""The rules of what staging and prod do not have."""
ADVICE = {
    "foundry-customer-managed-key": "it takes a key of one's own",
    "foundry-model-not-ending-soon": "it warns months before, while nothing is wrong yet",
    "foundry-outbound-restricted": "it takes hosts of one's own",
    "workspace-customer-managed-key": "it takes a key of one's own",
}
"""What stays advice there, with the reason."""


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_every_rule_is_mandatory_but_for_what_takes_something_of_ones_own(stack: str) -> None:
    configuration = load_configuration(PROJECT_ROOT / "policies" / "config" / f"{stack}.json", RULES)
    others = {rule.name for rule in RULES if configuration.of(rule).level is not Level.MANDATORY}
    assert others == OF_OTHER_RESOURCES | ADVICE.keys()
    assert not [rule for rule in RULES if configuration.of(rule).level is Level.DISABLED]


def test_a_rule_that_is_not_named_keeps_its_own_level() -> None:
    assert parse_configuration({}, RULES, "x").of(REGION).level is Level.MANDATORY


@pytest.mark.parametrize("value", ["advisory", {"enforcementLevel": "advisory"}])
def test_a_level_is_a_word_or_a_key(value: Any) -> None:
    assert parse_configuration({REGION.name: value}, RULES, "x").of(REGION).level is Level.ADVISORY


@pytest.mark.parametrize("everywhere", ["advisory", {"enforcementLevel": "advisory"}])
def test_all_sets_the_level_of_every_rule_that_gives_none(everywhere: Any) -> None:
    # The engine hands the word on as an object.
    configuration = parse_configuration({"all": everywhere, REGION.name: "mandatory"}, RULES, "x")
    assert configuration.of(REGION).level is Level.MANDATORY
    assert {configuration.of(rule).level for rule in RULES if rule is not REGION} == {Level.ADVISORY}


def test_everything_wrong_is_told_at_once_with_the_remedy() -> None:
    said = problems(
        {
            "serverless-model-suported-region": "advisory",
            REGION.name: {"allowUndecidded": True},
            GENERAL: {"exemptions": [{**EXEMPTION, "rule": "no-such-rule"}]},
            "all": "loud",
        }
    )
    assert said.startswith("prod.json cannot be used:")
    assert f"serverless-model-suported-region is not a rule; did you mean {REGION.name}?" in said
    assert f"{REGION.name}.allowUndecidded: is not an option of this rule" in said
    assert f"{GENERAL}.exemptions[0].rule: 'no-such-rule' is not a rule" in said
    assert "all: 'loud' is not a level; write advisory, mandatory, disabled" in said


@pytest.mark.parametrize("key", list(EXEMPTION))
def test_an_exemption_without_one_of_its_parts_is_refused(key: str) -> None:
    part = {name: value for name, value in EXEMPTION.items() if name != key}
    assert f"{GENERAL}.exemptions[0].{key}: is missing; add it" in problems({GENERAL: {"exemptions": [part]}})


@pytest.mark.parametrize(("text", "said"), [("{", "is not JSON"), ("[]", "write an object"), (None, "cannot be read")])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "prod.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"prod\.json.*" + said):
        load_configuration(path, RULES)
