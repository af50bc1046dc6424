"""A large deployment under Azure Resource Manager's own limits of requests."""

from pathlib import Path

from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.process import StartOptions
from tests.soak.conftest import MOST_SECONDS, Tally
from tests.support.second_reader import second_reader
from tests.support.workbench import open_workbench

ENDPOINTS = 100
MODELS = ("Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct")
STACK = "sandbox"


def test_an_update_of_a_hundred_endpoints_passes_when_throttled(tmp_path: Path, soak: Tally) -> None:
    """One attempt, beside somebody who reads all that the same identity may: the engine's clients wait as told."""

    def attempt(seed: int) -> None:
        with open_workbench(tmp_path / f"workbench-{seed}", StartOptions(port=0), forks=False) as bench:
            change_world(bench.home, throttling="arm")
            projects = {
                f"team-{number:03}": {
                    "serverless": [
                        {"model": model, "name": f"throttled-{number:03}-{at}"} for at, model in enumerate(MODELS)
                    ]
                }
                for number in range(ENDPOINTS // len(MODELS))
            }
            bench.configure(STACK, **{"llama-azure:projects": projects})
            bench.pulumi("stack", "init", STACK)
            with second_reader(bench.home) as throttled:
                up = bench.popen("up", "--stack", STACK, "--yes", "--skip-preview")
                told, _ = up.communicate(timeout=MOST_SECONDS)
            assert up.returncode == 0, told
            assert throttled.others, "nothing was throttled"
            made = [one for one in bench.state(STACK) if one["type"].endswith(":ServerlessEndpoint")]
            assert len([one for one in made if one["type"].startswith("azure-native:")]) == ENDPOINTS

    soak.run_once(attempt)
