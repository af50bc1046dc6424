"""Rule: a Foundry resource lies in a region that offers its deployments' models."""

from collections.abc import Iterator

from llama_azure_core.catalogue import model_reference
from llama_azure_core.foundry import catalogue_date
from llama_azure_core.regions import normalise_region
from llama_guardrails.resource_types import AI_SERVICES_DEPLOYMENT
from llama_guardrails.rule import Case, Level, Options, Problem, Rule, Severity, When
from llama_guardrails.rules._accounts import MODEL, SKU, account_of, deployed, meta_model_name
from llama_guardrails.view import NotApplicable


def _check(case: Case[Options]) -> Iterator[Problem]:
    reference = model_reference(meta_model_name(case.resource))
    if reference is not None and reference.model is not None and reference.model.foundry is None:
        name, as_of = reference.model.name, catalogue_date()
        yield Problem(MODEL, f"{name} is not offered as a deployment of a Foundry resource, as of {as_of}.")
        return
    found = deployed(case.resource)
    said = f"Version {found.version.version} of {found.row.name}"
    if found.sku is None:
        offered = ", ".join(one.name for one in found.version.skus)
        yield Problem(SKU, f"{said} is not offered as {found.sku_name or 'no SKU'}. It is as: {offered}.")
        return
    account = account_of(case.resource, case.estate).account
    if account is None:
        raise NotApplicable("the account is not of this stack, so that its region is not told")
    region = account.text("location")
    if region is None:
        raise NotApplicable("the account's region is the provider's")
    if normalise_region(region) not in found.sku.regions:
        offered = ", ".join(sorted(found.sku.regions))
        place = normalise_region(region)
        said += f" is not offered as {found.sku.name} in {place}, as of {catalogue_date()}"
        yield Problem("", f"{said}. Regions that offer it: {offered or 'none'}.")


RULE = Rule(
    id="LLA-REG-005",
    name="foundry-model-supported-region",
    title="A Foundry deployment's version and SKU are offered in its account's region.",
    why=(
        "Azure refuses the deployment after the account has been made. The regions are those of the catalogue, on the "
        "date that it bears; what it does not list is undecided, since Azure's may be ahead."
    ),
    remedy="Take a SKU or a version that the region has, or make the account in a region that has this one.",
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    types=(AI_SERVICES_DEPLOYMENT,),
    when=When.STACK,
    options=Options,
    check=_check,
    sources=("S200", "S211"),
)
