"""Preview: what a change would do to each stack that it touches, and what preflight and the guardrails say of it."""

import datetime as dt
import os
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict

from llama_azure_core.metered import monthly_change
from llama_azure_core.plan.cost import estimate
from llama_azure_core.plan.cost_report import estimate_lines
from llama_azure_core.prices import price_list
from llama_azure_page.inputs import StackInputs, Unreadable
from llama_azure_pipelines import engine
from llama_azure_pipelines.comment import link_base
from llama_azure_pipelines.environments import ROOT, Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.estate import estate_page, previewed_stack
from llama_azure_pipelines.preflight import ask
from llama_azure_pipelines.programs import capture
from llama_azure_pipelines.say import say
from llama_azure_pipelines.stacks import planned, read_stack_file, whole_of, with_parts
from llama_azure_report import Finding, Report, Result, Rule, read_json, to_json

FOLDER = ROOT / "build" / "preview"
PAGE = "estate.html"
"""The page of every stack that was previewed, in that folder."""
POLICY_FOLDER = ROOT / "build" / "policy"

_AT_ONCE = 3
_COULD_NOT_RUN = 3


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
    preflight_report: str
    """What preflight found, in JSON."""
    policy: int
    """Exit code of the guardrails: 0 clean, 1 violations, 2 undecided, 3 they could not run."""
    policy_report: str
    """What the guardrails found, in JSON."""
    cost: str = ""
    """What the change makes of a month's cost of what stands there, in words; empty where it is not known."""
    cost_details: tuple[str, ...] = ()
    """What the endpoints' tokens cost after it, what is not known, and the assumptions, a line each."""

    @property
    def reports(self) -> tuple[Report, ...]:
        """What preflight and the guardrails found."""
        return tuple(read_json(text) for text in (self.preflight_report, self.policy_report) if text)

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands against the change."""
        return not self.errors and self.preflight == 0 and self.policy == 0


def preview(stacks: tuple[str, ...], known: Environments) -> list[StackPreview]:
    """Preview stacks, and write what was found, and a page of it, to ``build/preview``.

    Raises:
        StepError: something stands against the change in a stack, which the message names.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    found, shown = [], []
    now = dt.datetime.now(dt.UTC)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for one, inputs in pool.map(lambda stack: _of(stack, known, now), stacks):
            shown.append(inputs)
            (FOLDER / f"{one.stack}.json").write_text(one.model_dump_json(indent=2), encoding="utf-8")
            say(f"{one.stack}: {'clear' if one.is_clear else 'blocked'}")
            found.append(one)
    (FOLDER / PAGE).write_text(estate_page(shown, now), encoding="utf-8")
    blocked = [one.stack for one in found if not one.is_clear]
    if blocked:
        raise StepError(f"blocked in {', '.join(blocked)}; `python -m pipelines report` tells why")
    return found


def read_previews(known: Environments) -> list[StackPreview]:
    """Return what the last preview step wrote, in the order of deployment."""
    paths = [FOLDER / f"{stack}.json" for stack in with_parts(known.environments)]
    return [StackPreview.model_validate_json(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def _of(stack: str, known: Environments, now: dt.datetime) -> tuple[StackPreview, StackInputs | Unreadable]:
    preflight, checked = ask(stack, known.preview_skips)
    run = engine.preview(stack)
    policy, report = _policies(stack)
    cost, details = _cost(stack, run) if run.ok else ("", ())
    made = StackPreview(
        stack=stack,
        counts=run.counts,
        steps=tuple(_line(step) for step in run.steps),
        errors=run.errors,
        preflight=preflight,
        preflight_report=to_json(checked),
        policy=policy,
        policy_report=report,
        cost=cost,
        cost_details=details,
    )
    return made, previewed_stack(stack, run, checked, report, now)


def _cost(stack: str, run: engine.EngineRun) -> tuple[str, tuple[str, ...]]:
    """Return what a change makes of the cost: before and after by the engine, of tokens by the stack's file."""
    try:
        plan = planned(read_stack_file(stack), stack)
    except StepError as error:
        return "", (f"no estimate: {error}",)
    change = monthly_change(run.told, plan.region, price_list())
    return change.words, tuple(estimate_lines(estimate(plan)))


def _policies(stack: str) -> tuple[int, str]:
    report = POLICY_FOLDER / stack / "report.json"
    report.unlink(missing_ok=True)
    base = ["--link-base", link_base(os.environ)]
    answer = capture(
        ["policy-report", "--stack", stack, "--environment", whole_of(stack), *base], engine.variables_of(stack)
    )
    if report.exists():
        return answer.returncode, report.read_text(encoding="utf-8")
    rule = Rule("guardrails", "The guardrails ran")
    said = Finding(rule, stack, Result.ERROR, answer.last_words, blocks=True)
    return _COULD_NOT_RUN, to_json(Report("guardrails", stack, (said,), (rule,)))


def _line(step: engine.Step) -> str:
    changed = f" ({', '.join(step.properties)})" if step.properties and step.operation == "update" else ""
    return f"{step.operation} {step.type} {step.name}{changed}"
