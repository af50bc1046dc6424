"""The pages of the rules, written from what the rules say of themselves (``make rule-pages``)."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from llama_azure_core._facts import load_facts
from llama_guardrails import RULES
from llama_guardrails.inventory import AREAS, file_of
from llama_guardrails.rule import Example, Rule, UniqueRule, When

# A row of the index: the id and the name that were given to a rule.
_GIVEN = re.compile(r"^\| \[(?P<id>[A-Z-]+\d+)\]\(\S+\) \| `(?P<name>[^`]+)` \|", re.MULTILINE)


class TakenAwayError(ValueError):
    """An id or a name that was given is not that of the rule any more; the message says which."""


def write_pages(folder: Path, rules: Sequence[Rule[Any]]) -> None:
    """Write a page for each rule and an index of them.

    Raises:
        TakenAwayError: a rule of the index that is there is no more, or has another name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = folder / "README.md"
    _check_given(old.read_text(encoding="utf-8") if old.exists() else "", rules)
    pages = {f"{rule.id}.md": rule_page(rule) for rule in rules} | {"README.md": index(rules)}
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def _check_given(written: str, rules: Sequence[Rule[Any]]) -> None:
    """Hold the rules to the ids and names that people cite in exemptions, reports and reviews."""
    names = {rule.id: rule.name for rule in rules}
    for row in _GIVEN.finditer(written):
        if names.get(row["id"]) != row["name"]:
            raise TakenAwayError(
                f"{row['id']} was given to the rule {row['name']}. Ids and names that were given stay: restore it, "
                "give a new rule the next number of its area, or switch a rule off by its level."
            )


def index(rules: Sequence[Rule[Any]]) -> str:
    """Return the catalogue of rules."""
    lines = ["# The guardrails' rules", ""]
    lines += ["Written by `make rule-pages` from the rules themselves. A level in brackets is a default that an"]
    lines += ["environment's file in `policies/config` may change.", ""]
    for area, title in AREAS.items():
        lines += [f"## {title}", "", "| id | name | what must hold | severity | level |", "|---|---|---|---|---|"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | `{rule.name}` | {rule.title} | {rule.severity} | {rule.level} |"
            for rule in rules
            if rule.id.split("-")[1] == area
        ]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def rule_page(rule: Rule[Any]) -> str:
    """Return a rule's page in Markdown."""
    return "\n".join(_page(rule)).rstrip() + "\n"


def _page(rule: Rule[Any]) -> Iterator[str]:
    yield f"# {rule.id}: {rule.name}"
    yield ""
    yield rule.title
    yield ""
    yield f"Severity {rule.severity}; level {rule.level}, unless an environment says otherwise."
    file = file_of(rule)
    yield f"Its file is [{PurePosixPath(file).name}](../../{file})."
    yield ""
    yield "## What it judges"
    yield ""
    if rule.types:
        yield f"{_when(rule)}:"
        yield ""
        yield from (f"- `{one}`" for one in rule.types)
    else:
        yield "The stack as a whole, at the end of a preview or an update, and of a saved state."
    yield ""
    yield "## Why"
    yield ""
    yield rule.why
    yield ""
    yield "## What to do"
    yield ""
    yield rule.remedy
    yield ""
    if rule.example is not None:
        yield from _example(rule.example)
    yield from _configuration(rule)
    yield from _references(rule)


def _when(rule: Rule[Any]) -> str:
    if isinstance(rule, UniqueRule):
        return "Each of these before it is created or updated, and all of them together at the end of a run"
    if rule.when is When.STACK:
        return "Each of these, with what it belongs to, at the end of a preview or an update, and in a saved state"
    return "Each of these before it is created or updated, and in a saved state"


def _example(example: Example) -> Iterator[str]:
    yield "## Example"
    yield ""
    yield f"A `{example.type}` that passes has"
    yield ""
    yield from _json(example.path, example.good)
    yield ""
    yield "and one that does not"
    yield ""
    yield from _json(example.path, example.bad)
    yield ""


def _json(path: str, value: Any) -> Iterator[str]:
    tree: Any = value
    for step in reversed(path.split(".")):
        tree = {step: tree} if tree is not None else {}
    yield "```json"
    yield json.dumps(tree, indent=2, ensure_ascii=False)
    yield "```"


def _configuration(rule: Rule[Any]) -> Iterator[str]:
    yield "## Configuration"
    yield ""
    yield "In `policies/config/<environment>.json`, a level alone or an object:"
    yield ""
    yield "```json"
    yield json.dumps({rule.name: {"enforcementLevel": str(rule.level)}}, indent=2)
    yield "```"
    yield ""
    yield "| option | meaning |"
    yield "|---|---|"
    yield "| `enforcementLevel` | `advisory`, `mandatory` or `disabled` |"
    for name, schema in rule.options.model_json_schema(by_alias=True)["properties"].items():
        text = " ".join(schema["description"].split())
        yield f"| `{name}` | {text} |"
    yield ""


def _references(rule: Rule[Any]) -> Iterator[str]:
    sources = load_facts("sources")
    if rule.sources:
        yield "## Sources"
        yield ""
        yield from (f"- {one}: {_spell(sources[one])}" for one in rule.sources)
        yield ""
    if rule.covers:
        yield "## Rules of other products that ask the same"
        yield ""
        yield from (f"- {one}" for one in rule.covers)
        yield ""


def _spell(source: dict[str, Any]) -> str:
    return "; ".join(str(value) for value in source.values())


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]), RULES)
