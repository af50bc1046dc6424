"""Deploy: environments in their order, each asked whether it is well before the next one is begun."""

from collections.abc import Mapping

from llama_azure_pipelines import engine
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.health import endpoints_of, problem
from llama_azure_pipelines.preflight import ask
from llama_azure_pipelines.rollout import roll_out
from llama_azure_pipelines.say import say, side_by_side
from llama_azure_pipelines.stacks import parts_of
from llama_azure_report import Result


def deploy(stacks: tuple[str, ...], known: Environments) -> None:
    """Deploy stacks one after the other, each followed by its parts side by side; stop at the first that fails or is
    unhealthy. A part that fails stops none of the others beside it.

    Raises:
        StepError: one failed; the message names it and what was not begun.
    """
    for number, stack in enumerate(stacks):
        rest = ", ".join(stacks[number + 1 :])
        unbegun = f"; not begun: {rest}" if rest else ""
        try:
            _deploy(stack, known)
            failed = side_by_side(parts_of(stack), lambda part: _deploy(part, known), known.parts_at_once)
        except StepError as error:
            first, *details = str(error).split("\n")
            raise StepError("\n".join([f"{first}{unbegun}", *details])) from None
        if failed:
            told = "\n".join(f"{part}: {what}" for part, what in failed.items())
            raise StepError(f"{len(failed)} of the {len(parts_of(stack))} parts of {stack} failed{unbegun}\n{told}")


def _deploy(stack: str, known: Environments) -> None:
    """Deploy one stack, and ask its endpoints.

    Raises:
        StepError: it failed, or is not well.
    """
    _require_yes(stack)
    roll_out(stack, known)
    unhealthy = unhealthy_endpoints(stack, known)
    if unhealthy:
        details = "\n".join(f"  {name}: {what}" for name, what in unhealthy.items())
        raise StepError(f"{stack} is deployed, but not well\n{details}")
    say(f"{stack}: deployed, and every endpoint answers")


def require_ref(environment: Mapping[str, str], known: Environments) -> None:
    """Refuse a job that was started on another ref than the one that is deployed, such as one dispatched on a branch.

    Outside GitHub Actions and Azure Pipelines no ref is named: whoever deploys knows what is checked out.

    Raises:
        StepError: the job runs from another ref.
    """
    ref = environment.get("GITHUB_REF") or environment.get("BUILD_SOURCEBRANCH")
    if ref is not None and ref != known.deploys_from:
        raise StepError(
            f"this job runs from {ref}, and only {known.deploys_from} is deployed (deploysFrom in "
            "pipelines/environments.yaml); merge the change, or start the job on that branch"
        )


def _require_yes(stack: str) -> None:
    """Ask Azure as the one who deploys.

    Raises:
        StepError: something would fail; the message names it with its remedy.
    """
    code, report = ask(stack)
    if code:
        standing = [one for one in report.attention if one.result in (Result.FAIL, Result.UNKNOWN)]
        details = "\n".join(f"  {one.rule.id} {one.subject}: {one.answer} {one.remedy}".rstrip() for one in standing)
        raise StepError(f"{stack}: preflight stands against it\n{details}")


def unhealthy_endpoints(stack: str, known: Environments) -> dict[str, str]:
    """Ask every endpoint of a stack; return by name what is wrong with those that are not well."""
    found = {one.name: problem(one, known.health_check) for one in endpoints_of(stack, engine.outputs(stack))}
    return {name: what for name, what in found.items() if what is not None}
