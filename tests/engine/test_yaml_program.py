"""A program in another language uses the components as a package: Pulumi YAML, by its real language host.

The tests run in order: the example's stack is made, grows, and goes.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID
from llama_azure_sandbox.home import PROJECT_ROOT
from llama_azure_sandbox.process import StartOptions
from tests.support.arm import sign_in
from tests.support.estates import make_project, workspace
from tests.support.foundry import make_account
from tests.support.secrecy import files_below
from tests.support.workbench import Workbench, open_workbench

# The example deploys what is sold today; the tests hold today still.
TODAY = dt.date(2026, 11, 25)
GROUP = "rg-yaml"
STACK = "dev"
EXAMPLE = ("--cwd", "examples/yaml-serverless")
TEAM = "a4b0c000-1d2e-4f3a-8b5c-6d7e8f901234"
CONFIG = {
    "resourceGroup": GROUP,
    "project": "project",
    "location": "eastus2",
    "endpoint": "llama-yaml",
    "llama-azure:asOf": TODAY.isoformat(),
}
MORE: dict[str, Any] = {
    "deployers": {
        "type": "llama-azure:DeployerRole",
        "properties": {
            "subscriptionId": SUBSCRIPTION_ID,
            "resourceGroupName": GROUP,
            "projectNames": ["project"],
            # A secret within a map: it reaches the component as an output.
            "deployers": {
                "team": {"principalId": {"fn::secret": TEAM}, "principalType": "Group", "maySubscribe": True}
            },
        },
    },
    "connection": {
        "type": "llama-azure:ServerlessConnection",
        "properties": {
            "resourceGroupName": GROUP,
            "projectName": "project",
            "connectionName": "llama",
            "endpointUri": "${llama.uri}",
            "endpointKey": "${llama.primaryKey}",
        },
    },
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A workbench with the example's folder and, where the example looks for it, the package."""
    with open_workbench(tmp_path_factory.mktemp("yaml"), StartOptions(port=0, as_of=TODAY)) as bench:
        (bench.project / "components").symlink_to(PROJECT_ROOT / "components")
        shutil.copytree(PROJECT_ROOT / "examples" / "yaml-serverless", program(bench).parent)
        with sign_in(bench.home) as arm:
            make_project(arm, GROUP)
        bench.pulumi(*EXAMPLE, "stack", "init", STACK)
        values = [part for name, value in CONFIG.items() for part in ("--plaintext", f"{name}={value}")]
        bench.pulumi(*EXAMPLE, "config", "set-all", "--stack", STACK, *values)
        yield bench


def program(bench: Workbench) -> Path:
    return bench.project / "examples" / "yaml-serverless" / "Pulumi.yaml"


def change(bench: Workbench, **resources: Any) -> None:
    content = yaml.safe_load(program(bench).read_text(encoding="utf-8"))
    content["resources"] |= resources
    program(bench).write_text(yaml.safe_dump(content), encoding="utf-8")


@pytest.mark.client("Pulumi CLI", "a Pulumi YAML program with the components as a package")
def test_a_yaml_program_deploys_a_serverless_endpoint(bench: Workbench) -> None:
    previewed = bench.pulumi(*EXAMPLE, "preview", "--stack", STACK)
    assert "warning" not in (previewed.stdout + previewed.stderr).lower()
    assert bench.changes(*EXAMPLE, "up", "--stack", STACK) == {"create": 5}
    bench.judged = False
    with sign_in(bench.home) as arm:
        shown = arm.call("GET", f"{workspace(GROUP, 'project')}/serverlessEndpoints/llama-yaml").json()
    assert shown["properties"]["modelSettings"]["modelId"].endswith("/Llama-3.3-70B-Instruct")
    assert shown["properties"]["contentSafety"] == {"contentSafetyStatus": "Enabled"}
    assert shown["tags"] == {"environment": STACK, "managed-by": "pulumi"}


def test_its_outputs_are_the_endpoints_and_its_key_is_a_secret(bench: Workbench) -> None:
    shown = bench.pulumi(*EXAMPLE, "stack", "output", "--stack", STACK, "--json").stdout
    secrets = bench.pulumi(*EXAMPLE, "stack", "output", "--stack", STACK, "--json", "--show-secrets").stdout
    outputs = yaml.safe_load(secrets)
    assert outputs["uri"] == f"{bench.record.base_url}/serverless/eastus2/llama-yaml"
    assert yaml.safe_load(shown)["key"] == "[secret]"
    assert len(outputs["key"]) == 32
    assert outputs["key"] not in files_below(bench.home)


