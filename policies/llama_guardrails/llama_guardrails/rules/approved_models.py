"""Rule: only approved models are deployed, by the semantics of Azure's own policy."""

from collections.abc import Iterator

from llama_azure_core.catalogue import META_REGISTRY, ModelReference, model_reference
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT, ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules._accounts import FORMAT, MODEL
from llama_guardrails.rules._model import MANAGED_MODEL, SERVERLESS_MODEL, model_id, reference
from llama_guardrails.view import NotApplicable

_PATHS = {SERVERLESS_ENDPOINT: SERVERLESS_MODEL, ONLINE_DEPLOYMENT: MANAGED_MODEL}
_PUBLISHERS = {META_REGISTRY: "Meta", "azureml": "Microsoft"}  # inferred: the registry of a publisher's models


class Approved(Options):
    """The options of the rule."""

    allowed_publishers: tuple[str, ...] = ()
    """Publishers all of whose models are approved, such as `Meta`. Default: none."""
    allowed_asset_ids: tuple[str, ...] = ()
    """Texts, one of which an approved model's id contains. Default: none."""


def _check(case: Case[Approved]) -> Iterator[Problem]:
    publishers, assets = case.options.allowed_publishers, case.options.allowed_asset_ids
    if not publishers and not assets:
        raise NotApplicable("no models are configured")
    if case.resource.type == AI_SERVICES_DEPLOYMENT:
        yield from _of_foundry(case)
        return
    path = _PATHS[case.resource.type]
    asset, found = model_id(case.resource, path), reference(case.resource, path)
    if any(text.casefold() in asset.casefold() for text in assets):
        return
    publisher = _publisher(found)
    if publisher is None:
        yield Problem(
            path, "The model is of no registry, so nobody publishes it, and its id is not among those approved."
        )
    elif publisher.casefold() not in {one.casefold() for one in publishers}:
        yield Problem(path, f"The model, published by {publisher}, is not among those approved.")


def _of_foundry(case: Case[Approved]) -> Iterator[Problem]:
    """A deployment names its model by format and name: the format is the publisher."""
    name, publisher = case.resource.text(MODEL), case.resource.text(FORMAT) or ""
    if not name:
        raise NotApplicable("no model is named")
    known = model_reference(name) if publisher.casefold() == _PUBLISHERS[META_REGISTRY].casefold() else None
    asset = known.model.registry_model_id if known is not None and known.model is not None else name
    if any(text.casefold() in asset.casefold() for text in case.options.allowed_asset_ids):
        return
    if publisher.casefold() not in {one.casefold() for one in case.options.allowed_publishers}:
        yield Problem(MODEL, f"The model, published by {publisher or 'nobody'}, is not among those approved.")


def _publisher(found: ModelReference) -> str | None:
    if found.registry is not None:
        return _PUBLISHERS.get(found.registry, found.registry)
    return _PUBLISHERS[META_REGISTRY] if found.model is not None else None


RULE = Rule(
    id="LLA-MOD-007",
    name="approved-models",
    title="Only approved models are deployed.",
    why=(
        "Licences, safety and cost differ from model to model. The rule follows Azure's own policy: a registry model "
        "is approved if its publisher is listed or its id contains a listed text. It goes further in two ways: Azure's "
        "policy lets a workspace's own model pass and does not look at serverless endpoints, this one looks at these "
        "too and asks that the id of a workspace's model contain a listed text. A Foundry deployment's model has its "
        "format as its publisher."
    ),
    remedy="Deploy an approved model, or have this one added to allowedPublishers or allowedAssetIds.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT, AI_SERVICES_DEPLOYMENT),
    options=Approved,
    check=_check,
    covers=("Azure Policy 12e5dd16", "Azure Policy aafe3651"),
)
