"""The JSON types of bodies: as the SDK has them, and whether a body fits."""

from typing import Any

import pytest

from llama_azure_core.resource_types import ONLINE_DEPLOYMENT, SERVERLESS_ENDPOINT, WORKSPACE
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.shapes import require_shape
from scripts.arm_shapes import SHAPES_FILE, shapes_text


def test_the_shapes_are_those_of_the_installed_sdk() -> None:
    assert SHAPES_FILE.read_text(encoding="utf-8") == shapes_text(), "run `make arm-shapes`"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (SERVERLESS_ENDPOINT, {"sku": {"name": "Consumption", "capacity": 1.0}, "properties": {"authMode": None}}),
        (SERVERLESS_ENDPOINT, {"PROPERTIES": {"AuthMode": "Key"}, "unknown": [{}]}),
        (ONLINE_DEPLOYMENT, {"properties": {"scaleSettings": {"scaleType": "Default"}}}),
        (WORKSPACE, {"identity": {"type": "UserAssigned", "userAssignedIdentities": {"/subscriptions/x": {}}}}),
        ("A.B/c", {"properties": {"x": [1, "a", {}]}, "tags": {"a": "b"}}),
    ],
)
def test_a_body_that_fits_its_type_is_taken(kind: str, body: dict[str, Any]) -> None:
    assert require_shape(kind, body) == body


def test_a_boolean_that_is_written_as_text_is_read_as_one() -> None:
    body = {"properties": {"hbiWorkspace": "False", "v1LegacyMode": True, "description": "true"}}
    read = {"properties": {"hbiWorkspace": False, "v1LegacyMode": True, "description": "true"}}
    assert require_shape(WORKSPACE, body) == read
    with pytest.raises(ArmError, match=r"'properties\.hbiWorkspace' must be a boolean"):
        require_shape(WORKSPACE, {"properties": {"hbiWorkspace": "no"}})


@pytest.mark.parametrize(
    ("kind", "body", "path"),
    [
        (SERVERLESS_ENDPOINT.upper(), {"Properties": {"AUTHMODE": 1}}, "'Properties.AUTHMODE' must be a string"),
        (SERVERLESS_ENDPOINT, {"sku": {"capacity": 1.5}}, "'sku.capacity' must be an integer"),
        (SERVERLESS_ENDPOINT, {"sku": {"capacity": True}}, "'sku.capacity' must be an integer, and is a boolean"),
        (ONLINE_DEPLOYMENT, {"properties": {"scaleSettings": "x"}}, "'properties.scaleSettings' must be an object"),
        (
            WORKSPACE,
            {"identity": {"userAssignedIdentities": []}},
            "'identity.userAssignedIdentities' must be an object",
        ),
        ("A.B/c", {"properties": "x"}, "'properties' must be an object"),
        ("A.B/c", {"zones": [1]}, "'zones[0]' must be a string"),
    ],
)
def test_a_body_that_does_not_is_refused_with_the_place(kind: str, body: dict[str, Any], path: str) -> None:
    with pytest.raises(ArmError) as raised:
        require_shape(kind, body)
    assert (raised.value.code, path in raised.value.message) == ("InvalidRequestContent", True)
