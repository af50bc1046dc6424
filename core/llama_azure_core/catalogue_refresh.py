"""The Foundry catalogue made anew of what Azure answers. Pure: ``refresh-catalogue`` asks and writes.

What stands in the catalogue is what the models API and the usages API say, taken over as it is: versions, SKUs,
capacities, rates, days, replacements, names of counters. What they do not say stays, such as who sells a model; regions
that were not asked stay, too. Where regions differ, the earlier day counts, and the first default.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llama_azure_core.foundry import Counter, FoundryModel
from llama_azure_core.models_api import ListedModel, ListedSku
from llama_azure_core.refreshes import EmptyAnswerError, changed_lines

FORMAT = "Meta"
"""The format of the models that the catalogue is of, whatever they are called."""
OBSERVED = ["S214"]
_TOLD_NOW = "told now"
"""Marks what the answers say, until everything is put together."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeenCounter:
    """A counter of the usages API."""

    limit: int
    scope: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A catalogue made anew."""

    content: Row
    """The whole file's."""
    changes: tuple[str, ...]
    """What is otherwise than before, a line each; nothing where only the date is."""


def refreshed(
    old: Mapping[str, Any],
    answers: Mapping[str, Iterable[ListedModel]],
    counters: Mapping[str, SeenCounter],
    on: dt.date,
) -> Refreshed:
    """Return the catalogue with what Azure answers.

    Args:
        old: the file's content.
        answers: by region: every version of every model that it lists.
        counters: by name: what the usages API says of it.
        on: the day of the answers.

    Raises:
        EmptyAnswerError: no region lists a model of the format.
        ValueError: what was answered makes no catalogue.
    """
    listed = {
        region: [one for one in models if one.format.casefold() == FORMAT.casefold()]
        for region, models in answers.items()
    }
    if not any(listed.values()):
        raise EmptyAnswerError(f"Azure lists no model of the format {FORMAT} in {', '.join(sorted(listed))}")
    before = {row["name"]: row for row in old["models"]}
    sellers = {
        sku["usageName"]: row["soldByAzure"] for row in old["models"] for sku in _skus(row) if sku.get("usageName")
    }
    names = dict.fromkeys([*before, *(one.name for models in listed.values() for one in models)])
    models = [row for name in names if (row := _model(name, before.get(name), listed, sellers))["versions"]]
    usages = _usages(old["usages"], models, counters)
    for row in models:
        FoundryModel.model_validate(row)
    for counter in usages.values():
        Counter.model_validate(counter)
    content = {"asOf": on, "models": models, "usages": usages}
    return Refreshed(content, tuple(changed_lines(_facts_of(old), _facts_of(content), shows_gone=False)))


def _model(
    name: str, before: Row | None, listed: Mapping[str, Sequence[ListedModel]], sellers: Mapping[str, bool]
) -> Row:
    rows: dict[str, Row] = {}
    for version in (before or {}).get("versions", ()):
        kept = [_kept(sku, listed) for sku in version["skus"]]
        rows[version["version"]] = {**version, "skus": [sku for sku in kept if sku["regions"]]}
    told = False
    for region, models in listed.items():
        for one in models:
            if one.name == name:
                told = True
                rows[one.version] = _version(rows.get(one.version), one, region)
    versions = [row for row in rows.values() if row["skus"]]
    _one_default(versions)
    made: Row = dict(before) if before is not None else {"name": name, "format": FORMAT, **_seller(versions, sellers)}
    if told:
        note = made.get("note") if before is None else None
        made |= {"source": OBSERVED, "confidence": "observed"}
        made.pop("note", None)
        if note:
            made["note"] = note
    made["versions"] = versions
    return made


def _kept(sku: Row, asked: Mapping[str, Any]) -> Row:
    return {**sku, "regions": [region for region in sku["regions"] if region not in asked]}


def _seller(versions: Iterable[Row], sellers: Mapping[str, bool]) -> Row:
    """Say who sells a new model: whoever sells what is of its counter; a partner, to be careful, where nobody knows."""
    known = {sellers[sku["usageName"]] for row in versions for sku in row["skus"] if sku["usageName"] in sellers}
    note = "the models API does not say who sells it: taken for a partner's until somebody knows"
    return {"soldByAzure": known.pop()} if len(known) == 1 else {"soldByAzure": False, "note": note}


