"""The Foundry catalogue made anew of answers."""

import copy
import datetime as dt
from typing import Any

import pytest
import yaml

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue_refresh import SeenCounter, refreshed
from llama_azure_core.foundry import FoundryModel
from llama_azure_core.models_api import ListedModel, read_models
from llama_azure_core.refreshes import EmptyAnswerError

OLD = load_facts("foundry_catalogue")
ON = dt.date(2026, 12, 1)
LLAMA, SCOUT = "Llama-3.3-70B-Instruct", "Llama-4-Scout-17B-16E-Instruct"
POOL = "AIServices.GlobalStandard.MaaS"


def item(name: str, version: str = "1", *, counter: str = "", kind: str = "AIServices", **model: Any) -> dict[str, Any]:
    """Return a row of the models API, in Azure's own shape."""
    sku = {
        "name": "GlobalStandard",
        "usageName": counter or f"AIServices.GlobalStandard.{name}",
        "capacity": {"minimum": 1, "maximum": 500, "step": 1, "default": 5, "allowedValues": None},
        "rateLimits": [{"key": "token", "renewalPeriod": 60, "count": 1000}, {"key": "request", "count": 1}],
    }
    own = {"format": "Meta", "name": name, "version": version, "isDefaultVersion": True, "skus": [sku]}
    return {"kind": kind, "skuName": "S0", "model": {**own, "lifecycleStatus": "GenerallyAvailable", **model}}


def listed(*rows: dict[str, Any]) -> tuple[ListedModel, ...]:
    return read_models(rows)


def row_of(content: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in content["models"] if row["name"] == name)
    return found


def test_a_model_of_metas_that_is_called_no_llama_is_in_the_catalogue() -> None:
    answers = {"eastus2": listed(item("muse-glimmer-30b", counter=POOL), item("gpt-4o", format="OpenAI"))}
    made = refreshed(OLD, answers, {}, ON)
    row = row_of(made.content, "muse-glimmer-30b")
    assert (row["confidence"], row["format"]) == ("observed", "Meta")
    assert row["soldByAzure"] is False  # as the others of its counter
    assert "new: muse-glimmer-30b" in made.changes
    assert "gpt-4o" not in {one["name"] for one in made.content["models"]}


def test_who_sells_a_new_model_is_not_guessed_from_its_name() -> None:
    made = refreshed(OLD, {"eastus2": listed(item("Llama-9", counter="Own.Counter"))}, {}, ON)
    row = row_of(made.content, "Llama-9")
    assert row["soldByAzure"] is False
    assert "does not say who sells it" in row["note"]


def test_versions_counters_and_days_are_taken_over_as_they_are_said() -> None:
    said = item(
        LLAMA,
        "12",
        counter="Some.Counter",
        deprecation={"inference": "2027-03-01T00:00:00Z", "deprecationStatus": "Planned"},
        replacementConfig={"targetModelName": SCOUT, "targetModelVersion": "1"},
    )
    seen = {"some.counter": SeenCounter(77, "DataZone")}
    made = refreshed(OLD, {"eastus2": listed(said)}, seen, ON)
    row = FoundryModel.model_validate(row_of(made.content, LLAMA))
    version = row.version("12")
    assert version is not None
    assert (version.inference_ends, version.replacement) == (dt.date(2027, 3, 1), SCOUT)
    assert (version.skus[0].usage_name, version.skus[0].capacity.maximum) == ("Some.Counter", 500)
    assert made.content["usages"]["Some.Counter"] == {
        "limit": 77,
        "scope": "DataZone",
        "source": ["S214"],
        "confidence": "observed",
    }
    assert row.default_version is version
    assert made.content["asOf"] == ON
    assert f"{LLAMA} default version: 12, before 9" in made.changes
    assert f"new: {LLAMA} 12 inferenceEnds: 2027-03-01" in made.changes
    assert f"{LLAMA} 9 GlobalStandard regions: no longer eastus2" in made.changes


def test_regions_that_were_not_asked_stay_and_those_that_list_nothing_go() -> None:
    answers = {"eastus2": listed(item(LLAMA, "9")), "westus": ()}
    made = refreshed(OLD, answers, {}, ON)
    regions = FoundryModel.model_validate(row_of(made.content, LLAMA)).versions[0].skus[0].regions
    assert {"eastus2", "swedencentral"} <= {*regions}
    assert "westus" not in regions
    assert "eastus2" not in FoundryModel.model_validate(row_of(made.content, SCOUT)).versions[0].skus[0].regions


def test_what_no_region_lists_any_more_is_gone_and_said_to_be() -> None:
    every = {
        region for row in OLD["models"] for one in row["versions"] for sku in one["skus"] for region in sku["regions"]
    }
    made = refreshed(OLD, {region: listed(item(LLAMA, "9")) for region in every}, {}, ON)
    assert [row["name"] for row in made.content["models"]] == [LLAMA]
    assert {f"gone: {SCOUT}", f"gone: {LLAMA} 4", f"gone: counter {POOL}"} <= {*made.changes}


@pytest.mark.parametrize("answers", [{}, {"eastus2": ()}, {"eastus2": listed(item("gpt-4o", format="OpenAI"))}])
def test_an_empty_answer_is_refused(answers: dict[str, tuple[ListedModel, ...]]) -> None:
    with pytest.raises(EmptyAnswerError, match="no model of the format Meta"):
        refreshed(OLD, answers, {}, ON)


def test_the_earlier_day_of_two_regions_counts_and_the_facts_themselves_stay() -> None:
    before = copy.deepcopy(OLD)
    days = {"eastus2": "2027-06-01T00:00:00Z", "westus": "2027-05-01T00:00:00Z", "uksouth": None}
    answers = {
        region: listed(item(LLAMA, "9", deprecation={"inference": day} if day else None))
        for region, day in days.items()
    }
    made = refreshed(OLD, answers, {}, ON)
    assert row_of(made.content, LLAMA)["versions"][0]["inferenceEnds"] == dt.date(2027, 5, 1)
    assert before == OLD


def test_the_same_answers_twice_change_nothing() -> None:
    answers = {"eastus2": listed(item(LLAMA, "9"), item(SCOUT, counter=POOL))}
    once = refreshed(OLD, answers, {}, ON)
    again = refreshed(yaml.safe_load(yaml.safe_dump(once.content)), answers, {}, ON)
    assert (again.changes, again.content) == ((), once.content)


def test_models_of_other_kinds_of_account_are_none_of_a_foundry_resources() -> None:
    assert read_models([item(LLAMA, kind="OpenAI"), item(SCOUT)]) == listed(item(SCOUT))
    with pytest.raises(ValueError, match="no object"):
        read_models(["nonsense"])
