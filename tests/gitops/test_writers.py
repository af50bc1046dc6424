"""Each environment, from its shipped file, deployed by the identity that bootstrap makes for it and by nobody else.

Staging and prod begin with an empty resource group; of dev somebody has made the group by hand. The tests run in order.
"""

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from llama_azure_core.foundry import account_facts
from llama_azure_core.rbac import built_in_roles
from llama_azure_core.resource_ids import name_of
from llama_azure_report.events import NO_POLICY_PACK
from llama_azure_sandbox.arm.world import TENANT_ID, Latency
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions, trusting
from llama_azure_sandbox.sign_in import oidc_token
from llama_azure_sandbox.vault_and_storage import STORAGE_AUDIENCE, STORAGE_PATH, VAULT_AUDIENCE, VAULT_PATH
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import account_body, put_and_wait
from tests.support.forge import REPOSITORY, Forge, open_forge
from tests.support.pipeline import GITHUB_ISSUER, Job, bootstrap_with, of_identity
from tests.support.workbench import Workbench, open_workbench

FROM_NOTHING = ("staging", "prod")
STACKS = ("dev", *FROM_NOTHING)
ROLES = {name: role.id for name, role in built_in_roles().items()}
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"


SERVICE = "/resourceGroups/rg-llama-apis/providers/Microsoft.ApiManagement/service/apim-llama"
FRONTED = {
    "llama-azure:network": {"addressSpace": "10.20.0.0/24", "subnetAddressPrefix": "10.20.0.0/26"},
    "llama-azure:gateway": {"subnetAddressPrefix": "10.20.0.64/27", "teams": {"search": {}}},
    "llama-azure:apiManagement": {"service": f"{SUBSCRIPTION}{SERVICE}", "subscriptions": ["search"]},
}
"""What stands in front of dev's endpoint."""


@dataclass
class Pipelines:
    """The cloud, and the jobs that deploy to it."""

    bench: Workbench
    forge: Forge
    client_ids: dict[str, str]

    def job(self, identity: str) -> Job:
        """Return a job that signs in as an identity."""
        return Job(self.bench.project, of_identity(self.bench, self.forge, self.client_ids[identity], identity))

    def pulumi(self, stack: str, *arguments: str) -> str:
        """Run Pulumi as whoever looks after the stacks."""
        held = {"PULUMI_BACKEND_URL": f"file://{self.bench.folder}/state-{stack}"}
        return bootstrap_with(self.bench, "--cwd", str(self.bench.project), *arguments, "--stack", stack, **held)

    def token(self, identity: str) -> str:
        """Return what the CI system says of an identity's jobs, for Azure to sign them in by."""
        subject = f"repo:{REPOSITORY}:environment:{identity}"
        return oidc_token(self.bench.home, subject, "api://AzureADTokenExchange", GITHUB_ISSUER)

    def destroy(self, stack: str) -> None:
        """Destroy a stack as its writer; no step of the pipelines does so."""
        token = self.bench.folder / f"token-{stack}"
        token.write_text(self.token(stack), encoding="ascii")
        signed_in = dict(self.job(stack).variables) | {
            "AZURE_CLIENT_ID": self.client_ids[stack],
            "AZURE_TENANT_ID": TENANT_ID,
            "AZURE_FEDERATED_TOKEN_FILE": str(token),
            "ARM_USE_OIDC": "true",
            "ARM_OIDC_TOKEN_FILE_PATH": str(token),
            "PULUMI_BACKEND_URL": f"file://{self.bench.folder}/state-{stack}",
        }
        command = ["pulumi", "--non-interactive", "destroy", "--stack", stack, "--yes", "--skip-preview"]
        done = subprocess.run(
            command, cwd=self.bench.project, env=signed_in, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def arm(self, identity: str, resource: str = "https://management.azure.com") -> Arm:
        """Return a client of Azure Resource Manager, or of another resource, that is signed in as an identity."""
        record = self.bench.record
        client = httpx.Client(base_url=record.base_url, verify=trusting(self.bench.home), trust_env=False, timeout=30)
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_ids[identity],
            "scope": f"{resource}/.default",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.token(identity),
        }
        answer = client.post(f"/{TENANT_ID}/oauth2/v2.0/token", data=form)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return Arm(client)


