"""How long resources stand there, kept in the store with them, and what a day of it is charged."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llama_azure_core.resource_types import ONLINE_DEPLOYMENT, POSTGRES_SERVER, PRIVATE_ENDPOINT
from llama_azure_sandbox.arm.store import Store, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, Latency, World
from llama_azure_sandbox.billing.charges import charges
from llama_azure_sandbox.inference.ledger import Ledger

GROUP = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg"
SIZE = "Standard_NC24ads_A100_v4"
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC).timestamp()
HOUR, DAY = 3600, 86400


class Clock:
    """A machine's clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def world_of(path: Path, clock: Clock) -> World:
    return World(Store(path / "azure.db"), dt.date(2026, 3, 10), "https://sandbox", Latency.NONE, clock)


@pytest.fixture
def world(tmp_path: Path, clock: Clock) -> World:
    return world_of(tmp_path, clock)


def machines(instances: int = 1, state: str = "Succeeded", **more: Any) -> StoredResource:
    path = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/p/onlineEndpoints/e/deployments/blue"
    body = {
        "location": "eastus",
        "sku": {"name": "Default", "capacity": instances},
        "properties": {"instanceType": SIZE, "provisioningState": state},
        **more,
    }
    return StoredResource(path.lower(), path, ONLINE_DEPLOYMENT, GROUP.lower(), "one", body, {})


def hours(world: World, tmp_path: Path) -> dict[dt.date, float]:
    found: dict[dt.date, Decimal] = {}
    for one in charges(world, Ledger(tmp_path / "azure.db")):
        found[one.day] = found.get(one.day, Decimal(0)) + one.quantity
    return {day: round(float(much), 3) for day, much in found.items()}


def test_machines_are_charged_by_the_hour_of_each_day(world: World, tmp_path: Path, clock: Clock) -> None:
    world.store.save(machines(2))
    world.advance_clock(DAY)
    assert hours(world, tmp_path) == {dt.date(2026, 3, 10): 24.0, dt.date(2026, 3, 11): 24.0}


def test_a_change_of_their_number_counts_from_its_moment_on(world: World, tmp_path: Path, clock: Clock) -> None:
    world.store.save(machines(1))
    clock.now += HOUR
    world.store.save(machines(3))
    clock.now += HOUR
    assert hours(world, tmp_path) == {dt.date(2026, 3, 10): 4.0}


def test_what_changes_nothing_that_costs_is_one_time(world: World, clock: Clock) -> None:
    world.store.save(machines())
    clock.now += HOUR
    world.store.save(machines(identity={"type": "None"}))
    assert len(world.store.stood_there()) == 1


def test_tags_are_those_of_the_time(world: World, tmp_path: Path, clock: Clock) -> None:
    world.store.save(machines(tags={"owner": "a"}))
    clock.now += HOUR
    world.store.save(machines(tags={"owner": "b"}))
    clock.now += HOUR
    found = charges(world, Ledger(tmp_path / "azure.db"))
    assert {one.tags["owner"]: round(float(one.quantity), 3) for one in found} == {"a": 1.0, "b": 1.0}


def test_what_is_removed_with_its_group_costs_nothing_from_then_on(world: World, tmp_path: Path, clock: Clock) -> None:
    group = StoredResource(GROUP.lower(), GROUP, "Microsoft.Resources/resourceGroups", None, "g", {}, {})
    world.store.save(group)
    world.store.save(machines())
    clock.now += HOUR
    world.store.remove(group.key)
    clock.now += DAY
    assert sum(hours(world, tmp_path).values()) == 1.0


def test_what_was_due_earlier_ended_then(world: World, tmp_path: Path, clock: Clock) -> None:
    world.store.save(machines())
    clock.now += DAY
    with world.store.at(NOON + HOUR):
        world.store.remove(machines().key)
    assert sum(hours(world, tmp_path).values()) == 1.0


def test_a_deployment_that_failed_costs_nothing(world: World, clock: Clock) -> None:
    world.store.save(machines(state="Failed"))
    assert world.store.stood_there() == []


def test_time_is_kept_over_a_restart(world: World, tmp_path: Path, clock: Clock) -> None:
    world.store.save(machines())
    clock.now += HOUR
    world.store.close()
    clock.now += HOUR
    assert hours(world_of(tmp_path, clock), tmp_path) == {dt.date(2026, 3, 10): 2.0}


def test_a_resource_of_two_meters_is_charged_by_both(world: World, tmp_path: Path, clock: Clock) -> None:
    path = f"{GROUP}/providers/{POSTGRES_SERVER}/one"
    body = {
        "location": "eastus",
        "sku": {"name": "Standard_D2ds_v5"},
        "properties": {"storage": {"storageSizeGB": 64}, "highAvailability": {"mode": "ZoneRedundant"}},
    }
    world.store.save(StoredResource(path.lower(), path, POSTGRES_SERVER, GROUP.lower(), "1", body, {}))
    clock.now += HOUR
    found = {one.unit: float(one.quantity) for one in charges(world, Ledger(tmp_path / "azure.db"))}
    assert found == {"1 Hour": pytest.approx(2), "1 GB/Month": pytest.approx(2 * 64 / 24 / 31)}


def test_a_resource_made_anew_is_charged_for_both_times(world: World, tmp_path: Path, clock: Clock) -> None:
    path = f"{GROUP}/providers/{PRIVATE_ENDPOINT}/one"
    one = StoredResource(path.lower(), path, PRIVATE_ENDPOINT, GROUP.lower(), "1", {"location": "eastus"}, {})
    for instance in ("1", "2"):
        world.store.save(replace(one, instance=instance))
        clock.now += HOUR
        world.store.remove(one.key)
        clock.now += HOUR
    assert sum(hours(world, tmp_path).values()) == 2.0
