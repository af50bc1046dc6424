"""Verdicts of judges, the reasons for those that stay failed, and the page that shows both. Pure but for the files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from llama_azure_core.frozen import Frozen
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import WORKSPACE
from scripts.judged.azure_policy import Definition, judge

Json = dict[str, Any]
_FOLDER = Path(__file__).resolve().parent
STACKS = ("prod", "dev")
"""The stacks that are judged, in the order of the page's columns."""


@dataclass
class Verdict:
    """What one check says of one stack: resources as a pair of their type and their name for people."""

    judge: Literal["checkov", "Azure Policy"]
    check: str
    title: str
    stack: str
    passed: list[tuple[str, str]] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


class Reason(Frozen):
    """Why a check may stay failed."""

    checks: tuple[str, ...] = Field(min_length=1)
    """The ids of the checks, those of Azure Policy by the first eight characters."""
    stacks: tuple[Literal["prod", "dev"], ...] = Field(min_length=1)
    types: tuple[str, ...] = Field(min_length=1)
    """The types of the resources that fail."""
    why: str

    def covers(self, verdict: Verdict, kind: str) -> bool:
        """Whether it is about a failure of a resource of a type."""
        return (
            any(verdict.check.startswith(check) for check in self.checks)
            and verdict.stack in self.stacks
            and kind.casefold() in {one.casefold() for one in self.types}
        )


class _Policy(Frozen):
    id: str
    title: str
    version: str
    effect: str
    types: tuple[str, ...]
    only: Json | None = None
    broken: Json | None = None
    beside: Json | None = None
    with_: Json = Field(default_factory=dict, alias="with")

    def definition(self) -> Definition:
        kinds = frozenset(one.lower() for one in self.types)
        return Definition(
            self.id, self.title, self.version, self.effect, kinds, self.only, self.broken, self.beside, self.with_
        )


def built_in_policies() -> tuple[Definition, ...]:
    """Return Azure's built-in policies for the types of resources that a stack makes."""
    return tuple(_Policy.model_validate(row).definition() for row in _read("azure_policies")["policies"])


def policies_of_other_types() -> dict[str, list[Json]]:
    """Return, by a type that no stack has, the policies that are about it."""
    found: dict[str, list[Json]] = _read("azure_policies")["otherTypes"]
    return found


def reasons() -> tuple[Reason, ...]:
    """Return the reasons that are given."""
    return tuple(Reason.model_validate(row) for row in _read("reasons"))


def judge_resources(stack: str, resources: Sequence[Json], definitions: Iterable[Definition]) -> list[Verdict]:
    """Judge a stack's resources, as Azure Policy sees them."""
    labels = {str(one["id"]): type_label(ResourceId.parse(one["id"]).type, one.get("kind")) for one in resources}
    made = []
    for one in definitions:
        judgement = judge(one, resources)
        verdict = Verdict("Azure Policy", one.id, one.title, stack)
        verdict.passed += [(labels[resource], resource) for resource in judgement.passed]
        verdict.failed += [(labels[resource], resource) for resource in judgement.failed]
        made.append(verdict)
    return made


def type_label(resource_type: str, kind: object) -> str:
    """Return what reasons call a type: hubs and projects are of one type, and told apart by their kind."""
    is_workspace = resource_type.casefold() == WORKSPACE.casefold()
    return f"{resource_type} ({str(kind).casefold()})" if is_workspace else resource_type


def problems(verdicts: Sequence[Verdict], given: Sequence[Reason], resources: Iterable[Json] = ()) -> list[str]:
    """Return what is wrong, a sentence each: failures without a reason, and reasons without a failure."""
    told = [
        f"{one.stack}: {one.judge} {one.check} ({one.title}) fails on {name}: mend it, or say why in reasons.yaml"
        for one in verdicts
        for kind, name in one.failed
        if not any(reason.covers(one, kind) for reason in given)
    ]
    for reason in given:
        for stack in reason.stacks:
            for check in reason.checks:
                single = reason.model_copy(update={"checks": (check,), "stacks": (stack,)})
                idle = [kind for kind in reason.types if not _applies(single, kind, verdicts)]
                told += [
                    f"{stack}: {check} does not fail on any {kind}: take that out of reasons.yaml" for kind in idle
                ]
    there = {str(one["type"]).casefold() for one in resources}
    told += [
        f"the stacks have a {kind}: say in azure_policies.yaml what its {len(rows)} policies want"
        for kind, rows in policies_of_other_types().items()
        if kind.casefold() in there
    ]
    return told


