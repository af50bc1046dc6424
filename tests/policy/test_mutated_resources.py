"""No value of any property, however odd, makes a rule fail: it judges, is undecided, or has nothing to say."""

import copy
import os
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llama_guardrails import RULES
from llama_guardrails.configuration import parse_configuration
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Kind
from llama_guardrails.view import REDACTED, UNKNOWN, Resource
from tests.policy.cases import ALL
from tests.policy.judging import CONTEXT
from tests.policy.specimens import valid_specimens

# `make soak` asks for more.
EXAMPLES = int(os.environ.get("POLICY_EXAMPLES", "400"))

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "*", "/", "100", "P1D", "azureml:", "Enabled", REDACTED, UNKNOWN, 10**400]),
)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner), max_leaves=6
)
_OPTIONS = {name: {"enforcementLevel": "mandatory", **cases.options} for name, cases in ALL.items()}
_CONFIGURATION = parse_configuration(
    {name: options for name, options in _OPTIONS.items() if name != "guardrails-configuration"}, RULES, source="test"
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of everything in a value."""
    found = [path] if path else []
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        found += _places(member, (*path, key))
    return found


@st.composite
def _mutated(draw: st.DrawFn) -> list[Resource]:
    """Return all specimens, some values in some of them replaced by anything."""
    resources = []
    for resource in valid_specimens():
        properties: Any = copy.deepcopy(dict(resource.properties))
        for _ in range(draw(st.integers(0, 2))):
            *above, last = draw(st.sampled_from(_places(properties) or [("tags",)]))
            holder = properties
            for step in above:
                holder = holder[step]
            holder[last] = draw(_VALUES)
        resources.append(
            Resource(
                type=resource.type,
                urn=resource.urn,
                name=resource.name,
                properties=properties,
                versioned_type=resource.type,
            )
        )
    return resources


@settings(max_examples=EXAMPLES)
@given(_mutated())
def test_no_rule_fails_on_any_value(resources: list[Resource]) -> None:
    evaluator = Evaluator(RULES, _CONFIGURATION, CONTEXT)
    verdicts = [evaluator.judge(resource) for resource in resources]
    verdicts.append(evaluator.judge_estate(Estate(resources)))
    crashed = [
        f"{one.rule_name}: {one.message}"
        for verdict in verdicts
        for one in verdict.findings
        if one.kind is Kind.CRASHED
    ]
    assert crashed == []
