"""Rule: a container's image is named by its digest."""

from collections.abc import Iterator

from llama_azure_core.gateway import image_problem
from llama_guardrails.resource_types import CONTAINER_APP, CONTAINER_APPS_JOB
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import UNKNOWN, NotApplicable, Undecided, members

_CONTAINERS = "template.containers"


def _check(case: Case[Options]) -> Iterator[Problem]:
    containers = list(members(case.resource.get(_CONTAINERS)))
    if not containers:
        raise NotApplicable("it has no container")
    unknown = None
    for number, container in containers:
        path = f"{_CONTAINERS}[{number}].image"
        image = UNKNOWN if container is UNKNOWN else container.get("image")
        if image is UNKNOWN:
            unknown = path
        elif (problem := image_problem(str(image or ""))) is not None:
            yield Problem(path, f"{problem}.")
    if unknown is not None:
        raise Undecided(unknown)


RULE = Rule(
    id="LLA-GTW-004",
    name="gateway-image-by-digest",
    title="A container's image is named by its digest.",
    why=(
        "A proxy holds the keys of every team and sees every prompt. Whoever may move its tag, in the registry or on "
        "the way, changes what the next replica runs, and nothing here would show it."
    ),
    remedy="Verify the image's signature once, and name it as repository@sha256:digest.",
    severity=Severity.HIGH,
    level=Level.ADVISORY,
    types=(CONTAINER_APP, CONTAINER_APPS_JOB),
    options=Options,
    check=_check,
    sources=("S303",),
)