@pytest.fixture(scope="module")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipelines]:
    """A sandbox of today whose jobs stand inside, with one stack deployed by hand, before bootstrap ran."""
    options = StartOptions(port=0, as_of=dt.date.today(), latency=Latency.NONE)
    with open_workbench(tmp_path_factory.mktemp("writers") / "bench", options) as bench, open_forge() as forge:
        change_world(bench.home, callerNetwork="private")
        for name in ("pipelines", "policies"):
            shutil.copytree(PROJECT_ROOT / name, bench.project / name, ignore=shutil.ignore_patterns("__pycache__"))
        path = bench.project / "pipelines" / "environments.yaml"
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        data["healthCheck"] |= {"attempts": 2, "pauseSeconds": 0}
        path.write_text(yaml.safe_dump(data), encoding="utf-8")
        found = Pipelines(bench, forge, {})
        for stack in STACKS:
            Path(bench.folder, f"state-{stack}").mkdir()
            found.pulumi(stack, "stack", "init")
        group = "urn:pulumi:dev::llama-azure::azure-native:resources:ResourceGroup::rg-llama-dev"
        found.pulumi("dev", "up", "--yes", "--skip-preview", "--target", group)
        # Staging's and prod's files say so as they are shipped; who has deployed by hand before says it from now on.
        bench.configure("dev", **{"llama-azure:existingResourceGroup": True}, **FRONTED)
        with sign_in(bench.home) as arm:
            put_and_wait(arm, "/resourceGroups/rg-llama-apis", {"location": "eastus2"})
            properties = {"publisherEmail": "apis@example.com", "publisherName": "APIs"}
            service = {"location": "eastus2", "sku": {"name": "Developer", "capacity": 1}, "properties": properties}
            put_and_wait(arm, SERVICE, {**service, "identity": {"type": "SystemAssigned"}})
        bootstrap_with(bench, "stack", "init", "pipelines")
        subject = f"repo:{REPOSITORY}:environment:{{environment}}"
        bootstrap_with(bench, "config", "set", "--path", "llama-bootstrap:issuers.github.subject", subject)
        bootstrap_with(bench, "up", "--yes", "--skip-preview", **NO_POLICY_PACK)
        found.client_ids = json.loads(bootstrap_with(bench, "stack", "output", "--json"))["clientIds"]
        yield found


@pytest.mark.parametrize("stack", FROM_NOTHING)
def test_a_writer_deploys_its_environment_to_endpoints_that_answer(pipelines: Pipelines, stack: str) -> None:
    said = pipelines.job(stack).step("deploy", "--stack", stack)
    assert f"{stack}: deployed, and every endpoint answers" in said
    assert "llama-guardrails" in said


def test_a_second_deployment_changes_nothing(pipelines: Pipelines) -> None:
    pipelines.job("prod").step("deploy", "--stack", "prod")
    (last, *_) = json.loads(pipelines.pulumi("prod", "stack", "history", "--json"))
    assert last["resourceChanges"].keys() == {"same"}
    assert "staging: nothing differs" in pipelines.job("staging").step("drift", "--stack", "staging")


@pytest.mark.parametrize("stack", FROM_NOTHING)
def test_everything_of_staging_and_prod_is_closed_to_public_networks(pipelines: Pipelines, stack: str) -> None:
    with sign_in(pipelines.bench.home) as arm:
        ids = [one.removeprefix(SUBSCRIPTION) for one in arm.resources() if f"/rg-llama-{stack}/" in one]
        shown = {one: arm.call("GET", one).json()["properties"] for one in ids}
    open_to_public = {one: body["publicNetworkAccess"] for one, body in shown.items() if "publicNetworkAccess" in body}
    assert len(open_to_public) >= 5
    assert set(open_to_public.values()) == {"Disabled"}


QUESTION = [{"role": "user", "content": "Say one word."}]


def test_prods_endpoints_vault_and_storage_answer_its_writer_inside_alone(pipelines: Pipelines) -> None:
    listed = json.loads(pipelines.pulumi("prod", "stack", "output", "endpoints", "--json")).values()
    uris = {one["kind"]: one for one in listed}
    with sign_in(pipelines.bench.home) as owner:
        mine = [one for one in owner.resources() if "/rg-llama-prod/" in one]
        (vault,) = [one for one in mine if "/vaults/" in one and one.count("/") == 8]
        (account,) = [one for one in mine if "/storageAccounts/" in one and one.count("/") == 8]
        (given_to,) = [
            one["properties"]["principalId"]
            for one in owner.call("GET", f"/resourceGroups/rg-llama-prod/{ASSIGNMENTS}").json()["value"]
            if one["properties"]["roleDefinitionId"].endswith(ROLES["Contributor"])
        ]
        path = f"{vault.removeprefix(SUBSCRIPTION)}/{ASSIGNMENTS}/{STRANGER}"
        assert owner.call("PUT", path, given(given_to, "Key Vault Secrets User")).is_success
    text = {"input_data": {"input_string": ["Say one word."], "parameters": {}}}
    base, chat = uris["foundry"]["baseUrl"], {"model": uris["foundry"]["deployment"], "messages": QUESTION}
    asked = {
        "foundry": ("https://ai.azure.com", "POST", f"{base.rstrip('/')}/chat/completions", chat),
        "managed": ("https://ml.azure.com", "POST", uris["managed"]["uri"], text),
        "vault": (VAULT_AUDIENCE, "GET", f"{VAULT_PATH}/{name_of(vault)}/secrets", None),
        "storage": (STORAGE_AUDIENCE, "GET", f"{STORAGE_PATH}/{name_of(account)}/?comp=list", None),
    }
    for network, status in (("public", 403), ("private", 200)):
        said = {
            kind: pipelines.arm("prod", resource)
            .client.request(method, url, json=body, headers={"x-sandbox-network": network})
            .status_code
            for kind, (resource, method, url, body) in asked.items()
        }
        assert said == dict.fromkeys(asked, status), network


