"""From the engine's messages to resources."""

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2

from llama_guardrails import wire
from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from llama_guardrails.view import UNKNOWN, Resource, Undecided

UNKNOWN_TEXT = next(iter(wire.UNKNOWN_SENTINELS))


def shown(properties: dict[str, Any], kind: str = SERVERLESS_ENDPOINT) -> Resource:
    struct = Struct()
    struct.update(properties)
    return wire.analyzed_resource(analyzer_pb2.AnalyzeRequest(type=kind, urn="urn", name="one", properties=struct))


@pytest.mark.parametrize("sentinel", sorted(wire.UNKNOWN_SENTINELS))
@pytest.mark.parametrize("path", ["location", "properties", "properties.authMode"])
def test_an_unknown_value_is_undecided_at_its_path_whatever_its_type(sentinel: str, path: str) -> None:
    tree: Any = sentinel
    for step in reversed(path.split(".")):
        tree = {step: tree}
    assert isinstance(tree, dict)
    with pytest.raises(Undecided) as caught:
        shown(tree).get("properties.authMode.more" if path.startswith("properties") else path)
    assert caught.value.path == path


def test_an_unknown_value_does_not_hide_its_neighbours() -> None:
    resource = shown({"tags": {"known": "yes", "other": UNKNOWN_TEXT}})
    assert resource.get("tags") == {"known": "yes", "other": UNKNOWN}
    assert resource.text("tags.known") == "yes"
    with pytest.raises(Undecided, match=r"tags\.other"):
        resource.whole("tags")


def test_a_redacted_secret_is_unknown() -> None:
    with pytest.raises(Undecided):
        shown({"key": "[secret]"}).get("key")


def test_a_secret_is_read_like_any_value_and_remembered_as_one() -> None:
    secret = {wire.SIGNATURE_KEY: wire.SECRET_SIGNATURE, "value": "hidden"}
    resource = shown({"properties": {"credentials": {"key": secret}}})
    assert resource.text("properties.credentials.key") == "hidden"
    assert resource.secrets == {"hidden"}
    assert resource.secret_paths == {"properties.credentials.key"}


@pytest.mark.parametrize(
    "old",
    [
        "serverlessEndpointProperties",
        "onlineEndpointProperties",
        "onlineDeploymentProperties",
        "marketplaceSubscriptionProperties",
    ],
)
def test_both_spellings_of_properties_are_read(old: str) -> None:
    assert shown({old: {"authMode": "Key"}}).text("properties.authMode") == "Key"


@pytest.mark.parametrize("version", ["v20241001", "v20250101preview"])
def test_a_type_of_an_explicit_api_version_is_the_same_type(version: str) -> None:
    resource = shown({}, SERVERLESS_ENDPOINT.replace("machinelearningservices", f"machinelearningservices/{version}"))
    assert resource.type == SERVERLESS_ENDPOINT
    assert version in resource.versioned_type


def test_numbers_are_floats_on_the_wire_and_whole_numbers_to_a_rule() -> None:
    assert shown({"sku": {"capacity": 3}}).number("sku.capacity") == 3


def test_a_path_leads_into_lists() -> None:
    resource = shown({"profiles": [{"capacity": {"maximum": "3"}}, {"rules": UNKNOWN_TEXT}]})
    assert resource.get("profiles[0].capacity.maximum") == "3"
    assert resource.get("profiles[2].capacity.maximum") is None
    assert resource.get("profiles.capacity") is None
    with pytest.raises(Undecided) as caught:
        resource.get("profiles[1].rules[0].metric")
    assert caught.value.path == "profiles[1].rules"
