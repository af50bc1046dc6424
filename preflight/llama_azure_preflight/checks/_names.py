"""What the checks of globally unique names have in common."""

from llama_azure_core.resource_ids import name_of
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.checks._scopes import found_in_group
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import Question
from llama_azure_preflight.stack import Stack


def judge_global_name(stack: Stack, resource_id: str, question: Question, remedy: str, answers: Answers) -> Verdict:
    """Pass a name that is free in all of Azure, or held by the stack's own resource."""
    name = name_of(resource_id)
    found = found_in_group(stack, resource_id, answers)
    if found is not None:
        return judge_own(stack, found.id)
    answer = answers.of(question)
    if answer.is_free:
        return passed(f"{name} is free")
    return failed(f"{name} is not to be had: {answer.message}", remedy)


def judge_own(stack: Stack, resource_id: str) -> Verdict:
    """Judge a resource that is where the stack would make its own."""
    name = name_of(resource_id)
    if stack.owns(resource_id, by_name=True):
        where = "as the stack's own" if "/providers/" not in resource_id else "in the stack's resource group"
        return passed(f"{name} is there, {where}")
    return failed(
        f"{name} is there, and not in the stack's state: the deployment cannot create it",
        f"import it into the stack: pulumi import, with the id {resource_id}; or delete it",
    )