def _version(row: Row | None, listed: ListedModel, region: str) -> Row:
    """Return a version with what one region says of it."""
    told: Row = row if row is not None and row.get(_TOLD_NOW) else {}  # by another region, in these answers
    made: Row = {
        "version": listed.version,
        "isDefault": listed.is_default_version or bool(told.get("isDefault")),
        "lifecycleStatus": listed.lifecycle_status or (row or {}).get("lifecycleStatus", ""),
        _TOLD_NOW: True,
    }
    ends = [day for day in (listed.inference_ends, told.get("inferenceEnds")) if day is not None]
    if ends:
        made["inferenceEnds"] = min(ends)
    named = listed.replacement_config.target_model_name if listed.replacement_config is not None else None
    replacement = named or told.get("replacement")
    if replacement:
        made["replacement"] = replacement
    skus = {sku["name"]: sku for sku in (row or {}).get("skus", ())}
    for one in listed.skus or ():
        skus[one.name] = _sku(skus.get(one.name), one, region)
    made["skus"] = list(skus.values())
    return made


def _sku(row: Row | None, listed: ListedSku, region: str) -> Row:
    capacity = listed.capacity.as_facts()
    made: Row = {
        "name": listed.name,
        "usageName": listed.usage_name,
        "capacity": capacity.model_dump(by_alias=True),
        "rateLimits": {
            "tokensPerMinute": listed.per_minute("token"),
            "requestsPerMinute": listed.per_minute("request"),
        },
        "regions": sorted({*(row or {}).get("regions", ()), region}),
    }
    told: Row = row if row is not None and row.get(_TOLD_NOW) else {}
    now = None if listed.deprecation_date is None else listed.deprecation_date.date()
    ends = [day for day in (now, told.get("deprecation")) if day is not None]
    if ends:
        made["deprecation"] = min(ends)
    return {**made, _TOLD_NOW: True}


def _one_default(versions: list[Row]) -> None:
    """Leave one version as the default: of several that regions name now, the first; else the one of before."""
    is_told = any(row.get(_TOLD_NOW) and row["isDefault"] for row in versions)
    found = False
    for row in versions:
        is_now = bool(row.pop(_TOLD_NOW, False))
        for sku in row["skus"]:
            sku.pop(_TOLD_NOW, None)
        row["isDefault"] = bool(row["isDefault"]) and not found and (is_now or not is_told)
        found = found or row["isDefault"]


def _usages(old: Mapping[str, Row], models: Iterable[Row], seen: Mapping[str, SeenCounter]) -> dict[str, Row]:
    """Return the counters that models name: known ones with the scope that Azure says, new ones with their limit."""
    by_name = {name.casefold(): one for name, one in seen.items()}
    used = dict.fromkeys(sku["usageName"] for row in models for sku in _skus(row) if sku["usageName"])
    made = {}
    for name in used:
        before, now = old.get(name), by_name.get(name.casefold())
        if now is not None and (before is None or (now.scope and now.scope != before["scope"])):
            limit = now.limit if before is None else before["limit"]
            scope = now.scope or "Regional"
            made[name] = {"limit": limit, "scope": scope, "source": OBSERVED, "confidence": "observed"}
        elif before is not None:
            made[name] = before
    return made


def _facts_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a catalogue says, by what it says it of."""
    found: dict[str, Any] = {}
    for row in content["models"]:
        found[row["name"]] = True
        for version in row["versions"]:
            of_version = f"{row['name']} {version['version']}"
            found[of_version] = True
            found |= {f"{of_version} {key}": version[key] for key in ("lifecycleStatus",) if version.get(key)}
            found |= {f"{of_version} {key}": str(version[key]) for key in _TOLD if version.get(key)}
            if version["isDefault"]:
                found[f"{row['name']} default version"] = version["version"]
            for sku in version["skus"]:
                of_sku = f"{of_version} {sku['name']}"
                found[f"{of_sku} regions"] = frozenset(sku["regions"])
                found[f"{of_sku} counter"] = sku["usageName"]
                found[f"{of_sku} capacity"] = _words(sku["capacity"])
                found[f"{of_sku} rates"] = _words(sku["rateLimits"])
                if sku.get("deprecation"):
                    found[f"{of_sku} deprecation"] = str(sku["deprecation"])
    for name, counter in content["usages"].items():
        found[f"counter {name}"] = counter["scope"]
    return found


_TOLD = ("inferenceEnds", "replacement")


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {values[key]}" for key in sorted(values))


def _skus(row: Row) -> Iterator[Row]:
    for version in row["versions"]:
        yield from version["skus"]
