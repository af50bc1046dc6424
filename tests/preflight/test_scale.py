"""A stack of a hundred projects: few enough requests, and no time wasted between them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from llama_azure_core.rbac import preflight_reader_actions
from llama_azure_sandbox.arm.world_settings import WorldSettings
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import SandboxHome
from tests.preflight.bench import LLAMA_8B, Bench
from tests.preflight.scenarios import T4, make_online
from tests.support.arm import SUBSCRIPTION, Arm

PROJECTS = 100
LLAMA_70B = "Meta-Llama-3-70B-Instruct"

# What docs/preflight.md promises.
ONCE = 24
PER_PROJECT = 4


@pytest.fixture(scope="module")
def estate(home: SandboxHome, arm: Arm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A hundred projects that are there, with two serverless endpoints and one managed deployment each."""
    bench = Bench(home, arm, tmp_path_factory.mktemp("scale"))
    limits = {"endpointsPerRegion": 1000, "deploymentsPerRegion": 1000}
    change_world(home, limits=limits, subscriptionKind="PayAsYouGo", defaultCoreQuota=25_600)
    bench.configure(location="swedencentral")
    bench.make_group()
    bench.make_workspace("hub")
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: make_project(bench, name), names()))
    yield bench
    change_world(home, **WorldSettings().model_dump(by_alias=True, mode="json"))


def names() -> list[str]:
    return [f"project-{number:03}" for number in range(PROJECTS)]


def make_project(bench: Bench, name: str) -> None:
    bench.make_workspace(name, "Project")
    bench.make_endpoint(f"{name}-8b", project=name)
    bench.make_endpoint(f"{name}-70b", LLAMA_70B, project=name)
    make_online(bench, f"{name}-chat", instances=1, project=name)


def project(name: str) -> dict[str, Any]:
    blue = {"model": LLAMA_8B, "version": "1", "vmSize": T4, "instances": 2, "traffic": 100}
    return {
        "serverless": [{"model": LLAMA_8B, "name": f"{name}-8b"}, {"model": LLAMA_70B, "name": f"{name}-70b"}],
        "managed": {"chat": {"name": f"{name}-chat", "deployments": {"blue": blue}}},
    }


def test_three_hundred_deployments_take_a_bounded_number_of_requests_and_little_more_than_the_slowest_chain(
    estate: Bench,
) -> None:
    estate.configure(projects={name: project(name) for name in names()})
    # Somebody who may not do everything everywhere is the worst case: each project is asked for by itself.
    reader = estate.principal("reader", (list(preflight_reader_actions()), SUBSCRIPTION))
    add_fault(estate.home, "delay", plane="arm", operation="read", delay_seconds=1.5)
    try:
        outcome = estate.check(principal=reader)
    finally:
        clear_faults(estate.home)
    work = outcome.report["work"]
    assert {row["result"] for row in outcome.rows} == {"pass", "fail", "warn"}
    assert len(outcome.results("PF-MDL-003")) == PROJECTS
    assert len(outcome.results("PF-NAME-003")) == 3 * PROJECTS
    online_endpoints = PROJECTS
    assert work["requests"] > PER_PROJECT * PROJECTS
    assert work["requests"] <= ONCE + PER_PROJECT * PROJECTS + online_endpoints
    assert work["seconds"] <= 3 * work["slowestChainSeconds"]
