"""Templates: parameters, variables, conditions, children, and what depends on what."""

from typing import Any

import pytest

from sandbox.arm.templates.expressions import TemplateError
from sandbox.arm.templates.functions import Place
from sandbox.arm.templates.template import NESTED_TYPE, Template

PLACE = Place("5a2d6b0c-0000-4000-8000-11a3a0000001", "rg", "eastus2")
PROVIDERS = f"/subscriptions/{PLACE.subscription}/resourceGroups/rg/providers"


def resource(name: str, kind: str = "A.B/c", **more: Any) -> dict[str, Any]:
    return {"type": kind, "apiVersion": "2020-01-01", "name": name, **more}


def template(*resources: Any, given: dict[str, Any] | None = None, **more: Any) -> Template:
    return Template({"resources": list(resources), **more}, given or {}, PLACE)


def test_a_default_may_be_made_of_earlier_parameters_and_a_given_value_replaces_it() -> None:
    parameters = {
        "name": {"type": "string"},
        "store": {"type": "string", "defaultValue": "[concat('st', parameters('NAME'))]"},
    }
    assert template(parameters=parameters, given={"name": "x"}).parameters["store"] == "stx"
    assert template(parameters=parameters, given={"name": "x", "Store": "mine"}).parameters["store"] == "mine"
    assert template(parameters=parameters, given={"name": "x", "store": None}).parameters["store"] == "stx"


@pytest.mark.parametrize(
    ("rules", "given", "says"),
    [
        ({"type": "string"}, {}, "parameter 'p' is not provided"),
        ({"type": "string"}, {"p": 1}, "expected a value of type 'string'"),
        ({"type": "int"}, {"p": True}, "expected a value of type 'int'"),
        ({"type": "text"}, {"p": "a"}, "unknown type 'text'"),
        ({"type": "string", "allowedValues": ["a", "b"]}, {"p": "c"}, "allowed value(s): 'a,b'"),
        ({"type": "string"}, {"p": "a", "q": "b"}, "do not correspond to any parameters defined in the template: 'q'"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(rules: dict[str, Any], given: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError) as raised:
        template(parameters={"p": rules}, given=given)
    assert says in str(raised.value)


def test_what_python_calls_an_allowed_value_is_that_value() -> None:
    rules = {"type": "string", "allowedValues": ["Enabled", "Disabled"]}
    assert (
        template(parameters={"p": rules}, given={"p": "PublicNetworkAccessType.ENABLED"}).parameters["p"] == "Enabled"
    )


def test_a_condition_leaves_a_resource_out_but_not_its_children() -> None:
    child = resource("n", "d")
    steps = template(resource("off", condition="[false()]", resources=[child]), resource("on", condition=True)).steps()
    assert [step.id for step in steps] == [f"{PROVIDERS}/A.B/c/off/d/n", f"{PROVIDERS}/A.B/c/on"]


def test_a_child_has_its_parents_name_and_waits_for_it() -> None:
    parent, child = template(resource("p", resources=[resource("k", "d")])).steps()
    assert (child.type, child.id, child.depends_on) == ("A.B/c/d", f"{PROVIDERS}/A.B/c/p/d/k", (parent.id,))


@pytest.mark.parametrize("wanted", ["[resourceId('A.B/c', 'first')]", "first", "A.B/c/first"])
def test_a_dependency_is_named_by_id_by_name_or_by_both(wanted: str) -> None:
    first, second = template(resource("first"), resource("second", dependsOn=[wanted])).steps()
    assert second.depends_on == (first.id,)


def test_a_dependency_on_what_the_template_does_not_make_is_refused_and_on_what_a_condition_leaves_out_is_not() -> None:
    off = resource("off", condition=False)
    (step,) = template(off, resource("only", dependsOn=["off"])).steps()
    assert step.depends_on == ()
    with pytest.raises(TemplateError, match="elsewhere' is not defined in the template"):
        template(resource("only", dependsOn=["[resourceId('A.B/c', 'elsewhere')]"])).steps()


def test_a_body_is_evaluated_and_free_of_what_directs_the_deployment() -> None:
    one = template(
        resource("x", location="[resourceGroup().location]", properties={"a": "[variables('v')]"}, dependsOn=[]),
        variables={"v": "[toUpper('w')]"},
    )
    assert one.body(one.steps()[0], {}) == {"location": "eastus2", "properties": {"a": "W"}}


@pytest.mark.parametrize("scope", ["inner", "outer"])
def test_a_nested_template_is_evaluated_where_it_says(scope: str) -> None:
    inner = {"resources": [], "outputs": {"o": {"type": "string", "value": "[parameters('p')]"}}}
    options = {"expressionEvaluationOptions": {"scope": scope}}
    nested = resource("n", NESTED_TYPE, properties={"mode": "Incremental", "template": inner, **options})
    one = template(nested, parameters={"p": {"type": "string"}}, given={"p": "outer value"})
    sent = one.body(one.steps()[0], {})["properties"]["template"]["outputs"]["o"]["value"]
    assert sent == {"inner": "[parameters('p')]", "outer": "outer value"}[scope]


def test_secure_values_are_not_shown() -> None:
    parameters = {"secret": {"type": "secureString"}, "plain": {"type": "string"}}
    outputs = {"key": {"type": "securestring", "value": "[parameters('secret')]"}}
    one = template(parameters=parameters, outputs=outputs, given={"secret": "hidden", "plain": "seen"})
    assert one.shown_parameters() == {"secret": {"type": "secureString"}, "plain": {"type": "string", "value": "seen"}}
    assert one.outputs({}) == {"key": {"type": "securestring"}}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (resource("x", copy={"count": 3}), "needs a name and a count"),
        ({"type": "A.B/c", "name": "x"}, "needs a type, a name and an apiVersion"),
        (resource("x/y"), "does not have as many parts as the type"),
    ],
)
def test_a_resource_that_cannot_be_deployed_is_refused(source: dict[str, Any], says: str) -> None:
    with pytest.raises(TemplateError, match=says):
        template(source).steps()


def test_what_is_no_template_is_refused() -> None:
    with pytest.raises(TemplateError, match="list of resources"):
        Template({"resources": "x"}, {}, PLACE)
