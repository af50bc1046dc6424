"""A pack of the SDK with as many trivial rules as RULES says: each reads one property and finds nothing."""

import os

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)


def _validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.props.get("location") == "nowhere":
        report_violation("it lies nowhere", None)


PolicyPack(
    name="trivial",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy(name=f"rule-{number}", description="A trivial rule.", validate=_validate)
        for number in range(int(os.environ.get("RULES", "1")))
    ],
)
