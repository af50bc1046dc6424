"""Every rule of the pack: those of all files in ``rules/``."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from llama_azure_core.loading import without_collecting
from llama_guardrails import rules
from llama_guardrails.rule import Rule

AREAS = {
    "CFG": "The pack itself",
    "REG": "Regions",
    "IAM": "Roles and identities",
    "AUT": "Signing in",
    "MOD": "Models",
    "CMP": "Managed compute",
    "NET": "Networks",
    "DAT": "Data at rest",
    "GTW": "Gateways",
    "OPS": "Operations",
}
"""What the second part of an id means, in the order of the report and of the documentation."""


def _rules_by_file() -> dict[str, tuple[Rule[Any], ...]]:
    """Return the rules by the name of their file: a file is one rule, RULE, or a table of them, RULES."""
    found = {}
    for one in iter_modules(rules.__path__):
        if not one.name.startswith("_"):
            module = import_module(f"{rules.__name__}.{one.name}")
            found[f"{one.name}.py"] = module.RULES if hasattr(module, "RULES") else (module.RULE,)
    return found


def _place(rule: Rule[Any]) -> tuple[int, str]:
    _, area, number = rule.id.split("-")
    return list(AREAS).index(area), number


with without_collecting():
    _BY_FILE = _rules_by_file()
_FILES = {rule.id: name for name, found in _BY_FILE.items() for rule in found}

RULES: tuple[Rule[Any], ...] = tuple(sorted((rule for found in _BY_FILE.values() for rule in found), key=_place))
"""By area and number."""


def file_of(rule: Rule[Any]) -> str:
    """Return the file that a rule is in, from the root of the repository."""
    return f"policies/llama_guardrails/llama_guardrails/rules/{_FILES[rule.id]}"
