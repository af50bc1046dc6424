"""``sandbox routes``: which function answers a path."""

import pytest
from click.testing import CliRunner

from llama_azure_sandbox.cli.routes import routes_command

GROUP = "/subscriptions/s/resourceGroups/rg"
ANSWERED_BY = {
    ("GET", "/subscriptions/s/providers/Microsoft.Billing/billingProperty/default"): "arm.billing:_property",
    ("get", "/subscriptions/s/providers/microsoft.keyvault/deletedvaults/"): "arm.providers.key_vault:_deleted_vaults",
    ("PUT", f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/one"): "Authorization._put_assignment",
    ("GET", "/providers/Microsoft.Authorization/roleDefinitions"): "Authorization._list_definitions",
    ("PATCH", "/providers/Microsoft.Authorization/roleDefinitions"): "arm.provider_paths:not_allowed",
    ("PUT", f"{GROUP}/providers/Microsoft.Resources/deployments/one"): "arm.templates.service:Deployments._put",
    ("PUT", f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv"): "arm.providers.key_vault:Vault",
}


@pytest.mark.parametrize(("method", "path"), ANSWERED_BY)
def test_a_path_is_told_with_the_function_that_answers_it(method: str, path: str) -> None:
    answer = CliRunner().invoke(routes_command, [method, path])
    assert answer.exit_code == 0
    assert ANSWERED_BY[method, path] in answer.output


def test_without_a_path_all_rows_are_listed_and_nonsense_is_an_error() -> None:
    listed = CliRunner().invoke(routes_command, []).output
    for function in ("marketplace_ordering:_sign", "UsageDetails._list", "Metrics._metrics", "ActivityLog._values"):
        assert function in listed
    assert CliRunner().invoke(routes_command, ["GET", "/nonsense"]).exit_code == 1
