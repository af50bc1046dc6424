"""The rule one-serverless-deployment-per-model-and-project."""

from dataclasses import replace

import pytest

from llama_azure_core.catalogue import REGISTRY_PREFIX
from llama_guardrails.one_deployment_per_model import Deployment, repeated_deployment

FIRST = Deployment("rg-llama", "assistants", f"{REGISTRY_PREFIX}Meta-Llama-3-8B-Instruct", "llama-one")


def complaint(**changes: str) -> str | None:
    return repeated_deployment(replace(FIRST, endpoint="llama-two", **changes), {"urn:first": FIRST})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"project": "Assistants"},
        {"resource_group": "RG-Llama"},
        {"model_id": f"{FIRST.model_id}/versions/9"},
        {"model_id": FIRST.model_id.lower()},
    ],
)
def test_the_same_model_is_found_whatever_its_spelling(changes: dict[str, str]) -> None:
    said = complaint(**changes) or ""
    assert "Meta-Llama-3-8B-Instruct as endpoint llama-one" in said
    assert "Remove llama-two" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"project": "others"},
        {"resource_group": "rg-others"},
        {"model_id": f"{REGISTRY_PREFIX}Meta-Llama-3-70B-Instruct"},
        {"model_id": "azureml://registries/azureml/models/Phi-3"},
    ],
)
def test_another_project_group_or_model_is_fine(changes: dict[str, str]) -> None:
    assert complaint(**changes) is None


def test_the_first_deployment_is_fine() -> None:
    assert repeated_deployment(FIRST, {}) is None
