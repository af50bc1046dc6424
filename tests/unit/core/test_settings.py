"""Settings: what is wrong is said all at once, with its place and remedy."""

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from llama_azure_core.catalogue import all_models
from llama_azure_core.settings import SettingsError, parse_settings
from sandbox.home import PROJECT_ROOT

STACK_FILES = sorted(PROJECT_ROOT.glob("stacks/Pulumi.*.yaml"))


def valid(**changes: Any) -> dict[str, Any]:
    """Return a whole valid configuration with some values changed."""
    return {
        "azure-native:location": "eastus2",
        "llama-azure:resourceGroup": "rg-llama",
        "llama-azure:hub": {"name": "hub-llama"},
        "llama-azure:projects": {"chat": {"serverless": [{"model": "Meta-Llama-3-8B-Instruct"}]}},
        **changes,
    }


def complaint(config: dict[str, Any]) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_settings(config, source="stacks/Pulumi.test.yaml")
    return str(caught.value)


@pytest.mark.parametrize("path", STACK_FILES, ids=lambda path: path.name)
def test_every_stack_file_of_the_project_is_valid(path) -> None:
    settings = parse_settings(yaml.safe_load(path.read_text(encoding="utf-8"))["config"], source=path.name)
    assert settings.projects


def test_keys_of_other_packages_are_left_alone() -> None:
    assert parse_settings(valid(**{"azure-native:subscriptionId": "x", "aws:region": "y"}), "f").region == "eastus2"


def test_a_stack_without_a_date_is_judged_today() -> None:
    assert parse_settings(valid(), "f").as_of == dt.date.today()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"llama-azure:hubb": {}}, "llama-azure:hubb: is not a setting; remove it or check its spelling"),
        ({"llama-azure:hub": {}}, "llama-azure:hub.name: is missing; add it"),
        ({"llama-azure:hub": {"name": "x"}}, "llama-azure:hub.name: 'x' is no valid name for a workspace"),
        ({"llama-azure:hub": "hub"}, "llama-azure:hub: Input should be"),
        ({"llama-azure:asOf": "yesterday"}, "llama-azure:asOf: "),
        ({"llama-azure:projects": {}}, "llama-azure:projects: "),
        (
            {"llama-azure:projects": {"chat": {"serverless": [{"model": "GPT-4"}]}}},
            "llama-azure:projects.chat.serverless[0].model: The catalogue has no model named 'GPT-4'",
        ),
        (
            {"llama-azure:projects": {"chat": {"serverless": [{"model": "Llama-2-7b", "name": "no.dots"}]}}},
            "llama-azure:projects.chat.serverless[0].name: 'no.dots' is no valid name",
        ),
        (
            {"llama-azure:projects": {"chat": {"serverless": [{"model": "Llama-2-7b"}, {"model": "llama-2-7B"}]}}},
            "llama-azure:projects.chat: serverless lists Llama-2-7b twice",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(change: dict[str, Any], said: str) -> None:
    assert said in complaint(valid(**change))


def test_all_mistakes_are_told_at_once() -> None:
    said = complaint({"llama-azure:hub": {"nmae": "x"}})
    for place in ("azure-native:location", "llama-azure:resourceGroup", "llama-azure:hub.name", "llama-azure:hub.nmae"):
        assert f"  {place}: " in said


@given(st.sampled_from(all_models()))
def test_any_model_can_be_asked_for_in_any_case(model) -> None:
    asked = {"chat": {"serverless": [{"model": model.name.upper()}]}}
    settings = parse_settings(valid(**{"llama-azure:projects": asked}), "f")
    assert settings.projects["chat"].serverless[0].model == model


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(json_values)
def test_no_value_ends_in_anything_but_settings_or_a_settings_error(value: Any) -> None:
    try:
        settings = parse_settings(valid(**{"llama-azure:projects": value}), "stacks/Pulumi.test.yaml")
    except SettingsError as error:
        assert str(error).startswith("stacks/Pulumi.test.yaml cannot be used:")  # noqa: PT017 - either is right
    else:
        assert settings.projects.keys() == value.keys()
