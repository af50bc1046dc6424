"""The environments of stacks/: each usable, and each stricter than the one before where it matters."""

import datetime as dt
from typing import Any

import pytest
import yaml

from llama_azure_core.azure_enums import IsolationMode, Severity
from llama_azure_core.catalogue import BackEnd, lifecycle_refusal
from llama_azure_core.foundry import account_facts, is_offered
from llama_azure_core.monitoring import AlertRule
from llama_azure_core.plan import plan, rights
from llama_azure_core.rbac import built_in_roles, deployer_permissions
from llama_azure_core.settings import Settings, parse_settings
from llama_azure_sandbox.home import PROJECT_ROOT

# The day on which the environments on Azure were written for what is sold.
TODAY = dt.date(2026, 11, 25)


def settings(stack: str) -> Settings:
    source = f"stacks/Pulumi.{stack}.yaml"
    config: dict[str, Any] = yaml.safe_load((PROJECT_ROOT / source).read_text(encoding="utf-8"))["config"]
    return parse_settings({"llama-azure:asOf": TODAY.isoformat(), **config}, source)


DEV, STAGING, PROD = (settings(stack) for stack in ("dev", "staging", "prod"))


def test_each_environment_deploys_only_what_is_offered_there_on_that_day() -> None:
    for environment in (DEV, STAGING, PROD):
        endpoints = [one for project in environment.projects.values() for one in project.endpoints.values()]
        assert endpoints
        for endpoint in endpoints:
            assert environment.back_end(endpoint) is BackEnd.FOUNDRY
            assert lifecycle_refusal(endpoint.model, TODAY) is None
            assert endpoint.foundry_row is not None
            assert is_offered(endpoint.foundry_row, environment.region)


def test_no_two_environments_share_a_resource_group_or_a_hub() -> None:
    every = (DEV, STAGING, PROD, settings("sandbox"))
    assert len({one.resource_group for one in every}) == 4
    hubs = [one.hub.name for one in every if one.hub is not None]
    assert len(set(hubs)) == len(hubs) == 3


def test_staging_and_production_are_protected_from_deletion_in_a_group_that_is_not_theirs() -> None:
    assert [one.deletion_protection for one in (DEV, STAGING, PROD)] == [False, True, True]
    assert [one.existing_resource_group for one in (DEV, STAGING, PROD)] == [False, True, True]
    for environment in (STAGING, PROD):
        assert plan(environment, subscription="s").hub.arguments["purge_protection"]
    assert STAGING.hub is not None
    assert STAGING.hub.vault_retention_days == 7, "for so long its name is held once it is destroyed"


def test_staging_and_production_are_closed_and_leave_logs() -> None:
    for environment in (STAGING, PROD):
        made = plan(environment, subscription="s")
        assert made.foundry is not None
        assert not made.foundry.arguments["public_network_access"]
        assert made.foundry.arguments["private_endpoint"]["subnet_id"]
        hub = made.hub.arguments
        assert not hub["public_network_access"]
        assert not hub["resources_public_network_access"]
        assert hub["diagnostics"]
        assert hub["private_endpoints"]["subnet_id"]
        assert hub["managed_network"]["isolation_mode"] == IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND


def test_staging_and_production_are_watched_and_development_is_not() -> None:
    assert plan(DEV, subscription="s").alerts is None
    for environment in (STAGING, PROD):
        made = plan(environment, subscription="s")
        assert made.alerts is not None
        assert made.alerts.arguments["contact_roles"] == ["Owner"]
        watched = {one.rule for one in made.alerts.rules} | (
            {AlertRule.BUDGET} if made.alerts.watches_budget else set()
        )
        assert watched == set(AlertRule) - {AlertRule.SUBSCRIPTION}, "neither buys in the Marketplace"
        endpoints = {one.id for one in made.endpoints}
        assert {one for rule in made.alerts.rules for one in rule.about} >= endpoints


def test_no_environment_has_keys_to_lose() -> None:
    for environment in (DEV, STAGING, PROD):
        assert environment.foundry is not None
        assert not environment.foundry.local_auth
        assert environment.foundry.callers
        for project in environment.projects.values():
            assert {endpoint.auth_mode.value for endpoint in project.managed.values()} <= {"AADToken"}


def test_staging_and_production_filter_more_strictly_than_microsoft() -> None:
    for environment in (STAGING, PROD):
        assert environment.foundry is not None
        (strict,) = environment.foundry.content_filters.values()
        levels = {one.severity for sides in strict.categories.values() for one in sides.values()}
        assert levels == {Severity.LOW}
        for project in environment.projects.values():
            assert {one.foundry.content_filter for one in project.endpoints.values()} == {"strict"}


def test_production_differs_from_staging_in_size() -> None:
    staging, prod = (one.projects["assistants"].managed["completions"].deployments["blue"] for one in (STAGING, PROD))
    assert (staging.model, staging.vm_size) == (prod.model, prod.vm_size)
    assert staging.instances < prod.instances
    assert prod.autoscale is not None


@pytest.mark.parametrize("stack", [DEV, STAGING, PROD])
def test_who_deploys_an_environment_buys_nothing_and_gives_its_callers_their_role_alone(stack: Settings) -> None:
    made = plan(stack, subscription="s")
    allowed = rights(made)
    assert not allowed.problem
    assert not [action for action in allowed.subscription_actions if action in deployer_permissions().subscription]
    assert stack.foundry is not None
    callers = {one.principal_id for one in stack.foundry.callers.values()}
    role = built_in_roles()[account_facts().caller_role].id
    assert {scope: {one.role_id for one in grants} for scope, grants in allowed.grants.items()} == {
        made.group_id: {role}
    }
    assert {one for grants in allowed.grants.values() for grant in grants for one in grant.principals} == callers
