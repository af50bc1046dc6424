"""Rule: what costs money carries tags."""

from collections.abc import Iterator, Mapping

from llama_guardrails.resource_types import STORAGE_ACCOUNT, TAGGED
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_TAGS = "tags"


class RequiredTags(Options):
    """The options of the rule."""

    tags: tuple[str, ...] = ("environment", "managed-by")
    """The tags that must be there and not empty. Default: environment and managed-by."""


def _check(case: Case[RequiredTags]) -> Iterator[Problem]:
    given = case.resource.get(_TAGS)
    # A tag whose value is not known yet is there all the same.
    present = {key for key, value in given.items() if value not in (None, "")} if isinstance(given, Mapping) else set()
    missing = [tag for tag in case.options.tags if tag not in present]
    if missing:
        yield Problem(_TAGS, f"These tags are missing or empty: {', '.join(missing)}.")


RULE = Rule(
    id="LLA-OPS-002",
    name="required-tags",
    title="Everything that costs money carries the required tags.",
    why="A bill is read by tags; without them nobody can say whose it is.",
    remedy="Add the missing tags.",
    severity=Severity.LOW,
    level=Level.MANDATORY,
    types=TAGGED,
    options=RequiredTags,
    check=_check,
    covers=("Azure Policy 871b6d14", "Azure Policy 1e30110a"),
    example=Example(STORAGE_ACCOUNT, _TAGS, good={"environment": "prod", "managed-by": "pulumi"}, bad={}),
)
