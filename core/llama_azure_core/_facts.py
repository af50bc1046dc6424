"""Reading the fact files of this package."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The C loader reads the same language an order of magnitude faster; PyYAML is built without it on some platforms.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load_facts(name: str) -> Any:
    """Return the parsed content of ``facts/<name>.yaml``.

    The result is shared between callers and must not be changed.
    """
    text = files(__package__).joinpath("facts", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
