"""Rule: a container app that the public reaches lets in only who signs in with Microsoft Entra ID."""

from collections.abc import Iterator

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import CONTAINER_APP, CONTAINER_APP_SIGN_IN, CONTAINER_APPS_ENVIRONMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable, Resource, Undecided

_EXTERNAL, _ENVIRONMENT = "configuration.ingress.external", "managedEnvironmentId"
_INTERNAL, _ACTION = "vnetConfiguration.internal", "globalValidation.unauthenticatedClientAction"
_ENTRA = "identityProviders.azureActiveDirectory"
_REFUSALS = ("Return401", "Return403", "RedirectToLoginPage")


def _check(case: Case[Options]) -> Iterator[Problem]:
    app = case.resource
    if app.get(_EXTERNAL) is not True:
        raise NotApplicable("its ingress is not open beyond its environment")
    environments = list(_environments(app, case.estate))
    if environments and all(one.get(_INTERNAL) is True for one in environments):
        raise NotApplicable("its environment is reached from a virtual network alone")
    doors = [one for one in case.estate.of_type(CONTAINER_APP_SIGN_IN) if _is_of(one, app)]
    if not any(_keeps_out(one) for one in doors):
        yield Problem(_EXTERNAL, "Everybody reaches the container app, and nobody is asked to sign in.")


def _environments(app: Resource, estate: Estate) -> Iterator[Resource]:
    """Yield the environment of an app, where this stack declares it; of another one it is not known."""
    yield from estate.origins_of(app, _ENVIRONMENT, CONTAINER_APPS_ENVIRONMENT)
    try:
        named = (app.text(_ENVIRONMENT) or "").casefold()
    except Undecided:
        return
    for one in estate.of_type(CONTAINER_APPS_ENVIRONMENT):
        if f"/{_name(one, 'resourceGroupName')}/" in named and named.endswith(f"/{_name(one, 'environmentName')}"):
            yield one


def _is_of(door: Resource, app: Resource) -> bool:
    if app.urn in door.property_dependencies.get("containerAppName", ()):
        return True
    return all(_name(door, part) == _name(app, part) for part in ("resourceGroupName", "containerAppName"))


def _name(resource: Resource, part: str) -> str:
    return (resource.text(part) or "").casefold()


def _keeps_out(door: Resource) -> bool:
    enabled = door.get("platform.enabled") is not False and door.get(f"{_ENTRA}.enabled") is not False
    issuer = bool(door.get(f"{_ENTRA}.registration"))
    return enabled and issuer and door.says(_ACTION, *_REFUSALS)


RULE = Rule(
    id="LLA-GTW-001",
    name="gateway-sign-in",
    title="A container app that the public reaches asks callers to sign in with Microsoft Entra ID.",
    why=(
        "A gateway spends the company's tokens for whoever gets through to it. A virtual key that leaked works from "
        "everywhere; a front door that asks for a token of the directory stops it, and everybody who only tries."
    ),
    remedy=(
        "Have the environment internal (vnetConfiguration.internal), or give the app an authConfig named current that "
        "answers 401 to those without a token of Microsoft Entra ID."
    ),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(CONTAINER_APP,),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S301",),
)
