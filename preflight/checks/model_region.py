"""PF-MDL-001: each serverless model is offered in the hub's region."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import Model, serverless_regions
from llama_azure_core.regions import region_display_name
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.findings import Verdict, failed, passed
from preflight.wishes import Wishes


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each model that is subscribed to or deployed as a serverless API."""
    found = {entry.model.name: entry.model for project in wishes.projects for entry in project.serverless}
    found |= {model.name: model for project in wishes.projects for model in project.offers}
    for model in found.values():
        yield Case(f"{model.name} in {wishes.region}", partial(judge, wishes, model))


def judge(wishes: Wishes, model: Model, _answers: Answers) -> Verdict:
    """The region tables in force on the stack's date decide (facts/models.yaml)."""
    on = wishes.settings.regions_on
    regions = serverless_regions(model, on)
    if wishes.region in regions:
        return passed(f"{model.name} is offered in {region_display_name(wishes.region)} on {on}")
    offered = ", ".join(region_display_name(region) for region in regions)
    return failed(
        f"{model.name} is not offered as a serverless API in {region_display_name(wishes.region)} on {on}",
        f"set azure-native:location to one of: {offered}" if offered else "choose another model, or managed compute",
    )


CHECK = Check(
    id="PF-MDL-001",
    title="The model is offered in the region",
    asks="The documented region tables of the facts, as of the stack's date. Azure has no list of them to read.",
    remedy="set azure-native:location to a region that offers the model",
    questions=(),
    cases=cases,
)
