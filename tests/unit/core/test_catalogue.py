"""The catalogue: what is offered where and when."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core._facts import load_facts
from llama_azure_core.catalogue import (
    Model,
    UnknownModelError,
    all_models,
    find_model,
    lifecycle_refusal,
    model_of_registry_id,
    serverless_availability,
    serverless_regions,
    snapshot_in_force,
    what_remains,
)

SEED_DAY = dt.date(2024, 7, 1)
AUTUMN = dt.date(2026, 9, 1)
"""After the days of 2026 from which Microsoft retired models, and before those of third parties."""
models = st.sampled_from(all_models())
days = st.dates(min_value=dt.date(2023, 1, 1), max_value=dt.date(2028, 1, 1))
regions = st.sampled_from(sorted({*load_facts("regions")["displayNames"], "norwayeast"}))


@pytest.mark.parametrize("name", ["Meta-Llama-3-8B", "Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"])
def test_llama_3_is_offered_where_the_document_says(name: str) -> None:
    assert serverless_regions(find_model(name), SEED_DAY) == ("eastus2", "swedencentral")


def test_a_later_table_takes_the_place_of_an_earlier_one() -> None:
    model = find_model("Meta-Llama-3-8B-Instruct")
    assert "westus" not in serverless_regions(model, dt.date(2024, 8, 4))
    assert "westus" in serverless_regions(model, dt.date(2024, 8, 5))


def test_a_table_that_does_not_mention_a_model_says_nothing_of_it() -> None:
    # The seed's document is about Llama 3: for Llama 2 the table of December 2023 still holds.
    assert serverless_regions(find_model("Llama-2-7b"), SEED_DAY) == ("eastus2", "westus3")


def test_regions_are_the_same_place_in_either_spelling() -> None:
    model = find_model("Meta-Llama-3-8B-Instruct")
    assert serverless_availability(model, "East US 2", SEED_DAY) == serverless_availability(model, "eastus2", SEED_DAY)


@pytest.mark.parametrize(
    ("name", "region", "day", "refusal"),
    [
        ("Meta-Llama-3-8B-Instruct", "westeurope", SEED_DAY, "not offered as a serverless API in westeurope"),
        ("Llama-3.3-70B-Instruct", "eastus2", SEED_DAY, "not offered as a serverless API on 2024-07-01"),
        ("CodeLlama-7b-hf", "eastus2", SEED_DAY, "not offered as a serverless API"),
        ("Llama-2-7b", "eastus2", dt.date(2025, 4, 1), "deprecated since 2025-03-31"),
        (
            "Meta-Llama-3-70B-Instruct",
            "eastus2",
            dt.date(2025, 6, 30),
            "retired on 2025-06-30; Microsoft names Llama-3.3",
        ),
    ],
)
def test_a_refusal_says_why(name: str, region: str, day: dt.date, refusal: str) -> None:
    availability = serverless_availability(find_model(name), region, day)
    assert not availability.is_offered
    assert refusal in (availability.refusal or "")


@given(models, regions, days)
def test_a_model_is_offered_only_in_its_regions_and_never_after_its_end(model, region, day) -> None:
    availability = serverless_availability(model, region, day)
    if availability.is_offered:
        assert region in availability.regions
        assert model.lifecycle.retired is None or day < model.lifecycle.retired
        assert model.lifecycle.deprecated is None or day < model.lifecycle.deprecated
    else:
        assert availability.refusal


@given(models)
def test_a_registry_id_names_its_model_with_and_without_a_version(model) -> None:
    assert model_of_registry_id(model.registry_model_id) == model
    assert model_of_registry_id(f"{model.registry_model_id.upper()}/versions/3") == model


@pytest.mark.parametrize(
    "stranger", ["", "Meta-Llama-3-8B", "azureml://registries/azureml/models/Phi-3.5-vision-instruct"]
)
def test_a_strangers_registry_id_names_no_model(stranger: str) -> None:
    assert model_of_registry_id(stranger) is None


def test_a_misspelt_name_is_answered_with_near_ones() -> None:
    with pytest.raises(UnknownModelError, match="Did you mean Meta-Llama-3-8B-Instruct"):
        find_model("Meta-Llama-3-8B-Instuct")


def test_a_classifier_replaces_no_model_that_chats_and_no_model_that_chats_a_classifier() -> None:
    for model in all_models():
        named = [other for other in all_models() if f"{other.name} (" in what_remains(model, SEED_DAY)]
        named += [other for other in all_models() if f"{other.name} (" in what_remains(model, AUTUMN)]
        assert all(other.is_classifier is model.is_classifier and other.api is model.api for other in named), model.name
    assert "Llama-3.3-70B-Instruct (" in what_remains(find_model("Meta-Llama-3.1-8B-Instruct"), AUTUMN)
    assert "Guard" not in what_remains(find_model("Meta-Llama-3.1-8B-Instruct"), AUTUMN)


def test_a_model_that_takes_no_images_replaces_none_that_does() -> None:
    remaining = what_remains(find_model("Llama-3.2-90B-Vision-Instruct"), AUTUMN)
    assert "Llama-4-Scout-17B-16E-Instruct (foundry)" in remaining
    assert "Llama-3.3-70B-Instruct" not in remaining


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.name)
def test_what_remains_has_not_ended_itself_whoever_named_the_day(model: Model) -> None:
    for on in (dt.date(2025, 7, 1), AUTUMN, dt.date(2026, 12, 1), dt.date(2027, 6, 1)):
        said = what_remains(model, on)
        for other in all_models():
            life = other.lifecycle
            ends = [day for day in (life.deprecated, life.retired, life.planned_retirement) if day and day <= on]
            assert not ends or f"{other.name} (" not in said
        assert f" {model.name} (" not in said


def test_a_replacement_that_has_ended_itself_is_said_to_have() -> None:
    refusals = {model.name: lifecycle_refusal(model, AUTUMN) or "" for model in all_models()}
    assert any("Meta-Llama-3.1-8B-Instruct as its replacement, which has ended too" in one for one in refusals.values())
    assert not any("Llama-3.3-70B-Instruct as its replacement, which" in one for one in refusals.values())


def test_the_table_in_force_is_the_newest_that_mentions_the_model_and_tells_its_day() -> None:
    model = find_model("Meta-Llama-3-8B-Instruct")
    before, after = snapshot_in_force(model, dt.date(2024, 8, 4)), snapshot_in_force(model, dt.date(2024, 8, 5))
    assert before is not None
    assert after is not None
    assert before[1] < after[1] == dt.date(2024, 8, 5)
    assert snapshot_in_force(model, dt.date(2023, 1, 1)) is None
