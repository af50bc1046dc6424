"""Preview: what a change would do to each stack that it touches, and what preflight and the guardrails say of it."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines import engine
from pipelines.environments import ROOT
from pipelines.errors import StepError
from pipelines.programs import capture
from pipelines.say import say

FOLDER = ROOT / "build" / "preview"
POLICY_FOLDER = ROOT / "build" / "policy"


class Check(BaseModel):
    """One check of preflight."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    subject: str
    result: str
    answer: str
    remedy: str | None = None


class StackPreview(BaseModel):
    """What is known of one stack before a change of it is merged."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    counts: dict[str, int]
    """How many resources each operation is for."""
    steps: tuple[str, ...]
    """One line per resource that would change."""
    errors: tuple[str, ...]
    """What the engine could not do."""
    preflight: int
    """Exit code of preflight: 0 well, 1 something fails, 2 something is unknown, 3 it could not be asked."""
    checks: tuple[Check, ...]
    policy: int
    """Exit code of the guardrails: 0 clean, 1 violations, 2 undecided, 3 they could not run."""
    policy_report: str
    """The guardrails' own report, in Markdown."""

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands against the change."""
        return not self.errors and self.preflight == 0 and self.policy == 0


def preview(stacks: tuple[str, ...]) -> list[StackPreview]:
    """Preview stacks, and write what was found to ``build/preview``.

    Raises:
        StepError: something stands against the change in a stack, which the message names.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    found = []
    for stack in stacks:
        say(f"{stack}: preflight, preview and guardrails")
        one = _of(stack)
        (FOLDER / f"{stack}.json").write_text(one.model_dump_json(indent=2), encoding="utf-8")
        say(f"{stack}: {'clear' if one.is_clear else 'blocked'}")
        found.append(one)
    blocked = [one.stack for one in found if not one.is_clear]
    if blocked:
        raise StepError(f"blocked in {', '.join(blocked)}; `python -m pipelines report` tells why")
    return found


def read_previews() -> list[StackPreview]:
    """Return what the last preview step wrote, in the order of the stacks' names."""
    return [
        StackPreview.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
    ]


def _of(stack: str) -> StackPreview:
    preflight, checks = _preflight(stack)
    told = engine.preview(stack)
    policy, report = _policies(stack)
    return StackPreview(
        stack=stack,
        counts=told.counts,
        steps=tuple(_line(step) for step in told.steps),
        errors=told.errors,
        preflight=preflight,
        checks=checks,
        policy=policy,
        policy_report=report,
    )


def _preflight(stack: str) -> tuple[int, tuple[Check, ...]]:
    answer = capture(["preflight", "--stack", stack, "--format", "json"])
    try:
        content: dict[str, Any] = json.loads(answer.output)
    except ValueError:
        said = Check(id="preflight", subject=stack, result="unknown", answer=answer.last_words)
        return answer.returncode or 3, (said,)
    return answer.returncode, tuple(Check.model_validate(one) for one in content["checks"])


def _policies(stack: str) -> tuple[int, str]:
    report = POLICY_FOLDER / stack / "report.md"
    report.unlink(missing_ok=True)
    answer = capture(["make", "--no-print-directory", "policy-report", f"STACK={stack}"])
    if report.exists():
        return answer.returncode, report.read_text(encoding="utf-8")
    return 3, f"The guardrails could not run:\n\n```\n{answer.last_words}\n```\n"


def _line(step: engine.Step) -> str:
    changed = f" ({', '.join(step.properties)})" if step.properties and step.operation == "update" else ""
    return f"{step.operation} {step.type} {step.name}{changed}"
