"""Signing in, and what cannot run at all: exit code 3 and one line that says why."""

import uuid
from pathlib import Path

import pytest

from llama_azure_core.settings import Project, SettingsError
from llama_azure_preflight.errors import PreflightError
from llama_azure_preflight.stack import read_state
from llama_azure_sandbox.addresses import METADATA_PATH
from llama_azure_sandbox.arm.world import TENANT_ID
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.identity.credentials import FederatedCredential
from llama_azure_sandbox.identity.principals import DEFAULT_AUDIENCE
from llama_azure_sandbox.process import running
from llama_azure_sandbox.sign_in import oidc_token
from tests.preflight.bench import Bench
from tests.support.arm import SUBSCRIPTION

ONE = ("--only", "PF-SUB-001")
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "repo:contoso/llama:environment:prod"


@pytest.fixture
def pipeline(bench: Bench) -> NewPrincipal:
    """A principal that reads, and to which a pipeline's tokens belong."""
    return add_principal(
        bench.home,
        f"pipeline-{uuid.uuid4().hex[:8]}",
        role="Reader",
        scope=SUBSCRIPTION,
        federated=[FederatedCredential(ISSUER, SUBJECT, DEFAULT_AUDIENCE)],
    )


def only(**variables: str) -> dict[str, str]:
    """Variables that leave no other way to sign in than the one they name."""
    nothing = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "ARM_USE_DEFAULT_AZURE_CREDENTIAL")
    return {**dict.fromkeys(nothing, ""), **variables}


def test_a_client_secret_of_azure_identity_signs_in(bench: Bench, pipeline: NewPrincipal) -> None:
    variables = only(
        ARM_USE_DEFAULT_AZURE_CREDENTIAL="true",
        AZURE_TOKEN_CREDENTIALS="EnvironmentCredential",
        AZURE_CLIENT_ID=pipeline.client_id,
        AZURE_CLIENT_SECRET=pipeline.secret,
    )
    assert bench.check(*ONE, variables=variables).row("PF-SUB-001")["result"] == "pass"


def test_the_secret_of_the_deployment_signs_in(bench: Bench, pipeline: NewPrincipal) -> None:
    variables = only(ARM_CLIENT_ID=pipeline.client_id, ARM_CLIENT_SECRET=pipeline.secret, ARM_TENANT_ID=TENANT_ID)
    assert bench.check(*ONE, variables=variables).row("PF-SUB-001")["result"] == "pass"


@pytest.mark.parametrize("in_file", [False, True])
def test_the_federated_token_of_the_deployment_signs_in(bench: Bench, pipeline: NewPrincipal, in_file: bool) -> None:
    token = oidc_token(bench.home, SUBJECT, issuer=ISSUER)
    file = bench.folder / "token"
    file.write_text(token, encoding="ascii")
    given = {"ARM_OIDC_TOKEN_FILE_PATH": str(file)} if in_file else {"ARM_OIDC_TOKEN": token}
    variables = only(ARM_USE_OIDC="true", ARM_CLIENT_ID=pipeline.client_id, ARM_TENANT_ID=TENANT_ID, **given)
    outcome = bench.check(*ONE, variables=variables)
    assert outcome.row("PF-SUB-001")["result"] == "pass"
    assert token not in outcome.output + outcome.errors


def test_a_wrong_secret_ends_with_3_and_is_not_printed(bench: Bench, pipeline: NewPrincipal) -> None:
    wrong = "not-the-secret-of-anybody"
    variables = only(ARM_CLIENT_ID=pipeline.client_id, ARM_CLIENT_SECRET=wrong, ARM_TENANT_ID=TENANT_ID)
    outcome = bench.check(*ONE, variables=variables)
    assert outcome.exit_code == 3
    assert "could not sign in" in outcome.errors
    assert wrong not in outcome.output + outcome.errors


def test_oidc_without_a_token_says_what_to_set(bench: Bench, pipeline: NewPrincipal) -> None:
    variables = only(ARM_USE_OIDC="true", ARM_CLIENT_ID=pipeline.client_id, ARM_TENANT_ID=TENANT_ID)
    outcome = bench.check(*ONE, variables=variables)
    assert outcome.exit_code == 3
    assert "ARM_OIDC_TOKEN" in outcome.errors


