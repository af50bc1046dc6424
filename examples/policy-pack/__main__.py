"""One pack of a platform team: a policy of its own, and the guardrails beside it."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

from llama_guardrails import policies

GUARDRAILS = {
    "all": "advisory",
    "allowed-regions": {"enforcementLevel": "mandatory", "regions": ["eastus2", "swedencentral"]},
    "storage-no-shared-key": "mandatory",
}
"""What a file of `policies/config` says: levels, options and exemptions."""


def named_for_the_team(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    """A resource group's name says whose it is."""
    if args.resource_type == "azure-native:resources:ResourceGroup":
        name = args.props["resourceGroupName"]
        if not name.startswith("rg-"):
            report_violation(f"{name} does not begin with rg-.", None)


OWN = ResourceValidationPolicy(
    name="resource-group-name",
    description="A resource group's name begins with rg-.",
    enforcement_level=EnforcementLevel.MANDATORY,
    validate=named_for_the_team,
)

PolicyPack(name="platform-team", policies=[OWN, *policies(GUARDRAILS)])
