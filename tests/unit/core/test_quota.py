"""Core quota of managed compute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import all_models
from llama_azure_core.quota import UnknownVmSizeError, cores_needed, find_vm_size, vm_sizes

# The examples of source S23 and S24.
EXAMPLES = [
    ("Standard_NC12s_v3", 1, 24),
    ("Standard_NC24s_v3", 1, 48),
    ("Standard_NC24ads_A100_v4", 1, 24),
    ("Standard_NC48ads_A100_v4", 1, 48),
    ("Standard_NC4as_T4_v3", 1, 8),
    ("Standard_NC4as_T4_v3", 10, 48),
]
sizes = st.sampled_from(sorted(vm_sizes().values(), key=lambda size: size.name))


@pytest.mark.parametrize(("name", "instances", "cores"), EXAMPLES)
def test_microsofts_own_examples(name: str, instances: int, cores: int) -> None:
    assert cores_needed(find_vm_size(name), instances) == cores


@given(sizes, st.integers(min_value=0, max_value=200))
def test_a_reserve_is_a_fifth_rounded_up_or_nothing(size, instances) -> None:
    cores = cores_needed(size, instances)
    if size.skips_upgrade_reserve:
        assert cores == instances * size.cores
    else:
        assert cores == -(-6 * instances // 5) * size.cores


def test_an_unknown_size_is_answered_with_near_ones() -> None:
    with pytest.raises(UnknownVmSizeError, match=r"Did you mean .*Standard_NC24ads_A100_v4"):
        find_vm_size("Standard_NC24ads_A100")


def test_every_size_that_the_catalogue_names_is_known() -> None:
    for model in all_models():
        for name in model.managed_compute.vm_sizes if model.managed_compute else ():
            assert find_vm_size(name).name == name
