"""The base of everything that is read from a file: facts, settings, configurations."""

import ast
import inspect
import sys
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Frozen(BaseModel):
    """A part of a file: camelCase there, immutable here, and an unknown key is an error.

    The docstring of a field is its description in the JSON Schema.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
    )

    # pydantic's own `use_attribute_docstrings` parses the source of each model when it is imported: a tenth of a second
    # in every program, policy pack and plugin, for what a schema alone needs.
    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        documented = _documented(cls)
        for name, field in cls.model_fields.items():
            shown = properties.get(field.alias, properties.get(name))
            if shown is not None and name in documented:
                shown.setdefault("description", documented[name])
        return schema


def _documented(model: type[Frozen]) -> Mapping[str, str]:
    """Return the docstrings of a model's fields, inherited ones too, by the field's name."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__[: model.__mro__.index(Frozen)]):
        found |= _documented_in(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _documented_in(module: str) -> Mapping[str, Mapping[str, str]]:
    """Return, by class of a module, the docstrings of its attributes; none where its source is not there."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, KeyError):
        return {}
    return {
        one.name: {
            attribute.target.id: inspect.cleandoc(text.value.value)
            for attribute, text in pairwise(one.body)
            if isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
        }
        for one in tree.body
        if isinstance(one, ast.ClassDef)
    }
