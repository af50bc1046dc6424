"""The parameters of a template: what is declared, what is given, and whether the one fits the other. Pure."""

from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.templates.expressions import Evaluator, TemplateError, UnsupportedTemplateError
from llama_azure_sandbox.arm.templates.functions import default_value_functions
from llama_azure_sandbox.arm.templates.work import shortened

SECURE = ("securestring", "secureobject")

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "securestring": (str,),
    "int": (int,),
    "bool": (bool,),
    "object": (dict,),
    "secureobject": (dict,),
    "array": (list,),
}
# What languageVersion 2.0 adds to a parameter or an output.
_UNSUPPORTED: Mapping[str, str] = {
    "$ref": "user-defined types ($ref)",
    "nullable": "nullable parameters",
    "properties": "constraints on the properties of an object",
    "additionalProperties": "constraints on the properties of an object",
    "items": "constraints on the items of an array",
    "prefixItems": "constraints on the items of an array",
    "discriminator": "tagged unions (discriminator)",
    "sealed": "sealed types",
}


def require_types(what: str, declared: Json) -> None:
    """Refuse parameters or outputs that are declared in a way that no template, or not this sandbox, knows.

    Args:
        what: ``parameter`` or ``output``.
        declared: the declarations by name.

    Raises:
        TemplateError: one of them is.
    """
    for name, rules in declared.items():
        if not isinstance(rules, dict):
            raise TemplateError(f"The template {what} '{shortened(name)}' must be an object with a type.")
        for key, called in _UNSUPPORTED.items():
            if key in rules and rules[key] is not False:
                raise UnsupportedTemplateError(
                    f"{called} (of the {what} '{shortened(name)}'), a part of languageVersion 2.0,"
                )
        kind = rules.get("type")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise TemplateError(
                f"The template {what} '{shortened(name)}' has the unknown type '{shortened(str(kind))}'; the types are "
                f"{', '.join(_TYPES)}."
            )


def parameter_values(declared: Json, given: Json, evaluator: Evaluator) -> Json:
    """Return the value of each declared parameter: the one that is given, or its default.

    Args:
        declared: the template's parameters.
        given: values by name; ``None`` is as good as not given, since azure-ai-ml sends that.
        evaluator: knows the functions that defaults may call; ``parameters`` is added.

    Raises:
        TemplateError: one is missing, unknown, or outside its own constraints.
    """
    by_name = {name.lower(): value for name, value in given.items()}
    declared_names = {name.lower(): name for name in declared}
    unknown = [name for name in given if name.lower() not in declared_names]
    if unknown:
        raise TemplateError(
            f"The following parameters were supplied, but do not correspond to any parameters defined in the template: "
            f"'{shortened(', '.join(unknown))}'."
        )
    values: Json = {}
    running: set[str] = set()

    def value(asked: Any) -> Any:
        name = declared_names.get(str(asked).lower())
        if name is None:
            raise not_found("parameter", asked)
        if name in values:
            return values[name]
        if name in running:
            raise TemplateError(f"The default value of the template parameter '{shortened(name)}' depends on itself.")
        rules, one = declared[name], by_name.get(name.lower())
        if one is not None:
            one = _as_allowed(one, rules)
        elif "defaultValue" in rules:
            running.add(name)
            one = defaults.resolve(rules["defaultValue"])
            running.discard(name)
        else:
            raise TemplateError(f"The value for the template parameter '{shortened(name)}' is not provided.")
        _check(name, rules, one)
        evaluator.work.weigh(one)
        values[name] = one
        return one

    defaults = Evaluator({**evaluator.functions, **default_value_functions(), "parameters": value}, evaluator.work)
    for name in declared:
        value(name)
    return {name: values[name] for name in declared}


def require_type(what: str, name: str, kind: str, value: Any) -> None:
    """Refuse a value that is of another type than declared; null is of any.

    Raises:
        TemplateError: it is.
    """
    wanted = _TYPES[kind.lower()]
    if value is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted)):
        raise TemplateError(
            f"The provided value for the template {what} '{shortened(name)}' is not valid: expected a value of type "
            f"'{kind}', but received one of '{type(value).__name__}'."
        )


def not_found(what: str, name: Any) -> TemplateError:
    """Return the error for a parameter or variable that the template does not have."""
    return TemplateError(f"The template {what} '{shortened(str(name))}' is not found.")


def _as_allowed(value: Any, rules: Json) -> Any:
    """Return a value in the spelling in which it is allowed.

    azure-ai-ml 1.35.2 sends a project's public access as ``PublicNetworkAccessType.ENABLED``, which is what Python
    calls the value ``Enabled``. Whether Azure takes that could not be verified.
    """
    allowed = rules.get("allowedValues")
    if not isinstance(value, str) or not isinstance(allowed, list) or value in allowed:
        return value
    bare = value.rsplit(".", 1)[-1].lower()
    return next((one for one in allowed if str(one).lower() == bare), value)


def _check(name: str, rules: Json, value: Any) -> None:
    require_type("parameter", name, rules["type"], value)
    begin = f"The provided value for the template parameter '{shortened(name)}' is not valid."
    measures: list[tuple[str, str, str, int]] = []
    if isinstance(value, str | list):
        measures.append(("minLength", "maxLength", "Length of the value", len(value)))
    elif isinstance(value, int):
        measures.append(("minValue", "maxValue", "The value", value))
    for lowest, highest, what, measure in measures:
        least, most = _bound(name, rules, lowest), _bound(name, rules, highest)
        if least is not None and measure < least:
            raise TemplateError(f"{begin} {what} should be greater than or equal to '{least}'.")
        if most is not None and measure > most:
            raise TemplateError(f"{begin} {what} should be less than or equal to '{most}'.")
    if value is not None and rules.get("allowedValues") is not None:
        _require_allowed(name, rules, value)


def _require_allowed(name: str, rules: Json, value: Any) -> None:
    allowed = rules["allowedValues"]
    if not isinstance(allowed, list):
        raise TemplateError(f"The allowedValues of the template parameter '{shortened(name)}' must be an array.")
    # Of an array the items may be the allowed values, too.
    if value not in allowed and not (isinstance(value, list) and all(item in allowed for item in value)):
        shown = "" if rules["type"].lower() in SECURE else f" '{shortened(str(value))}'"
        raise TemplateError(
            f"The provided value{shown} for the template parameter '{shortened(name)}' is not valid. "
            f"The parameter value is not part of the allowed value(s): '{shortened(','.join(map(str, allowed)))}'."
        )


def _bound(name: str, rules: Json, key: str) -> int | None:
    bound = rules.get(key)
    if bound is not None and (not isinstance(bound, int) or isinstance(bound, bool)):
        raise TemplateError(f"The {key} of the template parameter '{shortened(name)}' must be an integer.")
    return bound
