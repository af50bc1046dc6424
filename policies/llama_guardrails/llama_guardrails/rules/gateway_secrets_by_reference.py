"""Rule: a container app's secrets lie in a key vault, and its environment variables hold none."""

from collections.abc import Iterator

from llama_guardrails.resource_types import CONTAINER_APP, CONTAINER_APPS_JOB
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._secrets import looks_secret
from llama_guardrails.view import UNKNOWN, Undecided, members

_SECRETS, _CONTAINERS = "configuration.secrets", "template.containers"


def _check(case: Case[Options]) -> Iterator[Problem]:
    resource, unknown = case.resource, None
    for place, secret in members(resource.get(_SECRETS)):
        path = f"{_SECRETS}[{place}]"
        if secret is UNKNOWN or (secret.get("keyVaultUrl") is None and secret.get("value") is UNKNOWN):
            unknown = path
        elif not secret.get("keyVaultUrl"):
            yield Problem(f"{path}.value", f"The secret {secret.get('name')} is kept in the app, not in a key vault.")
    for number, container in members(resource.get(_CONTAINERS)):
        for place, variable in members(container.get("env") if container is not UNKNOWN else None):
            path = f"{_CONTAINERS}[{number}].env[{place}].value"
            if variable is UNKNOWN or variable.get("secretRef"):
                continue
            name, value = str(variable.get("name")), variable.get("value")
            if isinstance(value, str) and value and looks_secret(name, value):
                yield Problem(path, f"{name} stands in clear; whoever may read the app reads it.")
    if unknown is not None:
        raise Undecided(unknown)


RULE = Rule(
    id="LLA-GTW-002",
    name="gateway-secrets-by-reference",
    title="A container app takes its secrets from a key vault, and its environment variables hold none in clear.",
    why=(
        "A secret that is written into the app is in its state, its templates and its history, and is renewed only by "
        "a deployment. A reference is read by the app's identity, and a vault says who read it."
    ),
    remedy="Keep the value in a key vault, name it by keyVaultUrl and identity, and have the variable name the secret.",
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(CONTAINER_APP, CONTAINER_APPS_JOB),
    options=Options,
    check=_check,
    sources=("S301",),
)
