"""Rule: what the guardrails judge is declared by its own type."""

from collections.abc import Iterator, Mapping
from typing import Any

from llama_azure_core.resource_types import resource_types
from llama_guardrails.resource_types import GENERIC_RESOURCE, TEMPLATE_DEPLOYMENTS, WATCHED
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable, Resource, Undecided

_TEMPLATE = "properties.template"
_LINK = "properties.templateLink"
_NAMESPACE, _PARENT, _TYPE = "resourceProviderNamespace", "parentResourcePath", "resourceType"
_DEEPEST = 20
_JUDGED = {one.name.casefold(): token for token, one in resource_types().items() if token in WATCHED}


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.type == GENERIC_RESOURCE:
        found = {_generic_type(case.resource)}
        path = _TYPE
    else:
        found = set(_types_of(_template(case.resource), _DEEPEST))
        path = _TEMPLATE
    judged = sorted(one for one in found if one.casefold() in _JUDGED)
    if judged:
        tokens = ", ".join(_JUDGED[one.casefold()] for one in judged)
        yield Problem(
            path, f"It deploys {', '.join(judged)}, which the guardrails cannot judge there. Declare {tokens}."
        )


def _template(deployment: Resource) -> Any:
    if deployment.get(_TEMPLATE) is None and deployment.get(_LINK) is not None:
        raise Undecided(_LINK, reason="the template lies elsewhere and is not shown")
    template = deployment.whole(_TEMPLATE)
    if template is None:
        raise NotApplicable("it holds no template")
    return template


def _types_of(template: Any, depth: int) -> Iterator[str]:
    """Yield the types that a template deploys, those of nested deployments and of children too."""
    members = template.get("resources") if isinstance(template, Mapping) else None
    resources = list(members.values()) if isinstance(members, Mapping) else members
    for resource in resources if isinstance(resources, list) else ():
        if not isinstance(resource, Mapping) or depth == 0:
            continue
        kind = str(resource.get("type") or "")
        yield kind.partition("@")[0]
        for child in _types_of(resource, depth - 1):
            yield child if "/" in child and "." in child.partition("/")[0] else f"{kind}/{child}"
        properties = resource.get("properties")
        yield from _types_of(properties.get("template") if isinstance(properties, Mapping) else None, depth - 1)


def _generic_type(resource: Resource) -> str:
    """Return the type of a generic resource: its parent's path has the types before its own, each with a name."""
    parents = (resource.text(_PARENT) or "").strip("/").split("/")[::2]
    return "/".join(part for part in (resource.text(_NAMESPACE), *parents, resource.text(_TYPE)) if part)


RULE = Rule(
    id="LLA-OPS-007",
    name="declared-by-its-own-type",
    title="What these guardrails judge is declared by its own type, not in a template or as a generic resource.",
    why=(
        "A template is one text to Pulumi, and a generic resource a type in a text: regions, models, networks and keys "
        "in it are judged by no rule, and what is in it is not in the preview."
    ),
    remedy="Declare the resource by its own azure-native type, or exempt the template with a reason.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(*TEMPLATE_DEPLOYMENTS, GENERIC_RESOURCE),
    options=Options,
    check=_check,
    example=Example(
        GENERIC_RESOURCE,
        _TYPE,
        good="galleries",
        bad="serverlessEndpoints",
    ),
)