def page(verdicts: Sequence[Verdict], given: Sequence[Reason]) -> str:
    """Return docs/judged.md."""
    lines = [_HEAD]
    for judged, head in (("checkov", _CHECKOV_HEAD), ("Azure Policy", _POLICY_HEAD)):
        own = [one for one in verdicts if one.judge == judged]
        rows = dict.fromkeys((one.check, one.title) for one in own)
        failing = {stack: sum(bool(one.failed) for one in own if one.stack == stack) for stack in STACKS}
        told = ", ".join(f"{count} fail on `{stack}`" for stack, count in failing.items())
        lines += [
            head,
            f"{len(rows)} checks; {told}.",
            "",
            f"| check | asks | {' | '.join(STACKS)} |",
            "|---|---|---|---|",
        ]
        for check, title in sorted(rows, key=lambda row: _order(judged, row)):
            cells = [
                _cell([one for one in own if one.check == check and one.stack == stack], given) for stack in STACKS
            ]
            shown = check if judged == "checkov" else f"`{check[:8]}`"
            lines.append(f"| {shown} | {title} | {' | '.join(cells)} |")
        lines.append("")
    lines.append(_OTHER_TYPES_HEAD)
    for kind, rows_of in policies_of_other_types().items():
        ids = ", ".join(f"`{row['id'][:8]}`" for row in rows_of)
        lines.append(f"- {kind}: {ids}")
    lines += ["", "## Reasons", ""]
    lines += [f"{number}. {reason.why}" for number, reason in enumerate(given, start=1)]
    return "\n".join(lines) + "\n"


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _applies(reason: Reason, kind: str, verdicts: Iterable[Verdict]) -> bool:
    return any(
        reason.covers(one, kind) and kind.casefold() in {failed.casefold() for failed, _ in one.failed}
        for one in verdicts
    )


def _order(judged: str, row: tuple[str, str]) -> tuple[str, str]:
    check, title = row
    return (check.rpartition("_")[0], check.rpartition("_")[2].zfill(5)) if judged == "checkov" else (title, check)


def _cell(found: Sequence[Verdict], given: Sequence[Reason]) -> str:
    if not any(one.failed for one in found):
        return "passed" if any(one.passed for one in found) else "none there"
    numbers = sorted(
        {
            number
            for one in found
            for kind, _ in one.failed
            for number, reason in enumerate(given, start=1)
            if reason.covers(one, kind)
        }
    )
    others = ", others passed" if any(one.passed for one in found) else ""
    return f"**failed** ({', '.join(map(str, numbers)) or 'no reason'}){others}"


_HEAD = """# Judged by others

<!-- Written by `make judged` from a deployment of both stacks in the sandbox; never by hand. -->

What judges that were not written here say of what the stacks `prod` and `dev` make. Both are deployed in the sandbox.
The ARM template that Azure Resource Manager exports of the resource group is given to checkov; Azure Policy's built-in
definitions are evaluated on each resource as Azure Resource Manager shows it. A number in brackets is the
[reason](#reasons) why a failure stays; one without a reason fails `make judged` and the tests, and so does a reason
that no longer applies. Reasons stand in `scripts/judged/reasons.yaml`.

The template and the resources are kept in `build/judged/<stack>`. Definitions of an organisation's own, or all that
Azure has built in, are judged on them with `python -m scripts.judged build/judged --definitions <folder>`, where the
folder holds definitions as JSON, such as a clone of github.com/Azure/azure-policy.

PSRule for Azure is not among the judges: it needs PowerShell, which is in none of this project's locked environments.
The [rules](rules/README.md) name the rules of PSRule (AZR-…) that they cover.
"""
_CHECKOV_HEAD = "## checkov\n"
_POLICY_HEAD = """## Azure Policy

`Modify` and `DeployIfNotExists` count as failed where they would change something. Deprecated definitions are left out.
"""
_OTHER_TYPES_HEAD = """## Azure Policy, types that neither stack has
"""