def test_nobody_is_signed_in(bench: Bench) -> None:
    default = only(ARM_USE_DEFAULT_AZURE_CREDENTIAL="true", AZURE_TOKEN_CREDENTIALS="EnvironmentCredential")
    outcome = bench.check(*ONE, variables=default)
    assert (outcome.exit_code, outcome.output) == (3, "")
    assert "could not sign in" in outcome.errors
    outcome = bench.check(*ONE, variables=only())
    assert (outcome.exit_code, outcome.output) == (3, "")
    assert "nothing says how to sign in" in outcome.errors


def test_the_stacks_own_configuration_signs_in(bench: Bench, pipeline: NewPrincipal) -> None:
    bench.config["azure-native:clientId"] = pipeline.client_id
    bench.config["azure-native:clientSecret"] = {"secure": "v1:AAAA:BBBB"}
    outcome = bench.check(*ONE, variables=only(ARM_TENANT_ID=TENANT_ID))
    assert (outcome.exit_code, outcome.output) == (3, "")
    assert "azure-native:clientSecret is encrypted in the stack's file" in outcome.errors
    variables = only(ARM_TENANT_ID=TENANT_ID, ARM_CLIENT_SECRET=pipeline.secret)
    assert bench.check(*ONE, variables=variables).row("PF-SUB-001")["result"] == "pass"


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1/metadata/endpoints", "http://127.0.0.1:1/metadata/endpoints", "{}/_sandbox/health"]
)
def test_a_cloud_that_cannot_be_found_is_never_the_public_one(bench: Bench, url: str) -> None:
    record = running(bench.home)
    assert record is not None
    outcome = bench.check(*ONE, variables={"ARM_CLOUD_METADATA_URL": url.format(record.base_url)})
    assert (outcome.exit_code, outcome.output) == (3, "")
    assert "ARM_CLOUD_METADATA_URL" in outcome.errors


def test_the_older_list_of_clouds_is_understood(bench: Bench) -> None:
    record = running(bench.home)
    assert record is not None
    url = f"{record.base_url}{METADATA_PATH}?api-version=2019-05-01"
    assert bench.check(*ONE, variables={"ARM_CLOUD_METADATA_URL": url}).row("PF-SUB-001")["result"] == "pass"


def test_settings_that_cannot_be_read_end_with_3(bench: Bench) -> None:
    bench.configure(hub={"name": "hub", "existing": "/x"}, projects={"project": {"serverless": [{"model": "Llama-9"}]}})
    outcome = bench.check(*ONE)
    assert outcome.exit_code == 3
    assert "stacks/Pulumi.test.yaml cannot be used" in outcome.errors
    assert "llama-azure:projects.project.serverless[0].model" in outcome.errors
    assert "Traceback" not in outcome.errors


def test_a_stack_without_a_file_or_a_subscription_ends_with_3(bench: Bench) -> None:
    assert "Pulumi.nowhere.yaml is not there" in bench.run("--stack", "nowhere").errors
    outcome = bench.check(*ONE, variables={"ARM_SUBSCRIPTION_ID": "", "AZURE_SUBSCRIPTION_ID": ""})
    assert outcome.exit_code == 3
    assert "ARM_SUBSCRIPTION_ID" in outcome.errors


def test_a_check_that_is_not_there_ends_with_3(bench: Bench) -> None:
    outcome = bench.check("--only", "PF-XXX-001")
    assert outcome.exit_code == 3
    assert "PF-SUB-001" in outcome.errors


def test_encrypted_values_are_not_needed_and_not_shown(bench: Bench) -> None:
    bench.config["other:password"] = {"secure": "v1:AAAA:BBBB"}
    variables = {"HF_TOKEN": {"secure": "v1:CCCC:DDDD"}}
    blue = {"model": "Meta-Llama-3-8B", "vmSize": "Standard_NC24ads_A100_v4", "environmentVariables": variables}
    bench.config["llama-azure:projects"]["project"]["managed"] = {"chat": {"deployments": {"blue": blue}}}
    outcome = bench.check(*ONE)
    assert outcome.exit_code == 0
    bench.configure(resourceGroup={"secure": "v1:EEEE:FFFF"})
    failed = bench.check(*ONE)
    assert failed.exit_code == 3
    assert "v1:" not in failed.errors


def test_the_project_is_found_from_a_folder_in_it(bench: Bench) -> None:
    below = bench.folder / "stacks"
    assert Project(below).folder == bench.folder
    with pytest.raises(SettingsError, match=r"no Pulumi\.yaml"):
        Project(Path("/proc"))


def test_a_file_that_is_no_state_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(PreflightError, match="pulumi stack export"):
        read_state(file)
