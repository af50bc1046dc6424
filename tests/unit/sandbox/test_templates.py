"""Templates: parameters, variables, conditions, children, and what depends on what."""

import re
import uuid
from typing import Any

import pytest

from llama_azure_sandbox.arm.templates.expressions import TemplateError, UnsupportedTemplateError
from llama_azure_sandbox.arm.templates.functions import DeploymentScope
from llama_azure_sandbox.arm.templates.template import NESTED_TYPE, Template

PLACE = DeploymentScope("5a2d6b0c-0000-4000-8000-11a3a0000001", "rg", "eastus2")
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


@pytest.mark.parametrize(
    ("rules", "value", "says"),
    [
        ({"type": "string", "minLength": 5}, "abc", "Length of the value should be greater than or equal to '5'"),
        ({"type": "string", "maxLength": 2}, "abc", "less than or equal to '2'"),
        ({"type": "array", "maxLength": 1}, [1, 2], "less than or equal to '1'"),
        ({"type": "int", "minValue": 1}, 0, "The value should be greater than or equal to '1'"),
        ({"type": "int", "maxValue": 1}, 2, "less than or equal to '1'"),
        ({"type": "array", "allowedValues": ["a", "b"]}, ["a", "c"], "allowed value(s)"),
        ({"type": "int", "defaultValue": 0, "minValue": 1}, None, "greater than or equal to '1'"),
        ({"type": "securestring", "minLength": 9}, "hidden", "greater than or equal to '9'"),
    ],
)
def test_a_parameter_outside_its_own_constraints_is_refused(rules: dict[str, Any], value: Any, says: str) -> None:
    with pytest.raises(TemplateError) as raised:
        template(parameters={"p": rules}, given={"p": value})
    assert says in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_resources_are_copied_and_wait_for_each_other_where_the_loop_is_serial() -> None:
    loop = {"name": "loop", "count": 3, "mode": "serial", "batchSize": 1}
    last = resource("last", dependsOn=["loop"])
    one = template(last, resource("[concat('c', copyIndex(1))]", copy=loop, properties={"i": "[copyIndex()]"}))
    after, *copies = one.steps()
    assert [step.id.rsplit("/", 1)[-1] for step in copies] == ["c1", "c2", "c3"]
    assert set(after.depends_on) == {step.id for step in copies}
    assert [step.depends_on for step in copies] == [(), (copies[0].id,), (copies[1].id,)]
    assert [one.body(step, {})["properties"]["i"] for step in copies] == [0, 1, 2]


def test_variables_properties_and_outputs_are_copied() -> None:
    loop = {"name": "many", "count": 2, "input": "[concat('v', copyIndex('many'))]"}
    outputs = {"o": {"type": "array", "copy": {"count": 2, "input": "[copyIndex()]"}}}
    holder = resource("x", properties={"a": {"copy": [loop]}, "b": "[variables('many')]"})
    one = template(holder, variables={"copy": [loop]}, outputs=outputs)
    made = one.body(one.steps()[0], {})["properties"]
    assert made == {"a": {"many": ["v0", "v1"]}, "b": ["v0", "v1"]}
    assert one.outputs({})["o"]["value"] == [0, 1]


def test_an_extension_is_named_by_its_scope_or_through_what_it_extends() -> None:
    account = f"{PROVIDERS}/A.B/c/x"
    by_id = resource("l", "A.L/locks", scope="[resourceId('A.B/c', 'x')]")
    by_type = resource("m", "A.L/locks", scope="A.B/c/x")
    through = resource("x/A.L/n", "A.B/c/providers/locks")
    steps = template(by_id, by_type, through).steps()
    assert [step.id for step in steps] == [f"{account}/providers/A.L/locks/{name}" for name in "lmn"]
    assert steps[2].type == "A.L/locks"


def test_looking_at_a_resource_by_its_name_waits_for_it() -> None:
    asking = resource("asking", properties={"k": "[listKeys('first', '2020-01-01').k]", "r": "[reference('first').r]"})
    one = template(asking, resource("first"))
    first, second = one.steps()
    assert first.depends_on == (second.id,)
    lookups = {"reference": lambda name: {"r": name}, "list*": lambda function, *_given: {"k": function}}
    assert one.body(first, lookups)["properties"] == {"k": "listKeys", "r": "first"}


def test_each_variable_is_evaluated_once() -> None:
    """Two uses of each of 30 variables: some hundred steps if once each, and a thousand million if anew each time."""
    first, second = "[createArray(variables('v{0}'), ", "variables('v{0}'))[0]]"
    twice = {f"v{at + 1}": (first + second).format(at) for at in range(30)}
    one = template(resource("x", properties={"p": "[variables('v30')]"}), variables={"v0": "a", **twice})
    assert one.body(one.steps()[0], {})["properties"]["p"] == "a"


def test_times_and_new_guids_are_for_default_values() -> None:
    parameters = {
        "now": {"type": "string", "defaultValue": "[utcNow()]"},
        "day": {"type": "string", "defaultValue": "[utcNow('yyyy-MM-dd')]"},
        "id": {"type": "string", "defaultValue": "[newGuid()]"},
    }
    values = template(parameters=parameters).parameters
    assert re.fullmatch(r"\d{8}T\d{6}Z", values["now"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", values["day"])
    assert uuid.UUID(values["id"]).version == 4


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ({"languageVersion": "2.0", "resources": {}}, "languageVersion 2.0"),
        ({"resources": {"one": resource("x")}}, "symbolic names"),
        ({"functions": [{"namespace": "n"}]}, "user-defined functions"),
        ({"definitions": {"t": {"type": "string"}}}, "user-defined types"),
        ({"parameters": {"p": {"$ref": "#/definitions/t"}}}, "user-defined types"),
        ({"parameters": {"p": {"type": "string", "nullable": True}}}, "nullable parameters"),
        ({"parameters": {"p": {"type": "object", "properties": {}}}}, "constraints on the properties"),
        ({"resources": [resource("x", existing=True)]}, "existing resources"),
        ({"resources": [resource("x", scope="/")]}, "a tenant or a management group"),
        ({"imports": {"k": {}}}, "extensions"),
        ({"apiProfile": "2020"}, "API profiles"),
        ({"$schema": "https://x/2018-05-01/subscriptionDeploymentTemplate.json#"}, "more than a resource group"),
        ({"resources": [resource("n", NESTED_TYPE, properties={"templateLink": {"uri": "x"}})]}, "template links"),
    ],
)
def test_what_azure_knows_and_this_sandbox_does_not_is_refused_by_its_name(source: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedTemplateError, match=named) as raised:
        Template({"resources": [], **source}, {}, PLACE).steps()
    assert raised.value.code == "NotSupported"
    assert "sandbox/README.md" in str(raised.value)


def test_what_is_no_template_is_refused() -> None:
    with pytest.raises(TemplateError, match="list of resources"):
        Template({"resources": "x"}, {}, PLACE)
