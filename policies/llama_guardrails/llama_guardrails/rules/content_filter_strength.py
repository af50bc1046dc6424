"""Rule: a content filter holds harm back."""

from collections.abc import Iterator, Mapping
from typing import Any

from llama_azure_core.azure_enums import FilterMode
from llama_azure_core.azure_enums import Severity as Strictness
from llama_azure_core.foundry import filter_categories
from llama_guardrails.resource_types import CONTENT_FILTER
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_FILTERS, _MODE = "properties.contentFilters", "properties.mode"
_ORDER = [one.value.casefold() for one in (Strictness.LOW, Strictness.MEDIUM, Strictness.HIGH)]
_AFTERWARDS = (FilterMode.ASYNCHRONOUS.value, FilterMode.DEFERRED.value)


class Strength(Options):
    """The options of the rule."""

    weakest_severity: Strictness = Strictness.MEDIUM
    """The severity from which harm is held back at the latest: Low is the strictest. Default: Medium."""
    may_let_pass: tuple[str, ...] = ()
    """Categories that may be switched off, only marked, or filtered more weakly, such as `Profanity`. Default: none."""
    allow_afterwards: bool = False
    """Whether completions may be filtered after callers have got them. Default: false."""


def _check(case: Case[Strength]) -> Iterator[Problem]:
    if not case.options.allow_afterwards and case.resource.says(_MODE, *_AFTERWARDS):
        yield Problem(_MODE, "Callers get a completion before it is filtered.")
    spared = {one.casefold() for one in case.options.may_let_pass}
    filters = case.resource.whole(_FILTERS)
    for index, one in enumerate(filters if isinstance(filters, list) else ()):
        if isinstance(one, Mapping) and str(one.get("name")).casefold() not in spared:
            yield from _problems(one, f"{_FILTERS}[{index}]", case.options.weakest_severity)


def _problems(one: Mapping[str, Any], path: str, weakest: Strictness) -> Iterator[Problem]:
    name = str(one.get("name"))
    what = f"{name} in {one.get('source') or 'prompts and completions'}"
    if one.get("enabled") is False:
        yield Problem(f"{path}.enabled", f"{what} is not looked for.")
    elif one.get("blocking") is False:
        yield Problem(f"{path}.blocking", f"{what} is marked, and not held back.")
    given = str(one.get("severityThreshold") or Strictness.MEDIUM.value).casefold()
    known = {category.casefold(): row for category, row in filter_categories().items()}.get(name.casefold())
    if known is not None and known.has_severity and given in _ORDER and _is_weaker(given, weakest):
        yield Problem(f"{path}.severityThreshold", f"{what} is held back from {given.title()} on; {weakest} is asked.")


def _is_weaker(given: str, weakest: Strictness) -> bool:
    return _ORDER.index(given) > _ORDER.index(weakest.value.casefold())


RULE = Rule(
    id="LLA-MOD-017",
    name="content-filter-strength",
    title="A content filter holds back what it finds, from the severity on that the environment asks.",
    why=(
        "A filter that is switched off, only marks, or lets callers read before it looks protects nobody, and a "
        "deployment that names it looks protected all the same. What a filter says nothing of is as in its base."
    ),
    remedy="Enable each category with blocking, at the severity asked or a stricter one, in a mode that blocks.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(CONTENT_FILTER,),
    options=Strength,
    check=_check,
    sources=("S204", "S207"),
    covers=("Azure Policy c1ad46c6", "Azure Policy af253d37", "Azure Policy 930f48f9", "Azure Policy f3a9c2e0"),
    example=Example(CONTENT_FILTER, _MODE, good="Blocking", bad="Asynchronous_filter"),
)
