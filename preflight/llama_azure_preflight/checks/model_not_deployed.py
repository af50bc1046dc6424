"""PF-MDL-003: nobody else deploys the model in the project."""

from collections.abc import Iterator
from functools import partial

from llama_azure_core.catalogue import model_of_registry_id
from llama_azure_core.plan import BackEnd, Project
from llama_azure_preflight.answers import Answers
from llama_azure_preflight.check import Case, Check, Hint
from llama_azure_preflight.checks._scopes import project_exists
from llama_azure_preflight.findings import Verdict, failed, passed
from llama_azure_preflight.questions import GroupResources, ServerlessEndpoints, WorkspaceById
from llama_azure_preflight.stack import Stack

_REMEDY = "deploy the model in another project, or have the other endpoint deleted by whoever owns it"


def cases(stack: Stack) -> Iterator[Case]:
    """Each project with serverless endpoints."""
    for project in stack.plan.projects:
        if project.of(BackEnd.SERVERLESS):
            yield Case(project.name, partial(judge, stack, project))


def judge(stack: Stack, project: Project, answers: Answers) -> Verdict:
    """Azure holds one serverless deployment of a model in a project (source S0, S3, S4)."""
    if not project_exists(stack, project, answers):
        return passed(f"{project.name} is not there yet, so that nothing is deployed in it")
    names = {entry.name.casefold(): entry.model for entry in project.of(BackEnd.SERVERLESS)}
    wanted = {model.name for entry in project.of(BackEnd.SERVERLESS) for model in entry.models}
    others = []
    for endpoint in answers.of(ServerlessEndpoints(project.id)):
        model = model_of_registry_id(endpoint.model_id)
        if model is None or model.name not in wanted:
            continue
        by_name = names.get(endpoint.name.casefold()) == model
        if not stack.owns(endpoint.id, by_name=by_name):
            others.append(f"{model.name} as {endpoint.name}")
    if others:
        return failed(
            f"{project.name} already holds {'; '.join(sorted(others))}, which this stack does not own", _REMEDY
        )
    return passed(f"nobody else deploys {', '.join(sorted(wanted))} in {project.name}")


CHECK = Check(
    id="PF-MDL-003",
    title="The model is not deployed in the project by somebody else",
    asks="The project's serverless endpoints and their models. The stack owns those that its settings name, "
    "or with --state those in its state.",
    remedy=_REMEDY,
    questions=(GroupResources, WorkspaceById, ServerlessEndpoints),
    cases=cases,
    hints=(Hint(text="already deploys .* as serverless endpoint", source=("S0", "S3")),),
)
