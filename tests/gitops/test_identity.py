"""A job signs in with its CI system's own token, which stays fresh for as long as the step runs."""

import itertools
import os
import stat
import time
from pathlib import Path

import pytest

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.identity import signed_in
from tests.support.forge import TOKEN, Forge

IDS = {"ARM_CLIENT_ID": "client", "ARM_TENANT_ID": "tenant", "ARM_SUBSCRIPTION_ID": "subscription"}


def test_outside_a_ci_system_the_users_own_sign_in_counts() -> None:
    with signed_in(IDS) as variables:
        assert variables == {}


def test_githubs_token_lies_in_a_file_that_provider_sdks_and_backend_read(forge: Forge) -> None:
    with signed_in(IDS | forge.github_sign_in) as variables:
        file = Path(variables["ARM_OIDC_TOKEN_FILE_PATH"])
        assert file.read_text(encoding="ascii") == "token for api://AzureADTokenExchange"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert variables["AZURE_FEDERATED_TOKEN_FILE"] == str(file)
        assert variables["ARM_USE_OIDC"] == "true"
        assert {name: variables[name] for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "ARM_CLIENT_ID")} == {
            "AZURE_CLIENT_ID": "client",
            "AZURE_TENANT_ID": "tenant",
            "ARM_CLIENT_ID": "client",
        }
    assert not file.exists()


def test_azure_pipelines_token_is_that_of_the_service_connection(forge: Forge) -> None:
    environment = {
        "SYSTEM_OIDCREQUESTURI": f"{forge.url}/oidc",
        "SYSTEM_ACCESSTOKEN": TOKEN,
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection",
        "AZURESUBSCRIPTION_CLIENT_ID": "client",
        "AZURESUBSCRIPTION_TENANT_ID": "tenant",
    }
    with signed_in(environment) as variables:
        assert Path(variables["AZURE_FEDERATED_TOKEN_FILE"]).read_text(encoding="ascii") == "token for connection"
        assert (variables["ARM_CLIENT_ID"], variables["ARM_TENANT_ID"]) == ("client", "tenant")


def test_without_the_jobs_own_token_the_one_of_the_task_serves() -> None:
    environment = {
        "SYSTEM_OIDCREQUESTURI": "https://vstoken.invalid",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection",
        "AZURESUBSCRIPTION_CLIENT_ID": "client",
        "AZURESUBSCRIPTION_TENANT_ID": "tenant",
        "idToken": "the task's",
    }
    with signed_in(environment) as variables:
        assert Path(variables["ARM_OIDC_TOKEN_FILE_PATH"]).read_text(encoding="ascii") == "the task's"
        assert variables["ARM_CLIENT_ID"] == "client"


def test_a_service_connection_without_any_token_is_told_with_both_remedies() -> None:
    with (
        pytest.raises(
            StepError, match=r"set addSpnToEnvironment, which gives idToken, or map \$\(System\.AccessToken\)"
        ),
        signed_in({"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "connection"}),
    ):
        pass


def test_the_token_is_renewed_while_the_step_runs(forge: Forge) -> None:
    numbers = itertools.count(1)
    forge.mint = lambda _audience: f"token {next(numbers)}"
    with signed_in(IDS | forge.github_sign_in, renew_seconds=0.02) as variables:
        file = Path(variables["AZURE_FEDERATED_TOKEN_FILE"])
        deadline = time.monotonic() + 10
        while file.read_text(encoding="ascii") == "token 1":
            assert time.monotonic() < deadline, "the token was never renewed"
            time.sleep(0.01)


def test_a_refused_token_is_told_without_any_credential(forge: Forge) -> None:
    environment = forge.github_sign_in | {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "a-secret"}
    with pytest.raises(StepError, match="issued no token") as told, signed_in(IDS | environment):
        pass
    assert "a-secret" not in str(told.value)
    assert os.environ.get("AZURE_FEDERATED_TOKEN_FILE") is None
