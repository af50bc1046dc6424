"""The plan of a gateway: its settings, its names, and that a stack without one pays nothing for it."""

import re
import subprocess
import sys
from typing import Any

import pytest

from llama_azure_core.gateway import gateway_facts, image_name_problem, image_problem, new_key, postgres_tier
from llama_azure_core.plan import Owner, plan
from llama_azure_core.resource_types import KEY_VAULT, POSTGRES_SERVER
from llama_azure_core.settings import SettingsError, parse_settings
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.whole_stack import RESOURCE, config_of, fronted_guest_stack, fronted_stack

SUBSCRIPTION = "00000000-0000-0000-0000-00000000abcd"

WITHOUT = """
import sys
from llama_azure.estate import build_estate
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import config_of, foundry_stack
from tests.unit.components.recording import record

settings = parse_settings(config_of(foundry_stack()), "f")
monitor, _ = record(lambda: build_estate(settings))
of_gateways = ("app", "dbforpostgresql", "redisenterprise", "apimanagement")
made = [one.type for one in monitor.registrations if one.type.split(":")[1] in of_gateways]
loaded = [
    name
    for name in sys.modules
    if name.startswith(tuple(f"pulumi_azure_native.{one}." for one in of_gateways))
    or name in {"llama_azure.model_gateway", "llama_azure.api_management_backends", "llama_azure.estate.gateway"}
    or name == "llama_azure_core.plan.gateway"
]
print(made, loaded)
"""


def planned(stack: dict[str, Any]) -> Any:
    return plan(parse_settings(config_of(stack), "f"), subscription=SUBSCRIPTION, stack="test")


def test_a_stack_without_a_gateway_loads_and_makes_nothing_for_it() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert answer.stdout.strip() == "[] []"


def test_what_is_made_is_named_once_and_what_is_there_is_not_made() -> None:
    made, there = planned(fronted_stack()), planned(fronted_guest_stack())
    assert [one.name for one in made.made(POSTGRES_SERVER)] == ["psql-llama"]
    assert [one.owner for one in there.gateway.stands_on] == [Owner.EXISTING] * 3
    assert there.made(POSTGRES_SERVER) == there.made(KEY_VAULT) == ()
    ids = {one.id for one in there.existing}
    assert f"{RESOURCE}/Microsoft.Cache/redisEnterprise/redis" in ids
    for namespace in ("Microsoft.App", "Microsoft.DBforPostgreSQL", "Microsoft.Cache"):
        assert namespace in made.providers
    assert "Microsoft.Cache" not in there.providers


def test_a_derived_name_leaves_room_for_the_jobs() -> None:
    stack = fronted_stack()
    stack["resourceGroup"] = "rg-a-very-long-name-of-a-resource-group-in-production"
    del stack["gateway"]["name"]
    assert len(planned(stack).gateway.name) <= 26


def test_the_protected_profile_has_two_servers_in_two_zones() -> None:
    stack = fronted_stack()
    del stack["gateway"]["database"]["highAvailability"]
    assert "high_availability" not in planned(stack).gateway.arguments["database"]
    stack["profile"] = "protected"
    assert planned(stack).gateway.arguments["database"]["high_availability"] is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"access": "public"}, "everybody could call it"),
        ({"signIn": {"clientId": SUBSCRIPTION}}, "set access to public"),
        ({"subnetAddressPrefix": None}, "give either subnetAddressPrefix"),
        ({"subnetAddressPrefix": "10.20.0.0/27"}, "lies in the subnet for private endpoints"),
        ({"subnetAddressPrefix": "10.21.0.0/27"}, "does not lie in network.addressSpace"),
        ({"subnetAddressPrefix": "10.20.0.64/28"}, "a /27 or larger"),
        ({"image": "litellm@main"}, "is no image"),
        ({"replicas": {"minimum": 5, "maximum": 2}}, "more than maximum"),
        ({"replicas": {"cpu": 0.3}}, "steps of 0.25"),
        ({"database": {"sku": "Basic"}}, "Standard_B, _D or _E"),
        ({"database": {"sku": "Standard_B1ms", "highAvailability": True}}, "no high availability"),
        ({"database": {"user": "x"}}, "give existing, or remove user"),
        ({"database": {"existing": f"{RESOURCE}/Microsoft.Cache/redisEnterprise/x"}}, "is not the id of a"),
        ({"redis": {"existing": f"{RESOURCE}/Microsoft.Cache/redisEnterprise/x", "sku": "Balanced_B3"}}, "sku cannot"),
        ({"keyVault": f"{RESOURCE}/Microsoft.App/containerApps/x"}, "keyVault"),
        ({"teams": {"a b": {}}}, "a b"),
        ({"teams": {"search": {"models": ["gpt-5"]}}}, "no endpoint of the stack serves gpt-5"),
        ({"teams": {"search": {"budgetDuration": "month"}}}, "budgetDuration"),
    ],
)
def test_what_cannot_be_is_told_with_the_remedy(change: dict[str, Any], said: str) -> None:
    stack = fronted_stack()
    stack["gateway"] = {key: one for key, one in {**stack["gateway"], **change}.items() if one is not None}
    with pytest.raises(SettingsError, match=re.escape(said)):
        planned(stack)


def test_a_gateway_needs_a_network_and_an_api_a_foundry_deployment() -> None:
    stack = fronted_stack()
    del stack["network"]
    with pytest.raises(SettingsError, match="it stands in a virtual network"):
        planned(stack)


def test_the_default_image_is_the_release_that_the_tests_run() -> None:
    lock = (PROJECT_ROOT / "requirements-gateway.lock").read_text(encoding="utf-8")
    (release,) = re.findall(r"^litellm==(\S+)", lock, re.MULTILINE)
    assert gateway_facts("proxy")["image"] == f"ghcr.io/berriai/litellm:v{release}"


def test_a_key_begins_as_the_proxy_wants_it_and_images_and_skus_are_judged() -> None:
    assert new_key(lambda size: "x" * size) == f"{gateway_facts('keys')['prefix']}{'x' * 32}"
    assert image_problem(f"ghcr.io/berriai/litellm@sha256:{'0' * 64}") is None
    assert image_problem("ghcr.io/berriai/litellm:v1") is not None
    assert image_name_problem("ghcr.io/berriai/litellm:v1") is None
    assert (postgres_tier("Standard_B2s"), postgres_tier("Standard_E2ds_v5")) == ("Burstable", "MemoryOptimized")
