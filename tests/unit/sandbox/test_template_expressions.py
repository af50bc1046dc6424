"""The expressions of ARM templates, and the functions that depend on nothing else."""

import json
import string
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_sandbox.arm.templates.expressions import Evaluator, TemplateError
from llama_azure_sandbox.arm.templates.functions import DeploymentScope, pure_functions, unique_string
from llama_azure_sandbox.arm.templates.work import Work

SUBSCRIPTION = "5a2d6b0c-0000-4000-8000-11a3a0000001"
OTHER = "11111111-2222-3333-4444-555555555555"
PLACE = DeploymentScope(SUBSCRIPTION, "rg", "eastus2")
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
        ("[union(createObject('a', createObject('x', 1)), createObject('A', createObject('y', 2)))]",
         {"a": {"x": 1, "y": 2}}),
        ("[shallowMerge(createArray(createObject('a', createObject('x', 1)), createObject('a', 2)))]", {"a": 2}),
        ("[string(createArray(1, 'b', createObject('c', null())))]", '[1,"b",{"c":null}]'),
        ("[concat(true(), '-', string(false()))]", "True-False"),
        ("[substring('template', 2, 3)]", "mpl"),
        ("[substring('template', 4)]", "late"),
        ("[take('abc', 2)]", "ab"),
        ("[take(createArray(1, 2), 9)]", [1, 2]),
        ("[skip(createArray(1, 2, 3), 2)]", [3]),
        ("[skip('abc', 0)]", "abc"),
        ("[range(3, 3)]", [3, 4, 5]),
        ("[format('{0:D3}|{1,5}|{1,-3}|{2:X2}|{{}}', 7, 'ab', 255)]", "007|   ab|ab |FF|{}"),
        ("[padLeft('7', 3, '0')]", "007"),
        ("[startsWith('abcdef', 'AB')]", True),
        ("[endsWith('abcdef', 'EF')]", True),
        ("[trim('  a b ')]", "a b"),
        ("[contains(createArray(createObject('a', 1)), createObject('a', 1))]", True),
        ("[contains(createObject('Name', 1), 'name')]", True),
        ("[contains('Abc', 'abc')]", False),
        ("[indexOf('test', 'T')]", 0),
        ("[lastIndexOf(createArray('a', 'b', 'a'), 'a')]", 2),
        ("[greater(5, 3)]", True),
        ("[lessOrEquals('a', 'b')]", True),
        ("[equals(createObject('a', 1, 'b', 2), createObject('b', 2, 'a', 1))]", True),
        ("[equals(1, true())]", False),
        ("[add(mul(3, 4), div(7, -2))]", 9),
        ("[mod(-7, 3)]", -1),
        ("[max(createArray(1, 5, 3))]", 5),
        ("[int('42')]", 42),
        ("[intersection(createArray(1, 2, 3), createArray(3, 2))]", [2, 3]),
        ("[flatten(createArray(createArray(1), createArray(2, 3)))]", [1, 2, 3]),
        ("[items(createObject('b', 2, 'a', 1))]", [{"key": "a", "value": 1}, {"key": "b", "value": 2}]),
        ("[objectKeys(createObject('b', 2, 'a', 1))]", ["a", "b"]),
        ("[join(createArray('a', 1), '-')]", "a-1"),
        ("[split('a;b,c', createArray(';', ','))]", ["a", "b", "c"]),
        ("[tryGet(createObject('a', createArray(1)), 'A', 0)]", 1),
        ("[tryGet(createObject('a', 1), 'b')]", None),
        ("[base64ToJson(base64('{\"a\": [1]}')).a[0]]", 1),
        ("[uriComponent('a b/ü')]", "a%20b%2F%C3%BC"),
        ("[uri('https://a.example/b/', 'c.json')]", "https://a.example/b/c.json"),
        ("[dateTimeAdd('2024-01-31T00:00:00Z', 'P1M')]", "2024-02-29T00:00:00Z"),
        ("[dateTimeAdd('2024-01-01 10:00:00Z', '-PT90M', 'yyyy-MM-dd HH:mm')]", "2024-01-01 08:30"),
        ("[dateTimeFromEpoch(1700000000)]", "2023-11-14T22:13:20Z"),
        ("[dateTimeToEpoch('2023-11-14T22:13:20Z')]", 1700000000),
        ("[extensionResourceId('/subscriptions/s', 'A.B/c', 'n')]", "/subscriptions/s/providers/A.B/c/n"),
        ("[tenantResourceId('A.B/c', 'n')]", "/providers/A.B/c/n"),
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
        ("[map(createArray(1), lambda('x', 1))]", "does not take lambda expressions"),
        ("[contoso.name('x')]", "does not take user-defined functions ('contoso.name')"),
        ("[createObject('a', 1).?b]", "does not take the safe-dereference operators"),
        ("[cidrSubnet('10.0.0.0/16', 24, 0)]", "does not take the function 'cidrsubnet'"),
        ("[format('{0:P}', 1)]", "does not take the format 'P'"),
        ("[utcNow()]", "only the default value of a parameter may call it"),
        ("[fail('that is why')]", "that is why"),
        ("[substring('abc', 2, 5)]", "the string has 3 characters"),
        ("[and(1, true())]", "needs booleans"),
        ("[add(9223372036854775807, 1)]", "not an integer of 64 bits"),
        ("[99999999999999999999]", "not an integer of 64 bits"),
        ("[copyIndex()]", "there is no such copy loop"),
        ("[json('NaN')]", "NaN is not a number of JSON"),
        ("[json('\"\\ud800\"')]", "half a surrogate pair"),
        ("[div(1, 0)]", "'div' does not take these arguments"),
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
