"""The names of other stacks."""

import pulumi


def full_stack_name(stack: str) -> str:
    """Return the name by which Pulumi finds a stack: ``platform`` is one of this project and organization."""
    return stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
