"""The names that Microsoft's management clients put on the wire, by module and model, as JSON."""

import importlib
import inspect
import json
import re
import sys
from typing import Any


def names(model: type) -> set[str]:
    """Return the names of a model's parts, of either generation of generated clients."""
    listed: dict[str, Any] | None = getattr(model, "_attribute_map", None)
    if listed:
        return {re.split(r"(?<!\\)\.", part["key"])[-1].replace("\\.", ".") for part in listed.values()}
    found = set()
    for base in model.__mro__:
        for name, part in vars(base).items():
            if type(part).__name__ == "_RestField":
                found.add(vars(part).get("_rest_name_input") or name)
    return found


json.dump(
    {
        module: {
            name: sorted(names(model))
            for name, model in inspect.getmembers(
                importlib.import_module(f"azure.mgmt.{module}.models"), inspect.isclass
            )
        }
        for module in sys.argv[1:]
    },
    sys.stdout,
)
