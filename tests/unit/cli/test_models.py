"""`llama-azure models` says what settings would take, and why not."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from llama_azure_cli.main import cli
from llama_azure_core.catalogue import (
    BackEnd,
    all_models,
    find_model,
    lifecycle_refusal,
    serverless_availability,
    snapshot_in_force,
)
from llama_azure_core.deployable import deployable
from llama_azure_core.foundry import catalogue_date, foundry_models
from llama_azure_core.managed_compute import vm_size_problem
from llama_azure_core.quota import vm_sizes
from llama_azure_core.regions import region_names
from llama_azure_sandbox.home import PROJECT_ROOT

LAUNCH = dt.date(2024, 7, 1)
NOW = dt.date(2026, 11, 28)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), prog_name="llama-azure")


def listed(*arguments: str) -> list[dict[str, Any]]:
    answer = run("models", "--json", *arguments)
    assert answer.exit_code == 0, answer.output
    rows: list[dict[str, Any]] = json.loads(answer.output)["models"]
    return rows


@pytest.mark.parametrize("day", [LAUNCH, NOW, dt.date(2027, 6, 1)], ids=str)
def test_the_regions_of_serverless_apis_are_those_that_the_settings_take(day: dt.date) -> None:
    rows = {row.model.name: row for row in deployable(day) if row.back_end is BackEnd.SERVERLESS}
    for model in all_models():
        taken = [one for one in region_names() if serverless_availability(model, one, day).is_offered]
        assert taken == sorted(rows[model.name].regions or ()) if model.name in rows else taken == []


@pytest.mark.parametrize("day", [LAUNCH, NOW], ids=str)
def test_no_model_that_has_ended_is_listed(day: dt.date) -> None:
    names = {row.model.name for row in deployable(day)}
    assert names
    assert names.isdisjoint(model.name for model in all_models() if lifecycle_refusal(model, day))


def test_every_model_of_the_foundrys_catalogue_that_has_not_ended_is_listed_with_its_skus() -> None:
    rows = {row.model.name: row for row in deployable(NOW) if row.back_end is BackEnd.FOUNDRY}
    assert rows.keys() == foundry_models().keys()
    for name, row in rows.items():
        assert row.skus == tuple(sku.name for sku in foundry_models()[name].default_version.skus)


@pytest.mark.parametrize("day", [LAUNCH, NOW], ids=str)
def test_the_vm_sizes_of_managed_compute_are_those_that_the_settings_take(day: dt.date) -> None:
    rows = [row for row in deployable(day) if row.back_end is BackEnd.MANAGED]
    assert rows
    for row in rows:
        taken = {one.name for one in vm_sizes().values() if vm_size_problem(row.model, one.name, day) is None}
        assert set(row.vm_sizes) <= taken
        facts = row.model.managed_compute
        assert facts is not None
        assert set(row.vm_sizes) == (
            taken if facts.vm_sizes_are == "allow-list" else taken.intersection(facts.vm_sizes)
        )


def test_filters_leave_only_what_fits() -> None:
    filters = ["--region", "East US 2", "--api", "chat", "--back-end", "serverless", "--context", "100000"]
    rows = listed("--on", "2026-11-28", *filters)
    assert [row["model"] for row in rows] == ["Llama-3.3-70B-Instruct"]
    assert "eastus2" in rows[0]["regions"]
    assert rows[0]["ends"][0]["day"] == str(find_model("Llama-3.3-70B-Instruct").lifecycle.planned_retirement)


def test_a_filter_by_context_names_what_it_leaves_out_for_want_of_a_fact() -> None:
    unknown = [
        model.name for model in all_models() if model.context_tokens is None and not lifecycle_refusal(model, NOW)
    ]
    begins = "Not known how long a context they take, and so left out: "
    lines = run("models", "--on", str(NOW), "--context", "1").output.splitlines()
    said = next(line for line in lines if line.startswith(begins))
    assert set(said.partition(": ")[2].rstrip(".").split(", ")) == set(unknown)


def test_of_a_model_that_has_ended_the_command_says_why_and_what_remains() -> None:
    answer = run("models", "meta-llama-3-8b-instruct", "--on", str(NOW))
    assert answer.exit_code == 0
    assert answer.output.strip() == f"{lifecycle_refusal(find_model('Meta-Llama-3-8B-Instruct'), NOW)}."
    assert "Llama-3.3-70B-Instruct" in answer.output


def test_of_a_model_that_is_elsewhere_the_command_says_where() -> None:
    answer = run("models", "Llama-4-Scout-17B-16E-Instruct", "--region", "chilecentral", "--on", str(NOW))
    assert "cannot be deployed so in chilecentral on 2026-11-28. It can be: foundry in australiaeast, " in answer.output


def test_the_age_of_the_tables_is_told() -> None:
    model = find_model("Llama-3.3-70B-Instruct")
    table = snapshot_in_force(model, NOW)
    assert table is not None
    said = run("models", model.name, "--on", str(NOW)).output
    assert f"serverless of {table[1]}, {(NOW - table[1]).days} days before" in said
    assert f"foundry of {catalogue_date()}" in said


def test_a_stacks_date_and_region_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    rows = listed("--stack", "sandbox", "--back-end", "serverless")
    assert {row["model"] for row in rows} >= {"Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"}
    assert all("eastus2" in row["regions"] for row in rows)
    assert "Deployable on 2024-07-01 in eastus2" in run("models", "--stack", "sandbox").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models", "Llama-3.3-70B"], "named 'Llama-3.3-70B'. Did you mean Llama-3.3-70B-Instruct"),
        (["models", "--region", "eastus9"], "Azure has no region 'eastus9'; did you mean eastus, "),
        (["models", "--stack", "nowhere"], "stacks/Pulumi.nowhere.yaml is not there"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, list) else "",
)
def test_a_name_that_is_none_gets_a_sentence_and_the_nearest(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
    answer = run(*arguments)
    assert answer.exit_code == 3
    assert said in answer.output
    assert answer.output.startswith("llama-azure: ")
    assert answer.output.count("\n") == 1


def test_a_wrong_date_is_a_wrong_command_line() -> None:
    answer = run("models", "--on", "soon")
    assert answer.exit_code == 2
    assert "'soon' is not a date; write it as 2026-12-31" in answer.output


def test_it_needs_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert listed("--on", "2024-07-01", "Meta-Llama-3-8B")
