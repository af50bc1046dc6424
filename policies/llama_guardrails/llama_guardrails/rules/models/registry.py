"""Rule: models come from one registry, by the semantics of Azure's own policy."""

from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules.models._model import MANAGED_MODEL, SERVERLESS_MODEL, model_id
from llama_guardrails.view import NotApplicable

_PATHS = {SERVERLESS_ENDPOINT: SERVERLESS_MODEL, ONLINE_DEPLOYMENT: MANAGED_MODEL}
_REGISTRIES = "azureml://registries/"


class OneRegistry(Options):
    """The options of the rule."""

    allowed_registry_name: str = ""
    """The registry whose models may be deployed, such as `azureml-meta`. Default: any."""
    restricted_models: tuple[str, ...] = ()
    """Ids of models that may not be deployed, wherever they are from. Default: none."""


def _check(case: Case[OneRegistry]) -> Iterator[Problem]:
    allowed, restricted = case.options.allowed_registry_name, case.options.restricted_models
    if not allowed and not restricted:
        raise NotApplicable("no registry is configured")
    path = _PATHS[case.resource.type]
    asset = model_id(case.resource, path).casefold()
    if asset in {one.casefold() for one in restricted}:
        yield Problem(path, "The model is restricted here.")
    elif allowed and asset.startswith(_REGISTRIES) and not asset.startswith(f"{_REGISTRIES}{allowed.casefold()}/"):
        yield Problem(path, f"The model is not of the registry {allowed}.")


RULE = Rule(
    id="LLA-MOD-008",
    name="approved-model-registry",
    title="Models come from the registry that the environment allows, and none of them is restricted.",
    why=(
        "A registry is where somebody vouches for a model. The rule follows Azure's own policy: a listed model is "
        "refused wherever it is from, and of the registries' models only those of the allowed one pass."
    ),
    remedy="Deploy the model from the allowed registry, or have the configuration changed.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT),
    options=OneRegistry,
    check=_check,
    covers=("Azure Policy 19539b54",),
)
