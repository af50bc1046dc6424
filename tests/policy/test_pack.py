"""The pack as a whole."""

from pulumi_policy import EnforcementLevel

from llama_guardrails import POLICIES


def test_rules_have_names_of_their_own_and_block() -> None:
    assert len({policy.name for policy in POLICIES}) == len(POLICIES)
    assert {policy.enforcement_level for policy in POLICIES} == {EnforcementLevel.MANDATORY}
