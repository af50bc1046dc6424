"""What a configuration file says to each rule, judged as a whole: an unknown rule or key is an error.

The files are those of ``--policy-pack-config``: by rule name, a level or an object with ``enforcementLevel``
and the rule's options. The engine itself accepts a misspelt name in silence, so the pack looks again.
"""

import datetime as dt
import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from llama_azure_core.catalogue import UnknownSnapshotError, snapshot_date
from llama_azure_core.frozen import Frozen
from llama_guardrails.rule import Level, Options, Rule
from llama_guardrails.view import Resource

GENERAL = "guardrails-configuration"
"""The name of the rule whose options are those of the pack as a whole."""

_ALL = "all"
_LEVEL = "enforcementLevel"


class ConfigurationError(ValueError):
    """A configuration cannot be used; the message names the file, every value at fault and the remedy."""


class Exemption(Frozen):
    """Resources that a rule lets pass for a while."""

    rule: str
    """Required. The rule's name or id."""
    resources: str = Field(min_length=1)
    """Required. The resources, by name or by URN; `*` stands for any characters."""
    reason: str = Field(min_length=10)
    """Required. Why, for whoever reads it next year."""
    owner: str = Field(min_length=3)
    """Required. Who answers for it."""
    expires: dt.date
    """Required. The last day on which it holds; from the next day on it is a finding itself."""

    def is_expired(self, today: dt.date) -> bool:
        """Whether it no longer holds."""
        return today > self.expires

    def covers(self, rule: Rule[Any], resource: Resource) -> bool:
        """Whether it is about a rule's findings on a resource."""
        return self.rule.casefold() in (rule.name, rule.id.casefold()) and self.names(resource)

    def names(self, resource: Resource) -> bool:
        """Whether a resource is among those that it names."""
        return any(fnmatchcase(text, self.resources) for text in (resource.name, resource.urn))


class GeneralOptions(Options):
    """The options of the pack as a whole."""

    exemptions: tuple[Exemption, ...] = ()
    """Findings that are let pass, each with reason, owner and expiry. Default: none."""
    as_of: dt.date | None = None
    """The date on which models are judged, where no stack gives one (`pulumi policy analyze`). Default: today."""
    region_snapshot: str | None = None
    """The snapshot of the region tables, where no stack gives one. Default: that of the date."""

    @field_validator("region_snapshot")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                snapshot_date(name)
            except UnknownSnapshotError as error:
                raise ValueError(str(error)) from None
        return name


@dataclass(frozen=True, slots=True)
class Setting:
    """One rule's configuration."""

    level: Level
    options: Options


@dataclass(frozen=True)
class Configuration:
    """Every rule's configuration."""

    settings: Mapping[str, Setting]

    def of(self, rule: Rule[Any]) -> Setting:
        """Return a rule's configuration."""
        return self.settings[rule.name]

    @property
    def general(self) -> GeneralOptions:
        """The options of the pack as a whole."""
        setting = self.settings.get(GENERAL)
        return setting.options if setting is not None and isinstance(setting.options, GeneralOptions) else _NO_OPTIONS

    def exemption(self, rule: Rule[Any], resource: Resource, today: dt.date) -> Exemption | None:
        """Return the exemption in force that lets a rule's findings on a resource pass."""
        if rule.name == GENERAL:
            return None  # or an exemption could keep its own expiry quiet
        for exemption in self.general.exemptions:
            if not exemption.is_expired(today) and exemption.covers(rule, resource):
                return exemption
        return None


_NO_OPTIONS = GeneralOptions()


def load_configuration(path: Path, rules: Sequence[Rule[Any]]) -> Configuration:
    """Read a file of ``--policy-pack-config``.

    Raises:
        ConfigurationError: it cannot be read or used.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, Mapping):
        raise ConfigurationError(f"{path}: write an object with a key for each rule that is configured")
    return parse_configuration(content, rules, source=str(path))


def parse_configuration(content: Mapping[str, Any], rules: Sequence[Rule[Any]], source: str) -> Configuration:
    """Turn what a file says into every rule's configuration.

    Raises:
        ConfigurationError: a rule, a key or a value is unknown or wrong; the message lists all of it.
    """
    by_name = {rule.name: rule for rule in rules}
    problems: list[str] = []
    settings = {rule.name: Setting(rule.level, rule.options()) for rule in rules}
    everywhere = content.get(_ALL)
    if everywhere is not None:
        level = _level_everywhere(everywhere, problems)
        settings = {name: replace(setting, level=level or setting.level) for name, setting in settings.items()}
    for name, value in content.items():
        if name == _ALL:
            continue
        rule = by_name.get(name)
        if rule is None:
            near = difflib.get_close_matches(name, by_name, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; remove it"
            problems.append(f"{name} is not a rule{hint}")
            continue
        settings[name] = _setting(rule, value, settings[name], problems)
    configuration = Configuration(settings)
    problems.extend(_unknown_in_exemptions(configuration.general, by_name))
    if problems:
        raise ConfigurationError(f"{source} cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))
    return configuration


def _level_everywhere(value: Any, problems: list[str]) -> Level | None:
    """Return the level of every rule. A file gives a word; the engine hands the same on as an object."""
    if not isinstance(value, Mapping):
        return _level(value, _ALL, problems)
    others = ", ".join(sorted(str(key) for key in value if key != _LEVEL))
    if others:
        problems.append(f"{_ALL}: {others}: every rule takes a level together with the others, options one by one")
    return _level(value.get(_LEVEL), _ALL, problems)


def _setting(rule: Rule[Any], value: Any, default: Setting, problems: list[str]) -> Setting:
    if isinstance(value, str):
        return replace(default, level=_level(value, rule.name, problems) or default.level)
    if not isinstance(value, Mapping):
        problems.append(f"{rule.name}: write a level, or an object of {_LEVEL} and options")
        return default
    given = dict(value)
    level = _level(given.pop(_LEVEL), rule.name, problems) if _LEVEL in given else None
    try:
        options = rule.options.model_validate(given)
    except ValidationError as error:
        problems.extend(f"{rule.name}{_path(one['loc'])}: {_explain(one)}" for one in error.errors())
        return default
    return Setting(level or default.level, options)


def _level(value: Any, name: str, problems: list[str]) -> Level | None:
    try:
        return Level(value)
    except ValueError:
        problems.append(f"{name}: {value!r} is not a level; write {', '.join(Level)}")
        return None


def _unknown_in_exemptions(general: GeneralOptions, by_name: Mapping[str, Rule[Any]]) -> list[str]:
    known = {*by_name, *(rule.id.casefold() for rule in by_name.values())}
    return [
        f"{GENERAL}.exemptions[{index}].rule: {exemption.rule!r} is not a rule; write a rule's name or id"
        for index, exemption in enumerate(general.exemptions)
        if exemption.rule.casefold() not in known
    ]


def _path(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _explain(problem: Any) -> str:
    match problem["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            return "is not an option of this rule; remove it or check its spelling"
        case "value_error":
            return str(problem["ctx"]["error"])
        case _:
            return str(problem["msg"])


def short_schema(rule: Rule[Any]) -> dict[str, dict[str, Any]]:
    """Return what the engine can check of a rule's options by itself; the whole is checked here."""
    return _short_schema(rule.options)  # type: ignore[arg-type]  # classes are hashable


@cache
def _short_schema(options: type[Options]) -> dict[str, dict[str, Any]]:
    """Return it for rules that share their options, which most do."""
    schema = options.model_json_schema(by_alias=True)["properties"]
    return {name: {key: one[key] for key in ("type", "description") if key in one} for name, one in schema.items()}