def test_lists_maps_booleans_and_secrets_pass_from_yaml_into_the_components(bench: Workbench) -> None:
    change(bench, **MORE)
    counts = bench.changes(*EXAMPLE, "up", "--stack", STACK)
    # Two components; three roles, three assignments and a connection.
    assert counts == {"create": 9, "same": 5}
    with sign_in(bench.home) as arm:
        assigned = arm.call("GET", "/providers/Microsoft.Authorization/roleAssignments").json()["value"]
        connection = f"{workspace(GROUP, 'project')}/connections/llama"
        secret = arm.call("POST", f"{connection}/listsecrets").json()["properties"]
    types = [one["properties"]["principalType"] for one in assigned if one["properties"]["principalId"] == TEAM]
    assert types == ["Group"] * 3
    assert secret["credentials"]["key"] not in files_below(bench.home)
    assert secret["isSharedToAll"] is False


def test_what_a_component_refuses_is_told_with_its_place_and_no_traceback(bench: Workbench) -> None:
    team = {"principalId": TEAM, "principalType": "Robot"}
    wrong = {**MORE["deployers"]["properties"], "deployers": {"team": team}}
    change(bench, deployers={"type": "llama-azure:DeployerRole", "properties": wrong})
    preview = bench.pulumi(*EXAMPLE, "preview", "--stack", STACK, check=False)
    said = " ".join((preview.stdout + preview.stderr).split())
    assert preview.returncode != 0
    assert "deployers.team.principalType" in said
    assert "principalType is 'Robot'; give User, Group or ServicePrincipal" in said
    assert "Traceback" not in said


def test_destroy_leaves_the_project_as_it_was(bench: Workbench) -> None:
    assert bench.changes(*EXAMPLE, "destroy", "--stack", STACK) == {"delete": 14}
    with sign_in(bench.home) as arm:
        names = sorted(one.rsplit("/", 1)[-1] for one in arm.resources())
    assert names == ["hub", "project", GROUP]


def test_a_yaml_program_deploys_on_a_foundry_resource(bench: Workbench) -> None:
    example = ("--cwd", "examples/yaml-foundry")
    shutil.copytree(PROJECT_ROOT / example[1], bench.project / example[1])
    bench.pulumi(*example, "stack", "init", STACK)
    values = {"resourceGroup": GROUP, "location": "eastus2", "account": "ai-yaml", "caller": TEAM}
    parts = [part for name, value in values.items() for part in ("--plaintext", f"{name}={value}")]
    bench.pulumi(*example, "config", "set-all", "--stack", STACK, *parts)
    assert bench.changes(*example, "up", "--stack", STACK).keys() == {"create"}
    outputs = yaml.safe_load(bench.pulumi(*example, "stack", "output", "--stack", STACK, "--json").stdout)
    assert outputs["url"] == f"{bench.record.base_url}/foundry/ai-yaml/openai/v1/"
    assert outputs["model"] == "chat"
    assert bench.changes(*example, "destroy", "--stack", STACK).keys() == {"delete"}


@pytest.mark.client("Pulumi CLI", "a Pulumi YAML program with a gateway of the package")
def test_a_yaml_program_deploys_a_gateway_and_takes_it_away(bench: Workbench) -> None:
    example = ("--cwd", "examples/yaml-gateway")
    within = f"/resourceGroups/{GROUP}/providers"
    with sign_in(bench.home) as arm:
        make_account(arm, GROUP, "ai-yaml")
    shutil.copytree(PROJECT_ROOT / example[1], bench.project / example[1])
    bench.pulumi(*example, "stack", "init", STACK)
    values = {
        "resourceGroup": GROUP,
        "location": "eastus2",
        "subscription": SUBSCRIPTION_ID,
        "account": "ai-yaml",
        "unique": "yaml",
    }
    parts = [part for name, value in values.items() for part in ("--plaintext", f"{name}={value}")]
    bench.pulumi(*example, "config", "set-all", "--stack", STACK, *parts)
    assert bench.changes(*example, "up", "--stack", STACK).keys() == {"create"}
    assert bench.changes(*example, "up", "--stack", STACK).keys() == {"same"}
    outputs = bench.outputs(STACK, *example)
    with sign_in(bench.home) as arm:
        app = arm.call("GET", f"{within}/Microsoft.App/containerApps/gateway").json()["properties"]
        runs = arm.call("GET", f"{within}/Microsoft.App/jobs/gateway-teams/executions").json()["value"]
    assert outputs["url"] == f"https://{app['configuration']['ingress']['fqdn']}/v1/"
    assert outputs["keyOfSearch"] == "https://kv-yaml.vault.azure.net/secrets/gateway-team-search"
    assert [one["properties"]["status"] for one in runs] == ["Succeeded"]
    # No key is in the state, in an output or in what was printed: the vault alone has them.
    state = bench.pulumi(*example, "stack", "export", "--stack", STACK, "--show-secrets").stdout
    assert "sk-" not in state
    assert all(one.get("keyVaultUrl") for one in app["configuration"]["secrets"])
    assert bench.changes(*example, "destroy", "--stack", STACK).keys() == {"delete"}