@pytest.mark.parametrize("stack", FROM_NOTHING)
def test_its_guardrails_run_without_an_exemption(stack: str) -> None:
    path = PROJECT_ROOT / "policies" / "config" / f"{stack}.json"
    assert json.loads(path.read_text(encoding="utf-8"))["guardrails-configuration"] == {"exemptions": []}


def given(principal: str, role: str) -> dict[str, Any]:
    definition = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{ROLES[role]}"
    return {
        "properties": {"principalId": principal, "roleDefinitionId": definition, "principalType": "ServicePrincipal"}
    }


STRANGER = "e9f8a7b6-c5d4-4e3f-9a2b-1c0d9e8f7a6b"


@pytest.mark.parametrize("role", ["Owner", "Contributor", account_facts().caller_role])
def test_a_writer_gives_no_role_that_its_stack_does_not_give(pipelines: Pipelines, role: str) -> None:
    path = f"/resourceGroups/rg-llama-prod/{ASSIGNMENTS}/{STRANGER}"
    answer = pipelines.arm("prod").call("PUT", path, given(STRANGER, role))
    assert answer.status_code == 403
    assert "ABAC condition that is not fulfilled" in answer.json()["error"]["message"]


def test_a_writer_reaches_no_other_environment_and_defines_no_role(pipelines: Pipelines) -> None:
    arm = pipelines.arm("staging")
    assert arm.call("PUT", "/resourceGroups/rg-llama-prod", {"location": "swedencentral"}).status_code == 403
    role = f"/resourceGroups/rg-llama-staging/providers/Microsoft.Authorization/roleDefinitions/{STRANGER}"
    body = {"properties": {"roleName": "mine", "permissions": [{"actions": ["*"]}]}}
    assert arm.call("PUT", role, body).status_code == 403


def test_the_identity_of_pull_requests_previews_what_is_there(pipelines: Pipelines) -> None:
    pipelines.job("preview").step("preview", "--stack", "prod")


def test_the_identity_of_pull_requests_writes_nothing_and_lists_no_keys(pipelines: Pipelines) -> None:
    arm = pipelines.arm("preview")
    with sign_in(pipelines.bench.home) as owner:
        ids = [one.removeprefix(SUBSCRIPTION) for one in owner.resources()]
    written = [one for one in ids if "/rg-llama-staging/" not in one]
    assert len(written) > 20
    for number, one in enumerate(written):
        assert arm.call(("PUT", "DELETE")[number % 2], one, {}).status_code == 403, one
    (account,) = [one for one in ids if "/rg-llama-prod/" in one and "/accounts/" in one and one.count("/") == 8][:1]
    assert arm.call("POST", f"{account}/listKeys").status_code == 403


def test_a_writer_deploys_a_stack_without_a_hub_by_a_role_of_what_that_makes(pipelines: Pipelines) -> None:
    assert "dev: deployed, and every endpoint answers" in pipelines.job("dev").step("deploy", "--stack", "dev")
    arm = pipelines.arm("dev")
    account = "/resourceGroups/rg-llama-dev/providers/Microsoft.Storage/storageAccounts/stnotofdev"
    with sign_in(pipelines.bench.home) as owner:
        for path, body in ((account, account_body()), (SERVICE, owner.call("GET", SERVICE).json())):
            assert arm.call("PUT", path, body).status_code == 403, path
        given = [one for one in owner.resources() if "/rg-llama-dev/" in one]
    assert len(given) > 10


def test_a_group_that_was_there_is_kept_by_both(pipelines: Pipelines) -> None:
    kept = {
        one["inputs"].get("resourceGroupName"): one.get("retainOnDelete")
        for one in json.loads(bootstrap_with(pipelines.bench, "stack", "export"))["deployment"]["resources"]
        if one["type"] == "azure-native:resources:ResourceGroup"
    }
    assert {stack: kept[f"rg-llama-{stack}"] for stack in STACKS} == dict.fromkeys(STACKS, True)
    # What was made by hand before the file said that the group is there is the group's own from the next update on.
    pipelines.destroy("dev")
    with sign_in(pipelines.bench.home) as arm:
        assert arm.call("GET", "/resourceGroups/rg-llama-dev").status_code == 200
        assert [one for one in arm.resources() if "/rg-llama-dev/" in one] == []
