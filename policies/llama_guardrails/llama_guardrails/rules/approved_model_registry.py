"""Rule: models come from one registry, by the semantics of Azure's own policy."""

from collections.abc import Iterator
from dataclasses import replace

from llama_azure_core.catalogue import META_REGISTRY, ModelReference, model_reference
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import MODEL, meta_model_name
from llama_guardrails.rules._model import MANAGED_MODEL, SERVERLESS_MODEL, reference
from llama_guardrails.view import NotApplicable, Resource

_PATHS = {SERVERLESS_ENDPOINT: SERVERLESS_MODEL, ONLINE_DEPLOYMENT: MANAGED_MODEL, AI_SERVICES_DEPLOYMENT: MODEL}


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
    is_foundry = case.resource.type == AI_SERVICES_DEPLOYMENT
    found = _of_foundry(case.resource) if is_foundry else reference(case.resource, path)
    listed = [model_reference(one) for one in restricted]
    if is_foundry:  # its versions are others than the registry's: which one is restricted is not to be told
        listed = [replace(one, version=None) for one in listed if one is not None]
    if any(_is_same(found, one) for one in listed):
        yield Problem(path, "The model is restricted here.")
    elif allowed and not found.workspace and found.registry != allowed.casefold():
        yield Problem(path, f"The model is not of the registry {allowed}, or its id does not name it.")


def _of_foundry(deployment: Resource) -> ModelReference:
    return ModelReference(meta_model_name(deployment), registry=META_REGISTRY)


def _is_same(found: ModelReference, restricted: ModelReference | None) -> bool:
    """Whether a model is the restricted one; without a version every version of it is."""
    return restricted is not None and (
        (found.registry, found.workspace, found.name.casefold())
        == (restricted.registry, restricted.workspace, restricted.name.casefold())
        and restricted.version in (None, found.version)
    )


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
    types=(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT, AI_SERVICES_DEPLOYMENT),
    options=OneRegistry,
    check=_check,
    covers=("Azure Policy 19539b54",),
)
