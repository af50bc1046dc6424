"""Online endpoints and deployments: names, models, VM sizes, quota, limits, traffic and shared quota."""

from collections.abc import Iterator
from typing import Any

import pytest

from llama_azure_core.catalogue import find_model
from llama_azure_core.limits import limits
from llama_azure_core.quota import cores_needed, find_vm_size
from llama_azure_sandbox.client.world import advance_clock, change_world
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import SandboxError
from tests.support.arm import Arm
from tests.support.by_id import ById
from tests.support.estates import make_project, workspace

GROUP = "rg-managed"
LLAMA_2 = find_model("Llama-2-7b-chat")
OWN_MODEL = f"/subscriptions/any{workspace(GROUP, 'project')}/models/own/versions/1"
EXEMPT, RESERVED = find_vm_size("Standard_NC24ads_A100_v4"), find_vm_size("Standard_NC8as_T4_v3")
HOUR = 3600


def endpoint_path(name: str, project: str = "project") -> str:
    return f"{workspace(GROUP, project)}/onlineEndpoints/{name}"


def endpoint(**properties: Any) -> dict[str, Any]:
    return {"location": "eastus2", "kind": "Managed", "properties": {"authMode": "Key", **properties}}


def deployment(size: str = RESERVED.name, instances: int = 1, model: str = OWN_MODEL) -> dict[str, Any]:
    return {
        "location": "eastus2",
        "sku": {"name": "Default", "capacity": instances},
        "properties": {"endpointComputeType": "Managed", "model": model, "instanceType": size},
    }


@pytest.fixture(scope="module", autouse=True)
def projects(arm: Arm, azure: ById) -> None:
    make_project(arm, GROUP)
    make_project(arm, GROUP, "other")
    azure.put(endpoint_path("chat"), endpoint())


@pytest.fixture
def world(home: SandboxHome) -> Iterator[SandboxHome]:
    """A world that a test may change; it is put right afterwards."""
    yield home
    change_world(home, coreQuotas={}, limits={}, subscriptionKind="EnterpriseAgreement")


@pytest.mark.parametrize("name", ["ab", "a" * 33])
def test_names_are_as_long_as_the_sdk_says(azure: ById, name: str) -> None:
    for path, body, what in (
        (endpoint_path(name), endpoint(), "an endpoint"),
        (f"{endpoint_path('chat')}/deployments/{name}", deployment(), "a deployment"),
    ):
        refusal = azure.refused_put(path, body)
        assert refusal.what == (400, "UserError", "BadArgument")
        assert f"The name for {what} must be at least 3 and at most 32 characters long" in refusal.message


def test_an_endpoints_name_is_taken_in_the_whole_region(azure: ById) -> None:
    refusal = azure.refused_put(endpoint_path("chat", "other"), endpoint())
    assert refusal.what == (400, "UserError", "BadArgument")
    assert "There is already an endpoint with this name" in refusal.message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (deployment(model=LLAMA_2.registry_model_id), "names no version: managed compute takes the id with /versions/"),
        (deployment(model=f"{LLAMA_2.registry_model_id}-not/versions/1"), "was not found"),
        (
            deployment("Standard_NC4as_T4_v3", model=f"{LLAMA_2.registry_model_id}/versions/1"),
            "is too small for Llama-2",
        ),
        (deployment("Standard_X1", model=f"{LLAMA_2.registry_model_id}/versions/1"), "No VM size named 'Standard_X1'"),
        (deployment(instances=51), "asks for 51 instances: give 1 to 50"),
        ({**deployment(), "location": "westus"}, "A deployment lies in the region of its endpoint, eastus2"),
    ],
)
def test_a_deployment_that_cannot_be_is_refused_in_the_envelope_of_managed_compute(
    azure: ById, body: dict[str, Any], said: str
) -> None:
    refusal = azure.refused_put(f"{endpoint_path('chat')}/deployments/blue", body)
    assert refusal.what == (400, "BadRequest")
    assert refusal.message.startswith("The request is invalid. InferencingClient HttpRequest error, error detail: ")
    assert said in refusal.message


@pytest.mark.parametrize("size", [EXEMPT, RESERVED])
def test_quota_is_counted_with_the_reserve_and_shared_by_region_and_family(
    world: SandboxHome, azure: ById, size: Any
) -> None:
    one, two = cores_needed(size, 1), cores_needed(size, 2)
    change_world(world, coreQuotas={f"eastus2/{size.family}": one + two - 1})
    name = f"quota-{size.cores}-{size.gpus}"
    for project in ("project", "other"):
        azure.put(endpoint_path(f"{name}-{project}", project), endpoint())
    first, second = (f"{endpoint_path(f'{name}-{p}', p)}/deployments/blue" for p in ("project", "other"))
    azure.put(first, deployment(size.name))
    refusal = azure.refused_put(second, deployment(size.name, 2))
    assert refusal.what == (400, "BadRequest")
    assert f"Not enough quota available for {size.name} in SubscriptionId" in refusal.message
    assert f"Current usage/limit: {one}/{one + two - 1}. Additional needed: {two}" in refusal.message
    grown = azure.refused_put(first, deployment(size.name, 10))
    assert f"Additional needed: {cores_needed(size, 10) - one}" in grown.message
    azure.put(first, {**deployment(size.name), "tags": {"a": "b"}})
    azure.delete(first)
    azure.put(second, deployment(size.name, 2))


