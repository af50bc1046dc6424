"""One file says what a resource type is called and with which api-version it is asked for."""

import re
from pathlib import Path

import pytest

from llama_azure_core import resource_types
from llama_azure_core.resource_types import KEY_VAULT, api_version, azure_native
from llama_azure_sandbox.provider.types import resource_rows
from llama_guardrails.resource_types import ACCOUNT_ENCRYPTION, ENDPOINT_TRAFFIC, ONLY_IN_RULES, WATCHED

ROOT = Path(__file__).parents[3]
FOLDERS = ("bootstrap", "components", "core", "pipelines", "policies", "preflight", "sandbox")
NAMED = {name: value for name, value in vars(resource_types).items() if name.isupper() and isinstance(value, str)}
# The api-versions of what is not deployed, and so in no fact file: permissions, long-running operations, deployments.
OF_NO_RESOURCE_TYPE = [
    "preflight/llama_azure_preflight/questions/subscription.py: 2022-04-01",
    "preflight/llama_azure_preflight/refresh_prices.py: 2023-01-01-preview",
    "sandbox/llama_azure_sandbox/arm/operations.py: 2024-03-01",
    "sandbox/llama_azure_sandbox/arm/templates/service.py: 2024-03-01",
]
KNOWN = {one.name.lower() for one in resource_types.resource_types().values()}


@pytest.mark.parametrize("name", NAMED)
def test_every_type_that_code_asks_for_by_name_is_in_the_fact_file(name: str) -> None:
    assert NAMED[name].lower() in KNOWN


def test_every_type_that_a_rule_judges_can_be_deployed_in_the_sandbox() -> None:
    assert WATCHED - {ENDPOINT_TRAFFIC, ACCOUNT_ENCRYPTION} - ONLY_IN_RULES <= resource_rows().keys()
    assert ONLY_IN_RULES.isdisjoint(resource_rows())


def test_what_is_deployed_with_one_api_version_is_read_with_the_same() -> None:
    assert api_version(KEY_VAULT) == resource_rows()[azure_native("keyvault:Vault")].api_version


def test_a_type_that_nobody_described_is_an_error_where_it_is_named() -> None:
    with pytest.raises(KeyError, match="azure-native:keyvault:Vaults"):
        azure_native("keyvault:Vaults")
    with pytest.raises(KeyError, match=r"microsoft\.keyvault/vault"):
        api_version("Microsoft.KeyVault/vault")


def test_no_other_code_spells_a_type_or_its_api_version_out() -> None:
    versions = {one.api_version for one in resource_types.resource_types().values()}
    found = []
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if path.name not in ("resource_types.py", "resource_ids.py"):
                text = path.read_text(encoding="utf-8")
                spelled = [one for one in re.findall(r'"(Microsoft\.[\w./]+)"', text) if one.lower() in KNOWN]
                dated = [one for one in re.findall(r'_VERSIONS? = "([\d-]{10}[\w-]*)"', text) if one in versions]
                found += [f"{path.relative_to(ROOT)}: {one}" for one in (*spelled, *dated)]
    assert sorted(found) == OF_NO_RESOURCE_TYPE
