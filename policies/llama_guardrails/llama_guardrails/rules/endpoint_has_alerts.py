"""Rule: somebody is told when an endpoint answers with errors."""

from collections.abc import Iterator, Sequence

from llama_guardrails.estate import Estate
from llama_guardrails.resource_types import (
    AI_SERVICES_ACCOUNT,
    AI_SERVICES_DEPLOYMENT,
    METRIC_ALERT,
    ONLINE_ENDPOINT,
)
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.view import NotApplicable, Resource, Undecided, members

_SCOPES = "scopes"
_DEPLOYMENT = "modeldeploymentname"


class Alerts(Options):
    """The options of the rule."""

    declared_elsewhere: bool = False
    """Whether alert rules that are not of this stack watch its endpoints. Default: false."""


def _check(case: Case[Alerts]) -> Iterator[Problem]:
    if case.options.declared_elsewhere:
        raise NotApplicable("alert rules are declared elsewhere")
    undecided: Undecided | None = None
    for alert in case.estate.of_type(METRIC_ALERT):
        try:
            if _watches(alert, case.resource, case.estate):
                return
        except Undecided as unknown:
            undecided = unknown
    if undecided is not None:
        raise undecided
    yield Problem("", "No metric alert watches it.")


def _watches(alert: Resource, endpoint: Resource, estate: Estate) -> bool:
    """Whether an alert rule is about an online endpoint, or about a deployment of a Foundry resource."""
    is_online = endpoint.type == ONLINE_ENDPOINT
    kind, name = ("onlineEndpoints", "endpointName") if is_online else ("accounts", "accountName")
    group = endpoint.text("resourceGroupName") or ""
    if not _is_about(alert, group, f"{kind}/{endpoint.text(name) or ''}", estate, endpoint if is_online else None):
        return False
    return is_online or _takes(alert, endpoint.text("deploymentName") or "")


def _is_about(alert: Resource, group: str, path: str, estate: Estate, endpoint: Resource | None) -> bool:
    name = path.rpartition("/")[2]
    try:
        scopes = alert.whole(_SCOPES) or ()
    except Undecided:
        # The scope is the id of something that this stack makes, of which the name is known before the id is.
        if endpoint is not None:
            origins = list(estate.origins_of(alert, _SCOPES, ONLINE_ENDPOINT))
            found = endpoint in origins
        else:
            origins = list(estate.origins_of(alert, _SCOPES, AI_SERVICES_ACCOUNT))
            found = any((one.text("accountName") or "").casefold() == name.casefold() for one in origins)
        if not origins and not estate.is_made_of_others(alert, _SCOPES, ONLINE_ENDPOINT):
            raise
        return found
    ids = [str(one).casefold() for one in scopes] if isinstance(scopes, Sequence) else []
    return any(f"/{group}/".casefold() in one and one.endswith(f"/{path}".casefold()) for one in ids)


def _takes(alert: Resource, deployment: str) -> bool:
    """Whether the calls of a deployment count: every criterion that names deployments names it, or all."""
    for _, criterion in members(alert.whole("criteria.allOf")):
        for _, one in members(criterion.get("dimensions")):
            values = one.get("values")
            if str(one.get("name")).casefold() == _DEPLOYMENT and isinstance(values, Sequence):
                taken = {str(value).casefold() for value in values}
                if not taken & {"*", deployment.casefold()}:
                    return False
    return True


RULE = Rule(
    id="LLA-OPS-009",
    name="endpoint-has-alerts",
    title="A metric alert watches each online endpoint and each Foundry deployment.",
    why=(
        "Errors, refusals and late answers are seen by callers first, unless somebody is told. Of a serverless "
        "endpoint Azure documents no metrics, so that nothing can watch it."
    ),
    remedy="Declare a metric alert on it, as the settings' section alerts does, or say declaredElsewhere.",
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    types=(ONLINE_ENDPOINT, AI_SERVICES_DEPLOYMENT),
    when=When.STACK,
    options=Alerts,
    check=_check,
    sources=("S340", "S341", "S342"),
)
