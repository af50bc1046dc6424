"""The list of api-versions has what this project itself sends."""

import re

import pytest

from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.known_providers import api_versions, known_providers
from llama_azure_sandbox.provider.types import resource_rows


@pytest.mark.parametrize("token", resource_rows())
def test_every_version_that_the_stand_in_sends_is_accepted(token: str) -> None:
    row = resource_rows()[token]
    scoped = re.sub(r"^/?\{\w+\}/", "/subscriptions/x/", row.path)  # of an extension: it lies at any scope
    parsed = parse_path(re.sub(r"\{\w+\}", "x", scoped))
    assert parsed.id is not None
    versions = api_versions(parsed.id.type)
    assert not versions or row.api_version in versions


def test_every_version_is_a_date_and_stands_once_in_order() -> None:
    for types in known_providers().values():
        for versions in types.values():
            assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}(-[a-z]+)?", version) for version in versions)
            assert list(versions) == sorted(set(versions))
