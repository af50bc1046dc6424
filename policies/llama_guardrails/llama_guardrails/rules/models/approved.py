"""Rule: only approved models are deployed, by the semantics of Azure's own policy."""

import re
from collections.abc import Iterator

from llama_guardrails.resource_types import ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity
from llama_guardrails.rules.models._model import MANAGED_MODEL, SERVERLESS_MODEL, model_id
from llama_guardrails.view import NotApplicable

_PATHS = {SERVERLESS_ENDPOINT: SERVERLESS_MODEL, ONLINE_DEPLOYMENT: MANAGED_MODEL}
_REGISTRY = re.compile(r"azureml://registries/([^/]+)/", re.IGNORECASE)
_PUBLISHERS = {"azureml-meta": "Meta", "azureml": "Microsoft"}  # inferred: the registry of a publisher's models


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
    path = _PATHS[case.resource.type]
    asset = model_id(case.resource, path)
    registry = _REGISTRY.match(asset)
    if registry is None:
        raise NotApplicable("the model is of no registry")
    publisher = _PUBLISHERS.get(registry[1].casefold(), registry[1])
    by_publisher = publisher.casefold() in {one.casefold() for one in publishers}
    if not by_publisher and not any(text.casefold() in asset.casefold() for text in assets):
        yield Problem(path, f"The model, published by {publisher}, is not among those approved.")


RULE = Rule(
    id="LLA-MOD-007",
    name="approved-models",
    title="Only approved models are deployed.",
    why=(
        "Licences, safety and cost differ from model to model. The rule follows Azure's own policy to the letter: a "
        "registry model is approved if its publisher is listed or its id contains a listed text; a workspace's model "
        "is not judged. Azure's policy looks at managed compute only, this one at serverless endpoints too."
    ),
    remedy="Deploy an approved model, or have this one added to allowedPublishers or allowedAssetIds.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(SERVERLESS_ENDPOINT, ONLINE_DEPLOYMENT),
    options=Approved,
    check=_check,
    covers=("Azure Policy 12e5dd16", "Azure Policy aafe3651"),
)
