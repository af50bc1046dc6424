"""Reading what a pack's process is told of the stack it judges."""

import datetime as dt
import os

from pulumi.runtime.config import CONFIG

from llama_azure_core.catalogue import snapshot_date
from llama_azure_core.judging import is_local_cloud, stated
from llama_guardrails.configuration import GeneralOptions
from llama_guardrails.context import Context, Deployer, Moment


def stack_context(general: GeneralOptions) -> Context:
    """Return what the stack's own configuration says, and where there is no stack, what the pack's says.

    The engine tells a pack of its stack by environment variables; ``pulumi policy analyze`` sets none. What the stack
    says wrongly counts as not said: the program, or a rule, tells of it.
    """
    said = stated(CONFIG.get())
    on = said.as_of or general.as_of or dt.date.today()
    snapshot = said.region_snapshot or general.region_snapshot
    return Context(
        on=on,
        regions_on=snapshot_date(snapshot) if snapshot else on,
        today=dt.date.today(),
        moment=_moment(),
        stack=os.environ.get("PULUMI_STACK", ""),
        deployers=tuple(Deployer(principal_id, may_subscribe) for principal_id, may_subscribe in said.deployers),
        problems=said.problems,
        is_local=is_local_cloud(os.environ, CONFIG.get()),
        by_configuration=said.as_of is None
        and said.region_snapshot is None
        and (general.as_of is not None or general.region_snapshot is not None),
    )


def _moment() -> Moment:
    match os.environ.get("PULUMI_DRY_RUN"):
        case None:
            return Moment.STATE
        case "true":
            return Moment.PREVIEW
        case _:
            return Moment.UPDATE
