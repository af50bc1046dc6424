"""The least role to run preflight."""

from collections.abc import Iterable

from llama_azure_preflight.check import Check

ROLE_NAME = "Llama preflight reader"


def least_role(checks: Iterable[Check], subscription: str) -> dict[str, object]:
    """Return the definition of a custom role, in the form that ``az role definition create`` takes.

    It holds what the checks' questions take (facts/roles.yaml), which is reading alone.
    """
    actions = sorted({action for check in checks for action in check.permissions})
    return {
        "Name": ROLE_NAME,
        "IsCustom": True,
        "Description": "Run preflight: read what decides whether models can be deployed. Changes nothing.",
        "Actions": actions,
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [f"/subscriptions/{subscription}"],
    }