@pytest.mark.parametrize(
    ("limit", "most", "path", "body", "said"),
    [
        ("endpointsPerRegion", 1, endpoint_path("one-more"), endpoint(), "Endpoint Quota reached for subscription"),
        (
            "deploymentsPerEndpoint",
            0,
            f"{endpoint_path('chat')}/deployments/one-more",
            deployment(),
            "for endpoint chat",
        ),
        ("deploymentsPerRegion", 0, f"{endpoint_path('chat')}/deployments/one-more", deployment(), "for subscription"),
    ],
)
def test_a_limit_is_held_and_can_be_set(
    world: SandboxHome, azure: ById, limit: str, most: int, path: str, body: dict[str, Any], said: str
) -> None:
    change_world(world, limits={limit: most})
    refusal = azure.refused_put(path, body)
    assert refusal.what == (400, "InferencingClientCallFailed")
    assert said in refusal.message
    assert f"/{most}.Please clean up existing" in refusal.message


def test_traffic_comes_after_the_deployments_and_adds_up(azure: ById) -> None:
    path = endpoint_path("traffic")
    first = azure.refused_put(path, endpoint(traffic={"blue": 100}))
    assert first.what == (400, "BadRequest")
    assert "no deployment named blue: an endpoint gets its traffic after its deployments" in first.message
    azure.put(path, endpoint())
    for name in ("blue", "green", "grey"):
        azure.put(f"{path}/deployments/{name}", deployment("Standard_DS3_v2"))
    for properties, said in (
        ({"traffic": {"blue": 60}}, "traffic adds up to 60"),
        ({"traffic": {"blue": 101}}, "traffic of blue is not a percentage"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"green": 51}}, "Azure copies at most 50 percent"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"blue": 10}}, "blue has traffic and mirror"),
        ({"traffic": {"blue": 100}, "mirrorTraffic": {"green": 1, "grey": 1}}, "to one deployment only"),
    ):
        refusal = azure.refused_put(path, endpoint(**properties))
        assert refusal.what == (400, "BadRequest")
        assert said in refusal.message
    azure.put(path, endpoint(traffic={"blue": 100}, mirrorTraffic={"green": 10}))
    azure.patch(path, {"properties": {"traffic": {"blue": 90, "green": 10}, "mirrorTraffic": {"green": None}}})
    assert azure.get(path)["properties"]["traffic"] == {"blue": 90, "green": 10}
    assert "traffic adds up to 190" in azure.refused_patch(path, {"properties": {"traffic": {"green": 100}}}).message
    # Half a percent is no whole number, which the body's own shape says before the type is asked.
    half = azure.refused_put(path, endpoint(traffic={"blue": 0.5}))
    assert half.what == (400, "InvalidRequestContent")


def test_a_deployment_with_traffic_is_not_deleted_and_an_endpoint_takes_all_along(arm: Arm, azure: ById) -> None:
    path = endpoint_path("busy")
    azure.put(path, endpoint())
    azure.put(f"{path}/deployments/blue", deployment("Standard_DS3_v2"))
    azure.put(path, endpoint(traffic={"blue": 100}))
    refusal = azure.refused_delete(f"{path}/deployments/blue")
    assert refusal.what == (400, "UserError", "BadRequest")
    assert "The deployment blue has 100 percent of its endpoint's traffic" in refusal.message
    azure.delete(path)
    assert arm.call("GET", f"{path}/deployments/blue").status_code == 404


SHARED = {"properties": {"SharedComputeCapacityEnabled": "true"}}


def test_an_endpoint_on_shared_quota_vanishes_after_its_hours(home: SandboxHome, arm: Arm, azure: ById) -> None:
    path = endpoint_path("shared")
    shown = azure.put(path, endpoint(**SHARED))
    azure.put(f"{path}/deployments/blue", deployment("Standard_DS3_v2"))
    assert shown["properties"]["properties"]["TargetAutoDeletionTime"].endswith(" GMT")
    own = endpoint_path("of-its-own")
    azure.put(own, endpoint())
    advance_clock(home, seconds=(limits()["hours"] - 1) * HOUR)
    assert arm.call("GET", path).status_code == 200
    azure.put(path, endpoint(**SHARED))  # which does not put the end off
    advance_clock(home, seconds=HOUR)
    assert [arm.call("GET", one).status_code for one in (path, f"{path}/deployments/blue", own)] == [404, 404, 200]
    azure.put(path, endpoint(**SHARED))
    azure.delete(path)
    azure.put(path, endpoint())
    advance_clock(home, seconds=limits()["hours"] * HOUR)
    assert arm.call("GET", path).status_code == 200, "another endpoint of the name inherited the end of the first"


def test_shared_quota_takes_an_enterprise_agreement_and_a_time(world: SandboxHome, azure: ById) -> None:
    nonsense = {"properties": {**SHARED["properties"], "TargetAutoDeletionTime": "soon"}}
    assert "give an RFC 1123 time" in azure.refused_put(endpoint_path("soon"), endpoint(**nonsense)).message
    change_world(world, subscriptionKind="PayAsYouGo")
    refusal = azure.refused_put(endpoint_path("pay"), endpoint(**SHARED))
    assert refusal.what == (400, "UserError", "BadRequest")
    assert "Shared quota takes an Enterprise Agreement subscription; this one is PayAsYouGo." in refusal.message


def test_a_limit_that_is_none_is_named(home: SandboxHome) -> None:
    with pytest.raises(SandboxError, match="'endpointsPerPlanet' is not a limit; the limits are tokensPerMinute"):
        change_world(home, limits={"endpointsPerPlanet": 1})
