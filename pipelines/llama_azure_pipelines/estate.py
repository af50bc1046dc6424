"""The estate page of the stacks that a change touches, with what it would change in them."""

import datetime as dt
from collections.abc import Iterable

from llama_azure_page.build import make_page
from llama_azure_page.document import NotKnown
from llama_azure_page.inputs import Judged, StackInputs, Unreadable, preview_of
from llama_azure_page.reading import endpoints_output
from llama_azure_page.render import render
from llama_azure_pipelines import engine
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.stacks import planned, read_stack_file
from llama_azure_report import Report, read_json


def previewed_stack(
    stack: str, run: engine.EngineRun, preflight: Report, guardrails: str, now: dt.datetime
) -> StackInputs | Unreadable:
    """Return what the page shows of a stack that was previewed just now.

    Args:
        stack: its name.
        run: what the engine told.
        preflight: what preflight found.
        guardrails: the guardrails' report, in JSON.
        now: with its time zone.
    """
    try:
        plan = planned(read_stack_file(stack), stack)
    except StepError as error:
        return Unreadable(stack, str(error), now.date())
    try:
        resources: list[engine.Json] | NotKnown = engine.state(stack)
    except StepError as error:
        resources = NotKnown(not_known=" ".join(str(error).split()))
    return StackInputs(
        plan=plan,
        resources=resources,
        endpoints=resources if isinstance(resources, NotKnown) else endpoints_output(resources),
        preview=preview_of(run.told, run.errors, now),
        guardrails=Judged(read_json(guardrails), now),
        preflight=Judged(preflight, now),
        meters=NotKnown(not_known="a preview asks no meters"),
        quotas=NotKnown(not_known="preflight asks for it"),
        traffic=NotKnown(not_known="a preview asks for no traffic"),
    )


def estate_page(stacks: Iterable[StackInputs | Unreadable], now: dt.datetime) -> str:
    """Return the page as HTML."""
    return render(make_page(stacks, now))
