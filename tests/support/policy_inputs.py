"""Whatever the guardrails may be shown: resources with odd values, the engine's messages of them, configurations."""

import copy
from typing import Any, cast

import grpc
from google.protobuf.struct_pb2 import Struct
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from llama_guardrails import RULES, wire
from llama_guardrails.configuration import GENERAL, ConfigurationError, parse_configuration
from llama_guardrails.estate import Estate
from llama_guardrails.evaluation import Evaluator
from llama_guardrails.findings import Kind, read_trailer
from llama_guardrails.pack import Analyzer
from llama_guardrails.view import REDACTED, UNKNOWN, Resource
from tests.policy.cases import ALL
from tests.policy.judging import CONTEXT
from tests.policy.specimens import valid_specimens

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["", "*", "/", "100", "P1D", "azureml:", "Enabled", REDACTED, UNKNOWN, 10**400]),
)
VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner), max_leaves=6
)
_OPTIONS = {name: {"enforcementLevel": "mandatory", **cases.options} for name, cases in ALL.items()}
CONFIGURATION = parse_configuration(
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
def mutated_resources(draw: st.DrawFn) -> list[Resource]:
    """Return all specimens, some values in some of them replaced by anything."""
    resources = []
    for resource in valid_specimens():
        properties: Any = copy.deepcopy(dict(resource.properties))
        for _ in range(draw(st.integers(0, 2))):
            *above, last = draw(st.sampled_from(_places(properties) or [("tags",)]))
            holder = properties
            for step in above:
                holder = holder[step]
            holder[last] = draw(VALUES)
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


def assert_no_rule_fails(resources: list[Resource]) -> None:
    """Show resources to all rules, one after the other and together.

    Raises:
        AssertionError: a rule failed itself.
    """
    evaluator = Evaluator(RULES, CONFIGURATION, CONTEXT)
    verdicts = [evaluator.judge(resource) for resource in resources]
    verdicts.append(evaluator.judge_estate(Estate(resources)))
    crashed = [
        f"{one.rule_name}: {one.message}"
        for verdict in verdicts
        for one in verdict.findings
        if one.kind is Kind.CRASHED
    ]
    assert crashed == []


# What the wire has of its own: values that are not known, secrets, assets and references, in good shape and in bad.
_SIGNATURES = st.sampled_from(
    [wire.SECRET_SIGNATURE, "c44067f5952c0a294b673a41bacd8c17", "5cf8f73096256a8f31e491e813e4eb8e", "d0e6a833", 7, None]
)
_WIRE_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(sorted(wire.UNKNOWN_SENTINELS)),
    st.sampled_from([REDACTED, "", "*", "azureml:"]),
)
_WIRE_NAMES = st.sampled_from(["value", "urn", "properties", "tags", "x", ""])
WIRE_VALUES = st.recursive(
    _WIRE_LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_WIRE_NAMES, inner, max_size=3)
        | st.builds(
            lambda signature, rest: {wire.SIGNATURE_KEY: signature, **rest},
            _SIGNATURES,
            st.dictionaries(_WIRE_NAMES, inner, max_size=2),
        )
    ),
    max_leaves=8,
)


@st.composite
def requests(draw: st.DrawFn) -> list[analyzer_pb2.AnalyzeRequest]:
    """Return the engine's messages of some specimens, some values of theirs replaced by anything of the wire."""
    shown = []
    for resource in draw(st.lists(st.sampled_from(valid_specimens()), min_size=1, max_size=6)):
        properties: Any = copy.deepcopy(dict(resource.properties))
        for _ in range(draw(st.integers(0, 3))):
            *above, last = draw(st.sampled_from(_places(properties) or [("tags",)]))
            holder = properties
            for step in above:
                holder = holder[step]
            holder[last] = draw(WIRE_VALUES)
        if draw(st.booleans()):
            properties[draw(st.sampled_from(["onlineEndpointProperties", "tags", "id"]))] = draw(WIRE_VALUES)
        struct = Struct()
        struct.update(properties)
        urn = draw(st.sampled_from([resource.urn, "", "urn", "::::"]))
        shown.append(analyzer_pb2.AnalyzeRequest(type=resource.type, urn=urn, name=resource.name, properties=struct))
    return shown


class _AbortedError(Exception):
    """What the engine would be told instead of an answer."""


class _Context:
    def abort(self, code: object, details: str) -> None:
        raise _AbortedError(f"{code}: {details}")


def assert_the_pack_answers(shown: list[analyzer_pb2.AnalyzeRequest]) -> None:
    """Hand messages to the pack as the engine does: each, and all of them with outputs at the end.

    Raises:
        AssertionError: a rule failed itself.
    """
    pack, context = Analyzer(RULES), cast("grpc.ServicerContext", _Context())
    said = [pack.Analyze(one, context) for one in shown]
    resources = [
        analyzer_pb2.AnalyzerResource(
            type=one.type,
            urn=one.urn,
            name=one.name,
            properties=one.properties,
            dependencies=[two.urn for two in shown],
        )
        for one in shown
    ]
    said.append(pack.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), context))
    told = [(one.message, read_trailer(one.message)) for answer in said for one in answer.diagnostics]
    failed = [message for message, trailer in told if trailer is None or trailer.kind is Kind.CRASHED]
    assert failed == []
    # The answer is what goes over the wire.
    assert all(answer.SerializeToString() is not None for answer in said)


_OPTION_NAMES = st.sampled_from(
    ["enforcementLevel", "allowUndecided", "exemptions", "regions", "models", "asOf", "tags", "x"]
)
configurations = st.dictionaries(
    st.sampled_from([*ALL, GENERAL, "all", "nonsense", ""]),
    VALUES
    | st.dictionaries(_OPTION_NAMES, VALUES, max_size=3)
    | st.sampled_from(["mandatory", "advisory", "disabled"]),
    max_size=4,
)
"""What might stand in a configuration of the guardrails."""


def assert_a_configuration_is_taken_or_refused(content: dict[str, Any]) -> None:
    """Read a configuration; it ends in one, or in a sentence that names the file."""
    try:
        parse_configuration(content, RULES, source="prod.json")
    except ConfigurationError as error:
        assert str(error).startswith("prod.json cannot be used:")  # noqa: PT017 - either is right
