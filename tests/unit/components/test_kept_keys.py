"""Endpoints' keys in a key vault: each a secret that is called as its endpoint, and an address in the outputs."""

from typing import Any

import pulumi

from llama_azure.estate import build_estate
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import config_of, own_stack
from tests.unit.components.recording import record


def test_each_key_is_a_secret_of_the_vault_and_the_outputs_say_where() -> None:
    told: dict[str, Any] = {}

    def build() -> None:
        estate = build_estate(parse_settings(config_of(own_stack()), "f"))
        assert estate.endpoint_key_secrets.keys() == estate.endpoint_keys.keys()
        pulumi.Output.all(**estate.endpoint_key_secrets).apply(told.update)

    monitor, _ = record(build)
    secrets = [one for one in monitor.registrations if one.type == "azure-native:keyvault:Secret"]
    assert {one.inputs["secretName"] for one in secrets} == told.keys() == {"llama-8b", "llama-70b", "llama-chat"}
    assert {one.inputs["vaultName"] for one in secrets} == {"endpoint-keys"}
    assert {one.inputs["resourceGroupName"] for one in secrets} == {"rg-shared"}
    for one in secrets:
        # A secret within marks the whole.
        assert pulumi.runtime.rpc.is_rpc_secret(one.inputs["properties"])
        assert one.inputs["properties"]["value"]["value"] == "KEY-IN-CLEAR"
    assert told == {name: f"https://endpoint-keys.vault.example/secrets/{name}" for name in told}
