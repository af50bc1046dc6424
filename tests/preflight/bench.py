"""A stack file of a test's own, and preflight run on it in this process: real HTTP, real clients, a real sign-in."""

import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from llama_azure_core.naming import unique_suffix
from llama_azure_preflight.cli import preflight
from llama_azure_sandbox.client.principals import NewPrincipal, add_principal
from llama_azure_sandbox.client.world import change_world
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import running
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import put_and_wait

LLAMA_8B = "Meta-Llama-3-8B-Instruct"
AUTHORIZATION = "/providers/Microsoft.Authorization"
GROUP = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Outcome:
    """How a run of preflight ended."""

    exit_code: int
    output: str
    errors: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report."""
        report: dict[str, Any] = json.loads(self.output)
        return report

    @property
    def rows(self) -> list[dict[str, str]]:
        """The checks of a JSON report."""
        rows: list[dict[str, str]] = self.report["checks"]
        return rows

    def results(self, check: str) -> dict[str, str]:
        """The results of a check by subject."""
        return {row["subject"]: row["result"] for row in self.rows if row["id"] == check}

    def row(self, check: str, subject: str = "") -> dict[str, str]:
        """The one row of a check whose subject holds some words."""
        found = [row for row in self.rows if row["id"] == check and subject in row["subject"]]
        assert len(found) == 1, self.output
        return found[0]


class Bench:
    """A project folder whose one stack deploys into a resource group of the test's own."""

    def __init__(self, home: SandboxHome, arm: Arm, folder: Path) -> None:
        self.home = home
        self.arm = arm
        self.folder = folder
        self.options: list[str] = []
        """Options of every check."""
        name = GROUP.sub("-", folder.name.lower()).strip("-")
        self.group = f"rg-{name}"
        self.is_azures_own = False
        """Whether the cloud counts as one of Azure's own: what tells them apart here is the address alone."""
        self.config: dict[str, Any] = {
            "azure-native:location": "eastus2",
            "llama-azure:asOf": "2024-07-01",
            "llama-azure:resourceGroup": self.group,
            "llama-azure:hub": {"name": "hub"},
            "llama-azure:projects": {"project": {"serverless": [{"model": LLAMA_8B, "name": f"{name[:40]}-8b"}]}},
        }
        (folder / "Pulumi.yaml").write_text("name: llama-azure\nruntime: python\nstackConfigDir: stacks\n")
        (folder / "stacks").mkdir()

    @property
    def endpoint(self) -> str:
        """The name of the stack's serverless endpoint."""
        name: str = self.config["llama-azure:projects"]["project"]["serverless"][0]["name"]
        return name

    @property
    def region(self) -> str:
        """Where the stack lies, and what is made for it."""
        return str(self.config["azure-native:location"])

    def name(self, prefix: str) -> str:
        """A name that no other test has: endpoints share those of a region."""
        return f"{prefix}-{unique_suffix(self.group)}"

    @property
    def group_id(self) -> str:
        return f"{SUBSCRIPTION}/resourceGroups/{self.group}"

    def workspace(self, name: str) -> str:
        """The path of a workspace below the subscription."""
        return f"/resourceGroups/{self.group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"

    def configure(self, **changes: Any) -> None:
        """Change settings: ``configure(hub={"existing": …}, location="westus")``."""
        for key, value in changes.items():
            name = "azure-native:location" if key == "location" else f"llama-azure:{key}"
            self.config[name] = value

    def world(self, **changes: Any) -> None:
        """Change what the sandbox believes, until the test ends."""
        change_world(self.home, **changes)

    def put(self, path: str, body: dict[str, Any]) -> None:
        """Make a resource with the owner's rights."""
        put_and_wait(self.arm, path, body)

    def make_group(self) -> None:
        self.put(f"/resourcegroups/{self.group}", {"location": self.region})

    def make_workspace(self, name: str, kind: str = "Hub") -> None:
        properties = {"hubResourceId": f"{SUBSCRIPTION}{self.workspace('hub')}"} if kind == "Project" else {}
        self.put(self.workspace(name), {"location": self.region, "kind": kind, "properties": properties})

    def make_project(self) -> None:
        """Make the resource group, a hub and a project."""
        self.make_group()
        self.make_workspace("hub")
        self.make_workspace("project", "Project")

    def make_endpoint(self, name: str, model: str = LLAMA_8B, project: str = "project") -> None:
        body = {
            "location": self.region,
            "sku": {"name": "Consumption"},
            "properties": {
                "authMode": "Key",
                "modelSettings": {"modelId": f"azureml://registries/azureml-meta/models/{model}"},
            },
        }
        self.subscribe(model, project)
        self.put(f"{self.workspace(project)}/serverlessEndpoints/{name}", body)

    def subscribe(self, model: str = LLAMA_8B, project: str = "project") -> None:
        """Subscribe a project to a model's offer."""
        name = model.replace(".", "-").lower()
        body = {"properties": {"modelId": f"azureml://registries/azureml-meta/models/{model}"}}
        self.put(f"{self.workspace(project)}/marketplaceSubscriptions/{name}", body)

    def principal(self, name: str, *roles: tuple[list[str], str]) -> NewPrincipal:
        """Add a principal that holds custom roles: the actions of each, and the scope at which it is assigned."""
        added = add_principal(self.home, f"{name}-{uuid.uuid4().hex[:8]}")
        for number, (actions, scope) in enumerate(roles):
            grant(self.arm, added.object_id, f"{added.name}-{number}", actions, scope)
        return added

    def run(
        self, *arguments: str, principal: NewPrincipal | None = None, variables: Mapping[str, str] | None = None
    ) -> Outcome:
        """Run the command in the project's folder, as the owner or another principal, with variables of its own."""
        path = self.folder / "stacks" / "Pulumi.test.yaml"
        path.write_text(yaml.safe_dump({"config": self.config}), encoding="utf-8")
        with self.environment(principal, variables or {}):
            result = CliRunner().invoke(preflight, list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def check(
        self, *arguments: str, principal: NewPrincipal | None = None, variables: Mapping[str, str] | None = None
    ) -> Outcome:
        """Check the stack and report as JSON."""
        return self.run(
            "--stack", "test", "--format", "json", *self.options, *arguments, principal=principal, variables=variables
        )

    @contextmanager
    def environment(
        self, principal: NewPrincipal | None = None, extra: Mapping[str, str] | None = None
    ) -> Iterator[None]:
        """Be in the project's folder, signed in as the owner or another principal, with variables of its own."""
        record = running(self.home)
        assert record is not None
        name = OWNER_NAME if principal is None else principal.name
        values = client_environment(self.home, record, Path("/nonexistent"), os.environ, name)
        # Each connection reads anew whom it trusts; in these hundreds of runs all lead to the sandbox.
        values["REQUESTS_CA_BUNDLE"] = str(self.home.authority)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in {**values, **(extra or {})}.items():
                patch.setenv(name, value)
            if self.is_azures_own:
                patch.setattr("llama_azure_core.judging._is_loopback", lambda _host: False)
            yield


def grant(arm: Arm, object_id: str, name: str, actions: list[str], scope: str) -> None:
    """Define a custom role and assign it."""
    role = str(uuid.uuid4())
    define(arm, role, name, actions)
    assign(arm, object_id, role, scope)


def define(arm: Arm, role: str, name: str, actions: list[str]) -> None:
    """Define a custom role, or define it anew; ``role`` is its GUID."""
    body = {"properties": {"roleName": name, "permissions": [{"actions": actions}]}}
    call(arm, "PUT", f"{AUTHORIZATION}/roleDefinitions/{role}", "2022-04-01", body)


def assign(arm: Arm, object_id: str, role: str, scope: str) -> None:
    """Assign a role."""
    role_id = f"{SUBSCRIPTION}{AUTHORIZATION}/roleDefinitions/{role}"
    path = f"{scope.removeprefix(SUBSCRIPTION)}{AUTHORIZATION}/roleAssignments/{uuid.uuid4()}"
    call(arm, "PUT", path, "2022-04-01", {"properties": {"principalId": object_id, "roleDefinitionId": role_id}})


def call(arm: Arm, method: str, path: str, api_version: str, body: Any = None) -> Any:
    """Send a request with the owner's rights, and return the answer's body."""
    answer = arm.client.request(method, SUBSCRIPTION + path, json=body, params={"api-version": api_version})
    assert answer.is_success, answer.text
    return answer.json()
