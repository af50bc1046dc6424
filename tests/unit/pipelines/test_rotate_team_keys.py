"""A team's key is renewed so that whoever reads the vault, or was handed a key, holds one that the proxy takes."""

from typing import Any

import pytest

from llama_azure_core.gateway import team_secret
from llama_azure_pipelines.environments import environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.steps import rotate_team_keys as rotation

OUTPUTS: dict[str, Any] = {
    "gateway": {"keyVault": "/vault", "teamSecrets": {"search": "https://vault/secrets/x"}, "teamsJob": "/job"}
}
SECRET = f"/vault/secrets/{team_secret('search')}"


class World:
    """A vault, a job that has the proxy know what the vault holds, and what is done in which order."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.held: dict[str, str] = {SECRET: "old"}
        self.taken = {"old"}
        self.callers = "old"
        self.steps: list[str] = []
        self.fails_at = fails_at

    def step(self, name: str) -> None:
        if self.fails_at == len(self.steps):
            raise StepError("killed")
        self.steps.append(name)
        # Whoever reads the vault, and whoever was handed a key, is never refused.
        assert self.held[SECRET] in self.taken
        assert self.callers in self.taken

    def call(self, method: str, path: str, _version: str, body: Any = None) -> Any:
        self.step(f"{method} {path}")
        if method == "PUT":
            self.held[path] = body["properties"]["value"]
        if method == "PATCH":
            self.held.pop(path)
        if path.endswith("/start"):
            # Keys that are no longer wanted go on for a day.
            self.taken |= set(self.held.values())
            return {"name": "run"}
        return {"value": [{"name": "run", "properties": {"status": "Succeeded"}}]}

    def hand_over(self, keys: dict[str, str], _remedy: str) -> None:
        self.step("hand over")
        self.callers = keys[team_secret("search")]


def rotate(world: World, monkeypatch: pytest.MonkeyPatch, only: str | None = None) -> None:
    monkeypatch.setattr(rotation, "Arm", lambda _stack: world)
    rotation.rotate_team_keys("dev", OUTPUTS, environments(), world.hand_over, only)


def test_a_new_key_works_before_anybody_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    rotate(world, monkeypatch)
    assert world.steps == [
        f"PUT {SECRET}-next",
        "POST /job/start",
        "GET /job/executions",
        f"PUT {SECRET}",
        "hand over",
        "POST /job/start",
        "GET /job/executions",
        f"PATCH {SECRET}-next",
    ]
    assert world.callers == world.held[SECRET] != "old"
    assert world.callers.startswith("sk-")


@pytest.mark.parametrize("fails_at", range(8))
def test_a_run_that_ends_anywhere_leaves_keys_that_work_and_another_run_ends_well(
    fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(fails_at)
    with pytest.raises(StepError, match="killed"):
        rotate(world, monkeypatch)
    assert {world.held[SECRET], world.callers} <= world.taken
    world.fails_at = None
    rotate(world, monkeypatch)
    assert world.callers == world.held[SECRET] != "old"


def test_a_team_that_is_not_there_is_told_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepError, match=r"no such team .* it has: search"):
        rotate(World(), monkeypatch, "other")
