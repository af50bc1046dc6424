"""The comment on a pull request, in Markdown. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from llama_azure_report import Finding, Result
from llama_azure_report.markdown import Block, blocks_of, cell, fenced, fitted, table

if TYPE_CHECKING:
    from llama_azure_pipelines.steps.preview import StackPreview

MARKER = "<!-- llama-azure: preview -->"
"""By which the comment is found again; a reader does not see it."""

ARTEFACTS = "the run's artefacts"

_POLICY = {0: "clean", 1: "violations", 2: "undecided", 3: "could not run"}
_PREFLIGHT = {0: "passes", 1: "fails", 2: "unknown", 3: "could not run"}
_LOSES = {"delete": "deletes", "replace": "replaces"}
_MOST_NAMED = 10
_OF_LOSSES = frozenset({"LLA-OPS-006", "LLA-CMP-011"})
"""The rules that judge what is deleted or replaced."""


def render(previews: Sequence[StackPreview], commit: str, base: str = "") -> str:
    """Return the comment: the verdict, a line per stack, what blocks in any of them, and folded away the rest.

    Args:
        previews: of each stack.
        commit: how to call what was previewed.
        base: the address of the repository's root, for links to pages.
    """
    if not previews:
        return f"{MARKER}\n### Preview of {commit}\n\nNo stack is touched.\n"
    clear = all(one.is_clear for one in previews)
    verdict = "nothing stands against it" if clear else "blocked"
    ordered = sorted(previews, key=lambda one: one.is_clear)
    judged = {one.stack: _judged_losses(one) for one in ordered}
    lost = [
        f"- {one.stack} {words}"
        for one in ordered
        for words in losses(one.steps, {found.subject for found in judged[one.stack]})
    ]
    stacks = ["| stack | changes | preflight | guardrails | what stands there costs |", "|---|---|---|---|---|"]
    stacks += map(_row, ordered)
    stacks += ["", f"What the stacks would be then is on a page: `estate.html` in {ARTEFACTS}."]
    head = [f"{MARKER}\n### Preview of {commit}: {verdict}", *(["", *lost] if lost else []), "", *stacks]
    tables = [table(found, base, title=f"{stack}: what is lost") for stack, found in judged.items() if found]
    blocking, advice, steps = [Block(tuple(head)), *tables], [], []
    for one in ordered:
        if one.errors:
            block = fenced(one.errors)
            blocking.append(Block((f"#### {one.stack}: the preview failed", "", *block.head), block.lines, block.tail))
        for report in one.reports:
            others = replace(report, findings=tuple(found for found in report.findings if not _is_loss(found)))
            first, then = blocks_of(others, base, title=f"{one.stack}: {report.tool}")
            blocking += first
            advice += then
        if one.cost_details:
            steps.append(fenced(one.cost_details, f"{one.stack}: what it costs"))
        if one.steps:
            steps.append(fenced(one.steps, f"{one.stack}: what would change"))
    return fitted([*blocking, *advice, *steps], ARTEFACTS)


def _is_loss(finding: Finding) -> bool:
    return finding.rule.id in _OF_LOSSES and finding.result in (Result.FAIL, Result.WARN)


def _judged_losses(one: StackPreview) -> list[Finding]:
    """Return what the rules say of what is deleted or replaced, with what is in it and the remedy."""
    return [found for report in one.reports for found in report.attention if _is_loss(found)]


def losses(steps: Sequence[str], judged: Collection[str] = ()) -> list[str]:
    """Return what is deleted or replaced, in words; nothing where all is kept.

    Args:
        steps: what would change, a line for each resource.
        judged: the names of resources of which a rule says it.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for step in steps:
        operation, resource_type, name = step.split(" ", 2)
        if operation in _LOSES and resource_type.startswith("azure-native:") and name not in judged:
            found[operation].append(f"{resource_type.rsplit(':', 1)[-1]} {name}")
    return [
        f"**{_LOSES[operation]}** {cell(', '.join(names[:_MOST_NAMED]))}"
        + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")
        for operation, names in found.items()
    ]


def link_base(environment: Mapping[str, str]) -> str:
    """Return the address of the repository's root at the commit that a CI system runs for; empty outside of one."""
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    if server and repository:
        return f"{server}/{repository}/blob/{environment.get('GITHUB_SHA') or 'HEAD'}"
    azure_devops = environment.get("BUILD_REPOSITORY_URI")
    return f"{azure_devops}?path=" if azure_devops else ""


def _row(one: StackPreview) -> str:
    changes = ", ".join(f"{count} to {operation}" for operation, count in sorted(one.counts.items())) or "none"
    if one.errors:
        changes = "the preview failed"
    preflight = _PREFLIGHT.get(one.preflight, _PREFLIGHT[3])
    policy = _POLICY.get(one.policy, _POLICY[3])
    return f"| {one.stack} | {changes} | {preflight} | {policy} | {cell(one.cost) or 'unknown'} |"
