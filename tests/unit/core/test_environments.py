"""The environments of stacks/: each usable, and each stricter than the one before where it matters."""

import datetime as dt
from typing import Any

import yaml

from llama_azure_core.azure_enums import IsolationMode, ServerlessAuthMode
from llama_azure_core.catalogue import serverless_availability
from llama_azure_core.plan import plan
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
        models = [entry.model for project in environment.projects.values() for entry in project.serverless]
        assert models
        for model in models:
            assert serverless_availability(model, environment.region, TODAY).refusal is None


def test_no_two_environments_share_a_resource_group_or_a_hub() -> None:
    places = {(one.resource_group, one.hub and one.hub.name) for one in (DEV, STAGING, PROD, settings("sandbox"))}
    assert len({group for group, _ in places}) == len({hub for _, hub in places}) == 4


def test_only_production_is_protected_from_deletion() -> None:
    assert [one.deletion_protection for one in (DEV, STAGING, PROD)] == [False, False, True]


def test_staging_and_production_are_closed_and_leave_logs() -> None:
    for environment in (STAGING, PROD):
        hub = plan(environment, subscription="s").hub.arguments
        assert not hub["public_network_access"]
        assert not hub["resources_public_network_access"]
        assert hub["diagnostics"]
        assert hub["private_endpoints"]["subnet_id"]
        assert hub["managed_network"]["isolation_mode"] == IsolationMode.ALLOW_ONLY_APPROVED_OUTBOUND


def test_staging_and_production_have_no_keys_to_lose() -> None:
    for environment in (STAGING, PROD):
        for project in environment.projects.values():
            assert {entry.auth_mode for entry in project.serverless} == {ServerlessAuthMode.AAD}
            assert {endpoint.auth_mode.value for endpoint in project.managed.values()} == {"AADToken"}


def test_content_safety_is_off_for_no_serverless_endpoint() -> None:
    for environment in (DEV, STAGING, PROD):
        for project in environment.projects.values():
            assert all(entry.content_safety for entry in project.serverless)


def test_production_differs_from_staging_in_size_and_in_who_may_buy() -> None:
    staging, prod = (one.projects["assistants"].managed["completions"].deployments["blue"] for one in (STAGING, PROD))
    assert (staging.model, staging.vm_size) == (prod.model, prod.vm_size)
    assert staging.instances < prod.instances
    assert prod.autoscale is not None
    assert [deployer.may_subscribe for deployer in STAGING.deployers.values()] == [True]
    assert [deployer.may_subscribe for deployer in PROD.deployers.values()] == [False]
