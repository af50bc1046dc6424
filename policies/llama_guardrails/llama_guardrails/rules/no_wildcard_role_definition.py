"""Rule: a custom role lists what it permits."""

from collections.abc import Iterator, Mapping

from llama_guardrails.resource_types import ROLE_DEFINITION
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity

_PERMISSIONS = "permissions"
_KINDS = ("actions", "dataActions")
_READ_EVERYTHING = "*/read"
_LITERAL_STEPS = 2  # the resource provider and a type: less than that is a wildcard over a whole service


def _check(case: Case[Options]) -> Iterator[Problem]:
    permissions = case.resource.whole(_PERMISSIONS)
    for index, permission in enumerate(permissions if isinstance(permissions, list) else ()):
        for kind in _KINDS:
            actions = permission.get(kind) if isinstance(permission, Mapping) else None
            for place, action in enumerate(actions if isinstance(actions, list) else ()):
                if _is_broad(str(action)):
                    path = f"{_PERMISSIONS}[{index}].{kind}[{place}]"
                    yield Problem(path, f"{action} permits everything of a service, or of all of them.")


def _is_broad(action: str) -> bool:
    return action.casefold() != _READ_EVERYTHING and "*" in "/".join(action.split("/")[:_LITERAL_STEPS])


RULE = Rule(
    id="LLA-IAM-003",
    name="no-wildcard-role-definition",
    title="A custom role permits no whole resource provider.",
    why="A wildcard grants what a service will be able to do next year too, and nobody reviews that.",
    remedy="Name the resource types and actions that are needed; a wildcard below a type is fine.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(ROLE_DEFINITION,),
    options=Options,
    check=_check,
    example=Example(
        ROLE_DEFINITION,
        _PERMISSIONS,
        good=[{"actions": ["Microsoft.MachineLearningServices/workspaces/serverlessEndpoints/*"]}],
        bad=[{"actions": ["Microsoft.MachineLearningServices/*"]}],
    ),
)
