"""PF-ADP-001: what the settings say is there is there, and of the right kind."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import WORKSPACE
from preflight.answers import Answers
from preflight.check import Case, Check
from preflight.findings import Verdict, failed, passed, unknown
from preflight.questions import ResourceById, WorkspaceById
from preflight.wishes import Adopted, Wishes

_REMEDY = "correct the id in the stack's file, or let the stack make the resource"


def cases(wishes: Wishes) -> Iterator[Case]:
    """Each resource that the settings name by its id, and another stack's hub."""
    for adopted in wishes.adopted:
        yield Case(adopted.path, partial(judge, wishes, adopted))
    if wishes.settings.hub.stack is not None:
        yield Case("llama-azure:hub.stack", partial(judge_other_hub, wishes))


def judge(wishes: Wishes, adopted: Adopted, answers: Answers) -> Verdict:
    """Type and existence always; kind and region of hubs and projects, which Azure cannot change."""
    actual = ResourceId.parse(adopted.id)
    if not actual.is_type(adopted.type):
        return failed(f"{adopted.id} is a {actual.type}, not a {adopted.type}", _REMEDY)
    found = answers.of(WorkspaceById(adopted.id) if adopted.kind else ResourceById(adopted.id))
    if found is None:
        return failed(f"{adopted.id} is not there", _REMEDY)
    if adopted.kind and found.kind != adopted.kind:
        return failed(f"{found.name} is of the kind {found.kind or 'default'}, not {adopted.kind}", _REMEDY)
    if adopted.in_region and found.region != wishes.region:
        return failed(
            f"{found.name} lies in {found.region}, the stack in {wishes.region}",
            f"set azure-native:location to {found.region}",
        )
    return passed(f"{found.name} is there")


def judge_other_hub(wishes: Wishes, answers: Answers) -> Verdict:
    """The other stack's file tells which hub it makes; that it is deployed is asked of Azure."""
    if wishes.other_hub is None or wishes.other_hub.id is None:
        problem = wishes.other_hub.problem if wishes.other_hub else "its file was not read"
        return unknown(f"which hub it is is not known: {problem}")
    adopted = Adopted("llama-azure:hub.stack", wishes.other_hub.id, WORKSPACE, "hub", True)
    verdict = judge(wishes, adopted, answers)
    return (
        verdict
        if not verdict.remedy
        else failed(
            verdict.answer, f"deploy the stack {wishes.settings.hub.stack} first, or correct its name or region"
        )
    )


CHECK = Check(
    id="PF-ADP-001",
    title="Adopted resources are there",
    asks="Each resource that the settings name by its id, and the hub of another stack.",
    remedy=_REMEDY,
    questions=(WorkspaceById, ResourceById),
    cases=cases,
)
