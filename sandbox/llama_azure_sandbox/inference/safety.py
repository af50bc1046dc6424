"""Azure AI Content Safety, as far as a list of words goes: ``safety.yaml``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    detections: Mapping[str, str]
    """What has no severity and is found or not, by word."""
    provocations: Mapping[str, str]
    failing: str
    pattern: re.Pattern[str]

    def is_filtered(self, severity: str, filtered_from: str | None = None) -> bool:
        """Whether a text of a severity is refused, by a threshold or by the one that is there from the start."""
        return self.severities.index(severity) >= self.severities.index(filtered_from or self.filtered_from)


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
    detections = {word: found for found, listed in content["detections"].items() for word in listed}
    alternatives = "|".join(re.escape(word) for word in (*words, *detections, content["failing"]))
    return SafetyFacts(
        severities=tuple(content["severities"]),
        filtered_from=content["filteredFrom"],
        words=words,
        detections=detections,
        provocations=content["provocations"],
        failing=content["failing"],
        pattern=re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE),
    )


@dataclass(frozen=True, slots=True)
class Side:
    """What a content filter does on one side: to prompts, or to completions."""

    thresholds: Mapping[str, str]
    """By category, the severity from which a text is filtered."""
    detects: frozenset[str] = frozenset()
    """What is looked for beside the categories, such as ``jailbreak``."""
    blocking: frozenset[str] = frozenset()
    """The categories and detections of which a text is refused; the others are only told."""
    blocklists: Mapping[str, tuple[re.Pattern[str], ...]] = field(default_factory=dict)
    """Patterns that are refused, by the name of their list."""

    def grave(self, text: str) -> dict[str, str]:
        """Return what a text is refused for: the severity by category, an empty one of a detection."""
        facts = safety_facts()
        found = {
            name: severity
            for name, severity in severities(text).items()
            if name in self.blocking and facts.is_filtered(severity, self.thresholds[name])
        }
        return found | {name: "" for name in _detected(text) if name in self.detects & self.blocking}

    def listed(self, text: str) -> list[str]:
        """Return the blocklists that have a pattern of a text."""
        return [name for name, patterns in self.blocklists.items() if any(one.search(text) for one in patterns)]

    def told(self, text: str) -> dict[str, Any]:
        """Return what an answer tells of a text: ``content_filter_results``."""
        found, detected, listed = severities(text), _detected(text), self.listed(text)
        grave = self.grave(text)
        return {
            **{name: {"filtered": name in grave, "severity": found.get(name, "safe")} for name in self.thresholds},
            **{name: {"filtered": name in grave, "detected": name in detected} for name in sorted(self.detects)},
            **({"custom_blocklists": _listed(listed)} if self.blocklists else {}),
        }

    def first_grave(self, text: str) -> int | None:
        """Return where in a text the first word begins for which it is refused; ``None`` if nothing is."""
        facts = safety_facts()
        positions = [one.start() for patterns in self.blocklists.values() for p in patterns for one in p.finditer(text)]
        for match in facts.pattern.finditer(text):
            if self.grave(match[0]):
                positions.append(match.start())
                break
        return min(positions, default=None)

    @property
    def longest(self) -> int:
        """How many characters the longest thing has that may be found; of a pattern its own length is taken."""
        facts = safety_facts()
        patterns = (one.pattern for each in self.blocklists.values() for one in each)
        return max(map(len, (*facts.words, *facts.detections, facts.failing, *patterns)))


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """What is refused of prompts and taken out of completions."""

    prompt: Side
    completion: Side
    told: bool = False
    """Whether answers tell what the filter found."""


@cache
def content_safety() -> ContentFilter:
    """Return the filter of serverless endpoints and of managed compute: every category, from one severity on."""
    facts = safety_facts()
    categories = {category for category, _ in facts.words.values()}
    side = Side(dict.fromkeys(sorted(categories), facts.filtered_from), blocking=frozenset(categories))
    return ContentFilter(side, side)


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


def check_prompt(side: Side, parameter: str, texts: Sequence[str]) -> None:
    """Refuse a prompt that is too grave in any category, or is on a blocklist.

    Raises:
        DataPlaneError: 400, what it is refused for is named.
    """
    found = {name: severity for text in texts for name, severity in side.grave(text).items()}
    listed = sorted({name for text in texts for name in side.listed(text)})
    if found or listed:
        results: dict[str, Any] = {
            name: {"filtered": True, **({"severity": severity} if severity else {"detected": True})}
            for name, severity in found.items()
        }
        raise content_filtered(parameter, results | ({"custom_blocklists": _listed(listed)} if listed else {}))


def moderate(side: Side, text: str) -> Moderated:
    """Return what may pass of a completion: all of it, or what comes before the first word that is too grave."""
    facts = safety_facts()
    failing = next((one.start() for one in facts.pattern.finditer(text) if one[0].lower() == facts.failing), None)
    grave = side.first_grave(text)
    if failing is not None and (grave is None or failing < grave):
        return Moderated(failing, "content_filter_error")
    return Moderated(len(text), None) if grave is None else Moderated(grave, "content_filter")


def provoked_word(texts: Sequence[str]) -> str | None:
    """Return the word that a prompt provokes the generator to say."""
    provocations = safety_facts().provocations
    return next((said for request, said in provocations.items() if any(request in text for text in texts)), None)


def _detected(text: str) -> set[str]:
    facts = safety_facts()
    found = (facts.detections.get(match[0].lower()) for match in facts.pattern.finditer(text))
    return {one for one in found if one is not None}


def _listed(names: Sequence[str]) -> dict[str, Any]:
    return {"filtered": bool(names), "details": [{"filtered": True, "id": name} for name in names]}
