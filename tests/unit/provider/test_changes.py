"""What changed, and what ARM cannot change in place."""

import pytest

from sandbox.provider.changes import Change, ChangeKind, changes
from sandbox.provider.types import resource_row

ENDPOINT = resource_row("azure-native:machinelearningservices:ServerlessEndpoint")
OLD = {
    "resourceGroupName": "rg",
    "workspaceName": "project",
    "name": "llama",
    "location": "eastus2",
    "properties": {"authMode": "Key", "modelSettings": {"modelId": "a"}},
}


def test_nothing_changed() -> None:
    assert changes(ENDPOINT, OLD, dict(OLD)) == []


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
            Change("properties.modelSettings", ChangeKind.DELETE, replaces=True),
        ),
    ],
)
def test_one_change_is_found_with_its_place_and_its_weight(new: dict[str, object], change: Change) -> None:
    assert changes(ENDPOINT, OLD, {**OLD, **new}) == [change]
