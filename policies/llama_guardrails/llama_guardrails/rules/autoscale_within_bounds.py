"""Rule: autoscaling has an upper end."""

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from llama_azure_core._facts import load_facts
from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import AUTOSCALE_SETTING, ONLINE_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable, Resource

_MOST: int = load_facts("limits")["onlineEndpoints"]["instancesPerDeployment"]
_TARGET, _PROFILES = "targetResourceUri", "profiles"


class Bounds(Options):
    """The options of the rule."""

    maximum: int = Field(default=_MOST, ge=1, le=_MOST)
    """The most instances that a profile may scale to. Default: Azure's limit for a deployment."""


def _check(case: Case[Bounds]) -> Iterator[Problem]:
    if not _scales_a_deployment(case.resource, case.estate):
        raise NotApplicable("it scales no online deployment")
    # Only what decides is read: of a new deployment much of a profile is not known yet.
    profiles = case.resource.get(_PROFILES)
    for index in range(len(profiles) if isinstance(profiles, list) else 0):
        path = f"{_PROFILES}[{index}].capacity.maximum"
        most = _count(case.resource.get(path))
        if most is None:
            yield Problem(path, "The profile's maximum is not a number of instances.")
        elif not 1 <= most <= case.options.maximum:
            yield Problem(path, f"The profile scales to {most} instances; at most {case.options.maximum} are allowed.")


def _count(given: Any) -> int | None:
    """Return a number of instances, which Azure takes as text; what is not given counts as none."""
    try:
        return int(given or 0)
    except (TypeError, ValueError, OverflowError):
        return None


def _scales_a_deployment(setting: Resource, estate: Estate) -> bool:
    if any(True for _ in estate.origins_of(setting, _TARGET, ONLINE_DEPLOYMENT)):
        return True
    return "/onlineendpoints/" in (setting.text(_TARGET) or "").casefold()


RULE = Rule(
    id="LLA-CMP-008",
    name="autoscale-within-bounds",
    title="Autoscaling of an online deployment stops at the environment's upper bound.",
    why="Load that nobody expected must not become a bill that nobody expected.",
    remedy="Lower the profile's maximum.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(AUTOSCALE_SETTING,),
    when=When.STACK,
    options=Bounds,
    check=_check,
    sources=("S22",),
)
