"""Rule: a container registry has no admin user."""

from collections.abc import Iterator

from llama_guardrails.resource_types import CONTAINER_REGISTRY
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_ADMIN, _ANONYMOUS = "adminUserEnabled", "anonymousPullEnabled"


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.get(_ADMIN) is True or case.resource.get(_ANONYMOUS) is True:
        yield Problem(_ADMIN, "The registry has an admin user or lets anybody pull.")


RULE = Rule(
    id="LLA-DAT-011",
    name="registry-no-admin-user",
    title="A container registry has no admin user and lets nobody pull anonymously.",
    why="The admin user is one password for everybody that can replace the images models run in.",
    remedy="Set adminUserEnabled and anonymousPullEnabled to false.",
    severity=Severity.MEDIUM,
    level=Level.MANDATORY,
    types=(CONTAINER_REGISTRY,),
    options=Options,
    check=_check,
    covers=(
        "CKV_AZURE_137",
        "CKV_AZURE_138",
    ),
    example=Example(CONTAINER_REGISTRY, _ADMIN, good=False, bad=True),
)
