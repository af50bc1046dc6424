"""Azure AI Content Safety, as far as a list of words goes: ``safety.yaml``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from llama_azure_sandbox.inference.errors import content_filtered


@dataclass(frozen=True, slots=True)
class SafetyFacts:
    """The parsed file."""

    severities: tuple[str, ...]
    filtered_from: str
    words: Mapping[str, tuple[str, str]]
    """Category and severity by word."""
    provocations: Mapping[str, str]
    failing: str
    pattern: re.Pattern[str]

    def is_filtered(self, severity: str) -> bool:
        """Whether a text of a severity is refused."""
        return self.severities.index(severity) >= self.severities.index(self.filtered_from)


@dataclass(frozen=True, slots=True)
class Moderated:
    """What the filter leaves of a completion."""

    length: int
    """How many characters of the text remain."""
    finish_reason: str | None
    """``content_filter`` or ``content_filter_error``; ``None`` if the whole text may pass."""


@cache
def safety_facts() -> SafetyFacts:
    """Return the filter's words."""
    content: dict[str, Any] = yaml.safe_load(files(__package__).joinpath("safety.yaml").read_text(encoding="utf-8"))
    words = {
        word: (category, severity)
        for category, by_severity in content["categories"].items()
        for severity, listed in by_severity.items()
        for word in listed
    }
    alternatives = "|".join(re.escape(word) for word in (*words, content["failing"]))
    return SafetyFacts(
        severities=tuple(content["severities"]),
        filtered_from=content["filteredFrom"],
        words=words,
        provocations=content["provocations"],
        failing=content["failing"],
        pattern=re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE),
    )


def severities(text: str) -> dict[str, str]:
    """Return the severity of a text in each category in which it is not safe."""
    facts = safety_facts()
    found: dict[str, str] = {}
    for match in facts.pattern.finditer(text):
        category, severity = facts.words.get(match[0].lower(), ("", "safe"))
        rank = facts.severities.index
        if category and rank(severity) > rank(found.get(category, "safe")):
            found[category] = severity
    return found


def check_prompt(parameter: str, texts: Sequence[str]) -> None:
    """Refuse a prompt that is too grave in any category.

    Raises:
        DataPlaneError: 400, the categories are named.
    """
    facts = safety_facts()
    found = {name: severity for text in texts for name, severity in severities(text).items()}
    refused = {name: severity for name, severity in found.items() if facts.is_filtered(severity)}
    if refused:
        raise content_filtered(parameter, refused)


def moderate(text: str) -> Moderated:
    """Return what may pass of a completion: all of it, or what comes before the first word that is too grave."""
    facts = safety_facts()
    for match in facts.pattern.finditer(text):
        word = match[0].lower()
        if word == facts.failing:
            return Moderated(match.start(), "content_filter_error")
        if facts.is_filtered(facts.words[word][1]):
            return Moderated(match.start(), "content_filter")
    return Moderated(len(text), None)


def provoked_word(texts: Sequence[str]) -> str | None:
    """Return the word that a prompt provokes the generator to say."""
    provocations = safety_facts().provocations
    return next((said for asked, said in provocations.items() if any(asked in text for text in texts)), None)
