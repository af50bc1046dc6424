"""The expressions of ARM templates, and the functions that depend on nothing else."""

import json
import string
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.arm.templates.expressions import Evaluator, TemplateError
from sandbox.arm.templates.functions import Place, pure_functions, unique_string
from sandbox.arm.templates.work import Work

SUBSCRIPTION = "5a2d6b0c-0000-4000-8000-11a3a0000001"
OTHER = "11111111-2222-3333-4444-555555555555"
PLACE = Place(SUBSCRIPTION, "rg", "eastus2")
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"


def evaluate(value: Any) -> Any:
    work = Work()
    return Evaluator(pure_functions(PLACE, work), work).resolve(value)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("[concat('a', 'b', 3)]", "ab3"),
        ("[concat('it''s')]", "it's"),
        ("[ if( equals(toLower('A'), 'a') , 'yes' , 'no' ) ]", "yes"),
        ("[equals('A', 'a')]", False),
        ("[if(false(), json('{'), 'untouched')]", "untouched"),
        ("[and(true(), not(equals(1, 2)))]", True),
        ("[or(false(), false())]", False),
        ("[createArray('x', 'y')[1]]", "y"),
        ("[json('{\"a\": {\"B\": [1, 2]}}').a.b[0]]", 1),
        ("[json('null')]", None),
        ("[resourceGroup().location]", "eastus2"),
        ("[subscription().subscriptionId]", SUBSCRIPTION),
        ("[toLower(concat('A', toUpper('b')))]", "ab"),
        ("[empty('')]", True),
        ("[length(array('x'))]", 1),
        ("[contains('template', 'plate')]", True),
        ("[coalesce(null(), 'b')]", "b"),
        ("[format('{0}-{1}', 'a', 2)]", "a-2"),
        ("[union(createArray(1, 2), createArray(2, 3))]", [1, 2, 3]),
        ("[[not an expression]", "[not an expression]"),
        ("no expression", "no expression"),
        ("[resourceId('A.B/c', 'n')]", f"{GROUP}/providers/A.B/c/n"),
        ("[resourceId('other', 'A.B/c/d', 'n', 'm')]", f"{GROUP[:-2]}other/providers/A.B/c/n/d/m"),
        (f"[resourceId('{OTHER}', 'g', 'A.B/c', 'n')]", f"/subscriptions/{OTHER}/resourceGroups/g/providers/A.B/c/n"),
        ("[subscriptionResourceId('A.B/c', 'n')]", f"/subscriptions/{SUBSCRIPTION}/providers/A.B/c/n"),
    ],
)  # fmt: skip
def test_an_expression_has_its_value(expression: str, value: Any) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("[concat('a']", "Unable to parse language expression 'concat('a''"),
        ("[concat('a'))]", "Unable to parse"),
        ("[concat(?)]", "wrong at position 7"),
        ("[]", "Unable to parse"),
        ("[parameters]", "Unable to parse"),
        ("[nothing('a')]", "The template function 'nothing' is not valid here, or is none"),
        ("[json('{}').a]", "property 'a' doesn't exist"),
        ("[createArray('x')[3]]", "property '3' cannot be taken of list"),
        ("[toLower()]", "'toLower' does not take these arguments"),
        ("[first(createArray())]", "'first' does not take these arguments"),
        ("[resourceId('A.B/c', 'n', 'm')]", "takes 1 names, but 2 were given: n, m"),
        ("[resourceId('n')]", "needs a resource type"),
    ],
)
def test_what_is_wrong_is_said(expression: str, says: str) -> None:
    with pytest.raises(TemplateError) as raised:
        evaluate(expression)
    assert says in str(raised.value)


def test_expressions_are_found_at_any_depth_and_nothing_else_is_touched() -> None:
    source = {"a": ["[concat('x')]", {"b": "[toUpper('y')]", "n": 1, "t": True, "z": None}], "[concat('k')]": "v"}
    assert evaluate(source) == {"a": ["x", {"b": "Y", "n": 1, "t": True, "z": None}], "k": "v"}


@given(st.text())
def test_any_text_comes_back_out_of_a_literal(text: str) -> None:
    quoted = text.replace("'", "''")
    assert evaluate(f"[concat('{quoted}')]") == text


@given(st.text(alphabet=string.printable))
def test_whatever_is_sent_is_evaluated_or_refused_as_a_template(text: str) -> None:
    try:
        value = evaluate(f"[{text}]")
    except TemplateError:
        return
    assert json.dumps(value)


@given(st.lists(st.text(), min_size=1))
def test_unique_strings_are_names_that_depend_on_the_arguments_alone(parts: list[str]) -> None:
    made = unique_string(*parts)
    assert made == unique_string(*parts)
    assert len(made) == 13
    assert set(made) <= set(string.ascii_lowercase + string.digits)
    assert made != unique_string(*parts, "another")


def test_a_guid_is_named_by_its_arguments() -> None:
    made = evaluate("[guid('a', 'b')]")
    assert uuid.UUID(made).version == 5
    assert made == evaluate("[guid('a', 'b')]")
    assert made != evaluate("[guid('b', 'a')]")
