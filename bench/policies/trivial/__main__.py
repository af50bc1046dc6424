"""A pack of the SDK with as many trivial rules as RULES and STACK_RULES say, which find nothing."""

import os

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)


def _validate(args: ResourceValidationArgs, report_violation: ReportViolation) -> None:
    if args.props.get("location") == "nowhere":
        report_violation("it lies nowhere", None)


def _validate_stack(args: StackValidationArgs, report_violation: ReportViolation) -> None:
    for resource in args.resources:
        if resource.props.get("location") == "nowhere":
            report_violation("it lies nowhere", resource.urn)


policies: list[Policy] = [
    ResourceValidationPolicy(name=f"rule-{number}", description="A trivial rule.", validate=_validate)
    for number in range(int(os.environ.get("RULES", "1")))
]
policies += [
    StackValidationPolicy(name=f"stack-rule-{number}", description="A trivial rule.", validate=_validate_stack)
    for number in range(int(os.environ.get("STACK_RULES", "0")))
]

PolicyPack(name="trivial", enforcement_level=EnforcementLevel.MANDATORY, policies=policies)
