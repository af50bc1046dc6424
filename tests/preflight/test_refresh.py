"""``refresh-catalogue`` against the sandbox: real sign-in, real HTTP, a catalogue file of the test's own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from llama_azure_core.foundry import FoundryModel
from llama_azure_preflight.refresh import installed_catalogue, main
from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.principals import NewPrincipal
from llama_azure_sandbox.home import SandboxHome
from tests.preflight.bench import Bench, Outcome
from tests.preflight.scenarios import LLAMA_33, MAVERICK, SCOUT
from tests.support.arm import SUBSCRIPTION


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return Path(shutil.copy(installed_catalogue(), tmp_path / "catalogue.yaml"))


@pytest.fixture(autouse=True)
def _no_faults(home: SandboxHome) -> Iterator[None]:
    yield
    clear_faults(home)


def refresh(bench: Bench, catalogue: Path, *arguments: str, principal: NewPrincipal | None = None) -> Outcome:
    with bench.environment(principal):
        result = CliRunner().invoke(main, ["--file", str(catalogue), *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return Outcome(result.exit_code, result.stdout, result.stderr)


def content(catalogue: Path) -> Any:
    return yaml.safe_load(catalogue.read_text(encoding="utf-8"))


def test_what_azure_lists_is_written_with_its_day_and_what_changed_is_printed(bench: Bench, catalogue: Path) -> None:
    bench.world(foundryModels={LLAMA_33: {"ends": "2027-02-01", "replacement": MAVERICK, "regions": ["East US 2"]}})
    outcome = refresh(bench, catalogue)
    assert outcome.exit_code == 0, outcome.errors
    assert f"new: {LLAMA_33} 9 inferenceEnds: 2027-02-01" in outcome.output
    assert f"new: {LLAMA_33} 9 replacement: {MAVERICK}" in outcome.output
    assert f"{LLAMA_33} 9 GlobalStandard regions: no longer australiaeast" in outcome.output
    row = next(one for one in content(catalogue)["models"] if one["name"] == LLAMA_33)
    assert FoundryModel.model_validate(row).versions[0].skus[0].regions == ("eastus2",)
    assert (row["confidence"], row["soldByAzure"]) == ("observed", True)
    assert catalogue.read_text(encoding="utf-8").startswith("# The models that Foundry resources deploy")
    again = refresh(bench, catalogue)
    assert again.output == f"nothing is otherwise; catalogue.yaml is of {content(catalogue)['asOf']}\n"


def test_a_check_writes_nothing_and_says_by_its_exit_code_that_something_is_otherwise(
    bench: Bench, catalogue: Path
) -> None:
    before = catalogue.read_text(encoding="utf-8")
    bench.world(foundryModels={SCOUT: {"ends": "2027-01-31"}})
    outcome = refresh(bench, catalogue, "--check", "--region", "swedencentral")
    assert (outcome.exit_code, catalogue.read_text(encoding="utf-8")) == (1, before)
    assert "2027-01-31" in outcome.output


@pytest.mark.parametrize("regions", [["--region", "eastus2"], []])
def test_an_empty_answer_is_refused_and_nothing_is_written(bench: Bench, catalogue: Path, regions: list[str]) -> None:
    before = catalogue.read_text(encoding="utf-8")
    bench.world(foundryModels={name: {"regions": []} for name in (LLAMA_33, MAVERICK, SCOUT)})
    outcome = refresh(bench, catalogue, *regions)
    assert (outcome.exit_code, catalogue.read_text(encoding="utf-8")) == (3, before)
    assert "lists no model of the format Meta" in outcome.errors
    assert outcome.errors.endswith("nothing is written\n")


def test_a_region_that_does_not_answer_leaves_the_catalogue_as_it_is(bench: Bench, catalogue: Path) -> None:
    before = catalogue.read_text(encoding="utf-8")
    add_fault(bench.home, "server-error", plane="arm", status=501)
    outcome = refresh(bench, catalogue, "--region", "eastus2")
    assert (outcome.exit_code, catalogue.read_text(encoding="utf-8")) == (3, before)
    assert outcome.errors.startswith("refresh-catalogue: eastus2 could not be asked: ")


def test_it_takes_reading_alone_and_goes_without_counters_where_nobody_may_read_them(
    bench: Bench, catalogue: Path
) -> None:
    somebody = bench.principal("catalogue", (["Microsoft.CognitiveServices/locations/models/read"], SUBSCRIPTION))
    outcome = refresh(bench, catalogue, "--region", "eastus2", principal=somebody)
    assert outcome.exit_code == 0, outcome.errors
    assert "Cognitive Services Usages Reader" in outcome.errors


def test_a_file_that_is_no_catalogue_is_named(bench: Bench, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("models: 1\n", encoding="utf-8")
    outcome = refresh(bench, other)
    assert (outcome.exit_code, "is no catalogue" in outcome.errors) == (3, True)
    assert refresh(bench, tmp_path / "nowhere.yaml").exit_code == 3
