"""Every check, in the order of the report: one file each."""

from llama_azure_preflight.check import Check
from llama_azure_preflight.checks import (
    adopted_resources,
    billing_country,
    changes_under_traffic,
    core_quota,
    deleted_vaults,
    deleted_workspaces,
    endpoint_limits,
    endpoint_names,
    judging_date,
    marketplace_terms,
    model_lifecycle,
    model_not_deployed,
    model_region,
    permissions_hub,
    permissions_project,
    permissions_resource_group,
    permissions_subscription,
    providers_registered,
    resource_group,
    spending_limit,
    storage_name,
    subscription_offer,
    subscription_state,
    vault_name,
    workspace_names,
)

CHECKS: tuple[Check, ...] = tuple(
    module.CHECK
    for module in (
        subscription_state,
        subscription_offer,
        spending_limit,
        billing_country,
        providers_registered,
        permissions_subscription,
        permissions_resource_group,
        permissions_hub,
        permissions_project,
        marketplace_terms,
        judging_date,
        model_region,
        model_lifecycle,
        model_not_deployed,
        changes_under_traffic,
        storage_name,
        vault_name,
        endpoint_names,
        workspace_names,
        resource_group,
        deleted_workspaces,
        deleted_vaults,
        core_quota,
        endpoint_limits,
        adopted_resources,
    )
)


class UnknownCheckError(ValueError):
    """No check has this id; the message names all of them."""


def find_check(check_id: str) -> Check:
    """Return a check by its id, whatever the case.

    Raises:
        UnknownCheckError: there is none of that id.
    """
    found = next((check for check in CHECKS if check.id == check_id.upper()), None)
    if found is None:
        raise UnknownCheckError(f"no check is called {check_id}: there are {', '.join(one.id for one in CHECKS)}")
    return found
