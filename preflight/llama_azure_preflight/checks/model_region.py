"""PF-MDL-001: each serverless model is offered in the hub's region."""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import partial

from llama_azure_core.catalogue import Model, serverless_regions, snapshot_in_force
from llama_azure_core.plan import BackEnd
from llama_azure_core.regions import region_display_name
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.stack import Stack


def cases(stack: Stack) -> Iterator[Case]:
    """Each model that is subscribed to or deployed as a serverless API."""
    found = {
        model.name: model
        for project in stack.plan.projects
        for endpoint in project.of(BackEnd.SERVERLESS)
        for model in endpoint.models
    }
    found |= {offer.model.name: offer.model for project in stack.plan.projects for offer in project.offers}
    for model in found.values():
        yield Case(f"{model.name} in {stack.plan.region}", partial(judge, stack, model))


def judge(stack: Stack, model: Model, _answers: Answers) -> Verdict:
    """The region tables in force on the stack's date decide (facts/models.yaml)."""
    place = region_display_name(stack.plan.region)
    tables = {on: serverless_regions(model, on) for on in stack.region_dates}
    against = next((on for on, regions in tables.items() if stack.plan.region not in regions), None)
    if against is None:
        return passed(f"{model.name} is offered in {place} on {' and '.join(map(str, tables))}{_dated(model, tables)}")
    on, regions = against, tables[against]
    offered = ", ".join(region_display_name(region) for region in regions)
    return failed(
        f"{model.name} is not offered as a serverless API in {place} on {on}{_dated(model, [on])}",
        f"set azure-native:location to one of: {offered}" if offered else "choose another model, or managed compute",
    )


def _dated(model: Model, days: Iterable[dt.date]) -> str:
    """Return the table's own date and its age."""
    on = max(days)
    found = snapshot_in_force(model, on)
    return "" if found is None else f", by the table of {found[1]}, {(on - found[1]).days} days old then"


CHECK = Check(
    id="PF-MDL-001",
    title="The model is offered in the region",
    asks="The documented region tables of the facts, as of the stack's date. Azure has no list of them to read.",
    remedy="set azure-native:location to a region that offers the model",
    questions=(),
    cases=cases,
    hints=(
        Hint(code="ServerlessModelNotAvailableInRegion", source=("S31",)),
        Hint(text="requested model .* is not available in region", source=("S31",)),
        Hint(
            code="LocationNotAvailableForResourceType",
            remedy=(
                "the region does not offer the resource type: choose one of those that the message or `az "
                "provider show` lists, in azure-native:location"
            ),
        ),
    ),
)
