"""The parts of the plugin that need no Azure."""

import pytest

from llama_azure_sandbox.provider.servicer import ConfigurationError, sandbox_url, to_json, to_struct


def test_json_survives_protobuf_with_whole_numbers_whole() -> None:
    values = {"a": 1, "b": 1.5, "c": [True, None, "x", {"d": -3}], "e": {}}
    assert to_json(to_struct(values)) == values
    assert isinstance(to_json(to_struct(values))["a"], int)


@pytest.mark.parametrize("url", ["https://127.0.0.1:10443", "https://localhost:1"])
def test_a_sandbox_is_on_this_machine(url: str) -> None:
    assert sandbox_url(url) == url


@pytest.mark.parametrize(
    "url", [None, "", "https://management.azure.com", "http://127.0.0.1:10443", "https://127.0.0.1.example.com"]
)
def test_anything_else_is_refused(url: str | None) -> None:
    with pytest.raises(ConfigurationError):
        sandbox_url(url)
