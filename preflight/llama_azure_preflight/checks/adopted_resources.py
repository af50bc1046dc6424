"""PF-ADP-001: what the settings say is there is there, and of the right kind."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.plan import Owner, Resource
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import WORKSPACE
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.findings import Verdict, failed, passed, unknown
from llama_azure_preflight.questions import GroupResources, ResourceById, WorkspaceById
from llama_azure_preflight.stack import Stack

_REMEDY = "correct the id in the stack's file, or let the stack make the resource"


def cases(stack: Stack) -> Iterator[Case]:
    """Each resource that the settings name by its id, and another stack's hub."""
    if stack.plan.uses_group and not stack.plan.makes_group:
        yield Case("llama-azure:resourceGroup", partial(judge_group, stack))
    for adopted in stack.plan.existing:
        yield Case(adopted.path, partial(judge, stack, adopted))
    if stack.plan.hub.stack is not None:
        yield Case("llama-azure:hub.stack", partial(judge_other_hub, stack))


def judge(stack: Stack, adopted: Resource, answers: Answers) -> Verdict:
    """Type and existence always; kind and region of hubs and projects, which Azure cannot change."""
    actual = ResourceId.parse(adopted.id)
    if not actual.is_type(adopted.type):
        return failed(f"{adopted.id} is a {actual.type}, not a {adopted.type}", _REMEDY)
    found = answers.of(WorkspaceById(adopted.id) if adopted.kind else ResourceById(adopted.id))
    if found is None:
        return failed(f"{adopted.id} is not there", _REMEDY)
    if adopted.kind and found.kind != adopted.kind:
        return failed(f"{found.name} is of the kind {found.kind or 'default'}, not {adopted.kind}", _REMEDY)
    if adopted.in_region and found.region != stack.plan.region:
        return failed(
            f"{found.name} lies in {found.region}, the stack in {stack.plan.region}",
            f"set azure-native:location to {found.region}",
        )
    return passed(f"{found.name} is there")


def judge_group(stack: Stack, answers: Answers) -> Verdict:
    """Wherever the group lies, what is in it lies where the stack says."""
    if answers.of(GroupResources(stack.plan.group)) is None:
        return failed(
            f"the resource group {stack.plan.group} is not there, or not for you to see",
            "have it made, or remove llama-azure:existingResourceGroup, and the stack makes it",
        )
    return passed(f"{stack.plan.group} is there")


def judge_other_hub(stack: Stack, answers: Answers) -> Verdict:
    """The other stack's file tells which hub it makes; that it is deployed is asked of Azure."""
    hub = stack.plan.hub
    if hub.id is None:
        return unknown(f"which hub it is is not known: {hub.problem}")
    adopted = Resource("llama-azure:hub.stack", WORKSPACE, hub.id, Owner.OTHER_STACK, "hub", True)
    verdict = judge(stack, adopted, answers)
    return (
        verdict
        if not verdict.remedy
        else failed(verdict.answer, f"deploy the stack {stack.plan.hub.stack} first, or correct its name or region")
    )


CHECK = Check(
    id="PF-ADP-001",
    title="Adopted resources are there",
    asks="Each resource that the settings name by its id, the resource group where they say that it is there, and the "
    "hub of another stack.",
    remedy=_REMEDY,
    questions=(WorkspaceById, ResourceById, GroupResources),
    cases=cases,
    hints=(
        Hint(code="ParentResourceNotFound"),
        Hint(code="ResourceNotFound"),
    ),
)
