"""The rule serverless-model-supported-region."""

import datetime as dt

import pytest

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.supported_region import region_problem

DAY = dt.date(2024, 7, 1)
LLAMA_3 = f"{REGISTRY_PREFIX}Meta-Llama-3-8B-Instruct"


@pytest.mark.parametrize("region", ["eastus2", "East US 2", "swedencentral"])
def test_a_region_that_offers_the_model_is_fine(region: str) -> None:
    assert region_problem(LLAMA_3, region, DAY) is None


def test_a_region_that_does_not_is_named_with_those_that_do() -> None:
    problem = region_problem(f"{LLAMA_3}/versions/3", "westeurope", DAY) or ""
    assert "Meta-Llama-3-8B-Instruct" in problem
    assert "westeurope" in problem
    assert "Supported regions: eastus2, swedencentral." in problem


def test_a_retired_model_has_no_region() -> None:
    assert "retired on 2025-06-30" in (region_problem(LLAMA_3, "eastus2", dt.date(2025, 7, 1)) or "")


def test_a_model_that_is_no_llama_is_not_judged() -> None:
    assert region_problem("azureml://registries/azureml/models/Phi-3", "westeurope", DAY) is None
