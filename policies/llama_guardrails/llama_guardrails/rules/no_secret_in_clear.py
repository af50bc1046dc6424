"""Rule: no key stands in clear in an environment variable, an endpoint's keys or a tag."""

import re
from collections.abc import Iterator, Mapping

from llama_guardrails.resource_types import ONLINE_DEPLOYMENT, TAGGED
from llama_guardrails.rule import Case, Example, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._secrets import REFERENCE, SECRET_NAME, SECRET_VALUE
from llama_guardrails.view import UNKNOWN, NotApplicable, Resource, Undecided

_VARIABLES, _KEYS, _TAGS = "properties.environmentVariables", "properties.keys", "tags"
# Tags are for people, who also write `key-rotation` or `cost-key` there.
_SECRET_TAG = re.compile(
    r"(?:^|[-_. ])(?:token|secret|password|pwd|sas|connection[-_ ]?string"
    r"|(?:api|access|account|secret|private|shared|primary|secondary)[-_. ]?key)\d?$",
    re.IGNORECASE,
)


def _check(case: Case[Options]) -> Iterator[Problem]:
    resource = case.resource
    members = [*_members(resource, _VARIABLES), *_members(resource, _KEYS), *_members(resource, _TAGS)]
    if not members:
        raise NotApplicable("it has no tags, keys or environment variables")
    unknown = None
    for path, name, value in members:
        is_tag = path.startswith(f"{_TAGS}.")
        sounds_secret = (_SECRET_TAG if is_tag else SECRET_NAME).search(name)
        if value is UNKNOWN and sounds_secret and (is_tag or not resource.is_secret(path)):
            unknown = path
        if not isinstance(value, str) or not value or REFERENCE.search(value):
            continue
        looks_secret = sounds_secret or SECRET_VALUE.search(value)
        if is_tag and looks_secret:
            yield Problem(path, f"The tag {name} seems to hold a secret; whoever may read the resource reads its tags.")
        elif not is_tag and (looks_secret or path.startswith(_KEYS)) and not resource.is_secret(path):
            yield Problem(
                path, f"{name} is not a Pulumi secret: it stands in clear in the state, in plans and in logs."
            )
    if unknown is not None:
        raise Undecided(unknown)


def _members(resource: Resource, path: str) -> Iterator[tuple[str, str, object]]:
    """Yield path, name and value of what a mapping holds; of one that is not known yet, nothing."""
    found = resource.properties
    for step in path.split("."):
        value = found.get(step)
        if not isinstance(value, Mapping):
            return
        found = value
    for name, value in found.items():
        yield f"{path}.{name}", str(name), value


RULE = Rule(
    id="LLA-AUT-008",
    name="no-secret-in-clear",
    title="Environment variables and keys that are secrets are Pulumi secrets, and tags hold none.",
    why=(
        "What Pulumi does not know to be a secret it writes in clear into the state and shows in every preview; a tag "
        "is shown to everybody who may read the resource, in cost reports too. What is a secret is told by its name "
        "and by the shape of well-known keys."
    ),
    remedy=(
        "Wrap the value in pulumi.Output.secret or read it by config.require_secret, keep it in a key vault and name "
        "that, or take it out of the tag and renew it."
    ),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    types=(ONLINE_DEPLOYMENT, *(kind for kind in TAGGED if kind != ONLINE_DEPLOYMENT)),
    options=Options,
    check=_check,
    example=Example(
        ONLINE_DEPLOYMENT,
        f"{_VARIABLES}.HF_TOKEN",
        good="@Microsoft.KeyVault(SecretUri=https://kv-llama.vault.azure.net/secrets/hf)",
        bad="hf_0000",
    ),
)
