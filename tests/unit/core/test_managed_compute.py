"""Managed compute: which VM sizes can serve a model."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import all_models, find_model
from llama_azure_core.managed_compute import vm_size_problem
from llama_azure_core.quota import VmSize, vm_sizes

SEED_DAY = dt.date(2024, 7, 1)
LISTED = [
    model for model in all_models() if model.managed_compute and model.managed_compute.vm_sizes_are == "allow-list"
]


@pytest.mark.parametrize("model", LISTED, ids=lambda model: model.name)
def test_every_listed_size_serves_its_model_while_azure_has_it(model) -> None:
    listed = model.managed_compute.vm_sizes
    assert [size for size in listed if vm_size_problem(model, size, SEED_DAY)] == []


def test_a_larger_size_than_a_listed_one_serves_too() -> None:
    assert vm_size_problem(find_model("Llama-2-7b-chat"), "Standard_NC48ads_A100_v4", SEED_DAY) is None


def test_a_size_that_is_too_small_is_refused_with_those_that_are_not() -> None:
    problem = vm_size_problem(find_model("Llama-2-70b"), "Standard_NC24ads_A100_v4", SEED_DAY)
    assert problem is not None
    assert "too small for Llama-2-70b: it takes Standard_ND40rs_v2" in problem


@pytest.mark.parametrize(
    "model",
    [model for model in all_models() if model.managed_compute],
    ids=lambda model: model.name,
)
@pytest.mark.parametrize("size", ["Standard_DS3_v2", "Standard_F72s_v2", "Standard_L80as_v3"])
def test_a_size_without_a_gpu_is_known_and_too_small(model, size: str) -> None:
    assert f"{size} is too small for {model.name}" in (vm_size_problem(model, size, SEED_DAY) or "")


def test_a_model_of_another_back_end_says_which() -> None:
    problem = vm_size_problem(find_model("Llama-4-Scout-17B-16E-Instruct"), "Standard_NC24s_v3", SEED_DAY)
    assert problem == (
        "Llama-4-Scout-17B-16E-Instruct is not deployed on managed compute: "
        "it is offered as a deployment of a Foundry resource"
    )


@given(st.sampled_from(LISTED), st.sampled_from(sorted(vm_sizes())))
def test_a_misspelt_size_is_answered_with_near_ones(model, size: str) -> None:
    assert "No VM size named" in (vm_size_problem(model, f"{size}_v9", SEED_DAY) or "")


@given(
    st.sampled_from(LISTED),
    st.sampled_from([size for size in vm_sizes().values() if size.retired is not None]),
    st.integers(0, 1000),
)
def test_a_retired_size_never_serves(model, size: VmSize, days_after: int) -> None:
    assert size.retired is not None
    day = size.retired + dt.timedelta(days_after)
    assert vm_size_problem(model, size.name, day) == f"the VM size {size.name} was retired on {size.retired}"
