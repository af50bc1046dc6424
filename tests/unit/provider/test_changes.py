"""What changed, and what ARM cannot change in place."""

from typing import Any

import pytest

from llama_azure_sandbox.provider.changes import Change, ChangeKind, changes, with_change
from llama_azure_sandbox.provider.types import resource_row

ENDPOINT = resource_row("azure-native:machinelearningservices:ServerlessEndpoint")
OLD = {
    "resourceGroupName": "rg",
    "workspaceName": "project",
    "name": "llama",
    "location": "eastus2",
    "properties": {"authMode": "Key", "modelSettings": {"modelId": "a"}},
}


CREATED = {**OLD, "name": "llama", "tags": {}}
AUTOSCALE = resource_row("azure-native:monitor:AutoscaleSetting")


def test_nothing_changed() -> None:
    assert changes(ENDPOINT, OLD, dict(OLD), CREATED) == []


@pytest.mark.parametrize(
    ("new", "change"),
    [
        ({"tags": {"a": "b"}}, Change("tags", ChangeKind.ADD, replaces=False)),
        ({"name": "other"}, Change("name", ChangeKind.UPDATE, replaces=True)),
        ({"workspaceName": "other"}, Change("workspaceName", ChangeKind.UPDATE, replaces=True)),
        ({"location": "westus"}, Change("location", ChangeKind.UPDATE, replaces=True)),
        (
            {"properties": {"authMode": "AAD", "modelSettings": {"modelId": "a"}}},
            Change("properties.authMode", ChangeKind.UPDATE, replaces=False),
        ),
        (
            {"properties": {"authMode": "Key", "modelSettings": {"modelId": "b"}}},
            Change("properties.modelSettings.modelId", ChangeKind.UPDATE, replaces=True),
        ),
        (
            {"properties": {"authMode": "Key"}},
            Change("properties.modelSettings", ChangeKind.DELETE, replaces=False),
        ),
    ],
)
def test_one_change_is_found_with_its_place_and_its_weight(new: dict[str, object], change: Change) -> None:
    assert changes(ENDPOINT, OLD, {**OLD, **new}, CREATED) == [change]


@pytest.mark.parametrize("spelling", ["East US 2", "EastUS2", "eastus2"])
def test_regions_are_equal_without_regard_to_case_and_spaces(spelling: str) -> None:
    assert changes(ENDPOINT, OLD, {**OLD, "location": spelling}, CREATED) == []


def test_the_name_of_a_resource_group_is_equal_without_regard_to_case() -> None:
    assert changes(ENDPOINT, OLD, {**OLD, "resourceGroupName": "RG"}, CREATED) == []


def test_what_is_below_another_property_of_that_name_keeps_its_spelling() -> None:
    old, new = ({**OLD, "tags": {"location": spelling}} for spelling in ("eastus2", "East US 2"))
    assert changes(ENDPOINT, old, new, CREATED) == [Change("tags.location", ChangeKind.UPDATE, replaces=False)]


def test_lists_are_diffed_member_by_member() -> None:
    old = {"profiles": [{"name": "a", "capacity": {"maximum": "1"}}, {"name": "b"}]}
    new = {"profiles": [{"name": "a", "capacity": {"maximum": "2"}}]}
    assert changes(AUTOSCALE, old, new, {}) == [
        Change("profiles[0].capacity.maximum", ChangeKind.UPDATE, replaces=False),
        Change("profiles[1]", ChangeKind.DELETE, replaces=False),
    ]
    assert changes(AUTOSCALE, new, old, {})[1].kind is ChangeKind.ADD


def test_an_addition_that_the_output_already_has_replaces_nothing() -> None:
    old = {name: value for name, value in OLD.items() if name != "location"}
    assert changes(ENDPOINT, old, OLD, {"location": "eastus2"}) == [Change("location", ChangeKind.ADD, replaces=False)]
    assert changes(ENDPOINT, old, OLD, {"location": "westus"}) == [Change("location", ChangeKind.ADD, replaces=True)]


def test_the_plugins_own_notes_are_no_change() -> None:
    assert changes(ENDPOINT, {**OLD, "__createBeforeDelete": True}, OLD, CREATED) == []


@pytest.mark.parametrize(
    ("values", "old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 1, "b": 3}),
        ({"a": 1}, {"a": 1}, {"a": 1, "c": {"d": 1}}, {"a": 1, "c": {"d": 1}}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1}),
        ({"t": {"x": 1}}, {"t": {"x": 1, "y": 2}}, {"t": {"x": 1, "y": 2, "z": 3}}, {"t": {"x": 1, "z": 3}}),
        ({"l": [1, {"a": 1}]}, {"l": [1, {"a": 1, "b": 2}]}, {"l": [1, {"a": 2, "b": 2}]}, {"l": [1, {"a": 2}]}),
        ({"l": [1]}, {"l": [1]}, {"l": [1, 2]}, {"l": [1, 2]}),
        ({"l": [1, 2]}, {"l": [1, 2]}, {"l": [1]}, {"l": [1]}),
    ],
)
def test_a_difference_of_two_is_applied_to_a_third(
    values: dict[str, Any], old: dict[str, Any], new: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert with_change(values, old, new) == expected
