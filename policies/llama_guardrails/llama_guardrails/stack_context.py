"""Reading what a pack's process is told of the stack it judges."""

import datetime as dt
import json
import os

import pulumi

from llama_azure_core.catalogue import snapshot_date
from llama_guardrails.configuration import GeneralOptions
from llama_guardrails.context import Context, Deployer, Moment

_NAMESPACE = "llama-azure"


def stack_context(general: GeneralOptions) -> Context:
    """Return what the stack's own configuration says, and where there is no stack, what the pack's says.

    The engine tells a pack of its stack by environment variables; ``pulumi policy analyze`` sets none.
    """
    config = pulumi.Config(_NAMESPACE)
    as_of = config.get("asOf")
    on = dt.date.fromisoformat(as_of) if as_of else general.as_of or dt.date.today()
    snapshot = config.get("regionSnapshot") or general.region_snapshot
    return Context(
        on=on,
        regions_on=snapshot_date(snapshot) if snapshot else on,
        today=dt.date.today(),
        moment=_moment(),
        stack=os.environ.get("PULUMI_STACK", ""),
        deployers=_deployers(config.get("deployers")),
    )


def _moment() -> Moment:
    match os.environ.get("PULUMI_DRY_RUN"):
        case None:
            return Moment.STATE
        case "true":
            return Moment.PREVIEW
        case _:
            return Moment.UPDATE


def _deployers(text: str | None) -> tuple[Deployer, ...]:
    """Return the stack's deployers; Pulumi hands structured values over as JSON."""
    if not text:
        return ()
    return tuple(Deployer(one["principalId"], bool(one.get("maySubscribe", True))) for one in json.loads(text).values())
