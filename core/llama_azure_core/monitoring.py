"""Azure Monitor as far as this project uses it (``facts/metrics.yaml``): metrics of resources, and the alert rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from llama_azure_core._facts import load_facts


class AlertRule(StrEnum):
    """What somebody is told of, by the word of the settings."""

    ERRORS = "errors"
    THROTTLED = "throttled"
    LATENCY = "latency"
    TOKENS = "tokens"
    UNHEALTHY = "unhealthy"
    SUBSCRIPTION = "subscription"
    DEPLOYMENT = "deployment"
    QUOTA = "quota"
    BUDGET = "budget"
    MODEL_END = "modelEnd"


@dataclass(frozen=True, slots=True)
class Metric:
    """A platform metric of a type of resource."""

    name: str
    """As the REST API spells it."""
    category: str
    """The group in which Azure lists it."""
    unit: str
    aggregations: tuple[str, ...]
    """Those that Azure lists, the default first."""
    dimensions: tuple[str, ...]
    """By which it can be split and filtered."""


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What is known of an alert rule."""

    severity: int
    """0 critical, 1 error, 2 warning, 3 informational."""
    tells: str
    """What has happened when it fires."""
    metrics: Mapping[str, str]
    """By the type of resource: the metric that it looks at; none for a rule on something else."""
    status_codes: Mapping[str, tuple[str, ...]]
    """By the type of resource: the status codes of the answers that it counts; none where it counts all."""
    category: str = ""
    """Of events of the activity log; empty for a rule on something else."""
    status: str = ""
    """Of those events; empty for any."""
    operations: tuple[str, ...] = ()
    """Of those events; none for any."""
    messages: tuple[str, ...] = ()
    """Words, of which such an event holds one; none for any."""


@cache
def metrics_of(resource_type: str) -> Mapping[str, Metric]:
    """Return the documented metrics of a type of resource, whatever its case, by name; none where none are."""
    types = {name.casefold(): row for name, row in load_facts("metrics")["types"].items()}
    rows: Mapping[str, Any] = types.get(resource_type.casefold(), {}).get("metrics", {})
    return {
        name: Metric(name, row["category"], row["unit"], tuple(row["aggregations"]), tuple(row["dimensions"]))
        for name, row in rows.items()
    }


@cache
def alert_facts(rule: AlertRule) -> AlertFacts:
    """Return what is known of an alert rule."""
    row = load_facts("metrics")["alerts"][rule.value]
    return AlertFacts(
        severity=row["severity"],
        tells=row["tells"],
        metrics=row.get("metrics", {}),
        status_codes={name: tuple(codes) for name, codes in row.get("statusCodes", {}).items()},
        category=row.get("category", ""),
        status=row.get("status", ""),
        operations=tuple(row.get("operations", ())),
        messages=tuple(row.get("messages", ())),
    )
