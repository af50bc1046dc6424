"""Rule: a connection's credentials are secrets."""

from collections.abc import Iterator, Mapping
from typing import Any

from llama_guardrails.resource_types import FOUNDRY_CONNECTIONS, WORKSPACE_CONNECTION
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.view import NotApplicable, Resource

_CREDENTIALS = "properties.credentials"
_NAMES = frozenset({"clientid", "resourceid", "username", "tenantid", "authurl", "endpoint"})


def _check(case: Case[Options]) -> Iterator[Problem]:
    if case.resource.is_secret(_CREDENTIALS):
        return
    credentials = case.resource.get(_CREDENTIALS)
    if not isinstance(credentials, Mapping) or not credentials:
        raise NotApplicable("it holds no credentials")
    yield from _in_clear(case.resource, credentials, _CREDENTIALS)


def _in_clear(connection: Resource, credentials: Mapping[str, Any], above: str) -> Iterator[Problem]:
    """Find what is not a secret, among the keys that have names of their own (CustomKeys) too."""
    for key, value in credentials.items():
        path = f"{above}.{key}"
        if key.casefold() in _NAMES or connection.is_secret(path):
            continue
        if isinstance(value, Mapping):
            yield from _in_clear(connection, value, path)
        else:
            yield Problem(
                path, "The credential is not a secret: it stands in clear in the state, in plans and in logs."
            )


RULE = Rule(
    id="LLA-AUT-006",
    name="connection-credentials-secret",
    title="The credentials of a connection are Pulumi secrets.",
    why="What Pulumi does not know to be a secret it writes in clear into the state and shows in every preview.",
    remedy="Wrap the value in pulumi.Output.secret, or read it by config.require_secret.",
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(WORKSPACE_CONNECTION, *FOUNDRY_CONNECTIONS),
    options=Options,
    check=_check,
)
