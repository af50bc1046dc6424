"""An Azure Resource Manager in this process, and principals with roles in it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from llama_azure_sandbox.arm.caller import OWNER, Caller
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.service import ArmService
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import Latency, World
from llama_azure_sandbox.identity.principals import Directory
from tests.support.arm import SUBSCRIPTION, newest_api_version
from tests.support.estates import LLAMA_8B, endpoint_body, hub_body, serverless_endpoint, workspace

GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
PROJECT = f"{SUBSCRIPTION}{workspace('rg', 'project')}"
HUB = f"{SUBSCRIPTION}{workspace('rg', 'hub')}"
ENDPOINT = f"{SUBSCRIPTION}{serverless_endpoint('rg', 'project', 'llama')}"
MARKETPLACE = f"{PROJECT}/marketplaceSubscriptions/llama-3-8b"
SUBSCRIBE_BODY = {"properties": {"modelId": LLAMA_8B}}
ENDPOINT_BODY = endpoint_body()


@dataclass
class Azure:
    """One world without HTTP: requests by a caller."""

    world: World
    service: ArmService = field(init=False)

    def __post_init__(self) -> None:
        self.service = ArmService(self.world)

    def call(
        self, method: str, path: str, body: Any = None, caller: Caller = OWNER, *, matching: str = ""
    ) -> ArmAnswer:
        query = {"api-version": newest_api_version(path), **({"$filter": matching} if matching else {})}
        request = ArmRequest(method, path, query, body, caller=caller)
        return self.service.handle(request)

    def refusal(
        self, method: str, path: str, body: Any = None, caller: Caller = OWNER, *, matching: str = ""
    ) -> ArmError:
        """Send a request that is refused, and return the refusal."""
        try:
            answer = self.call(method, path, body, caller, matching=matching)
        except ArmError as error:
            return error
        raise AssertionError(f"{method} {path} was not refused but answered {answer}")

    def principal(self, name: str = "someone") -> Caller:
        added = Directory(self.world.store).add(name, f"secret of {name}")
        return Caller(added.object_id, added.client_name)

    def custom_role(self, name: str, actions: list[str]) -> str:
        """Define a role and return its GUID."""
        role_id = str(uuid.uuid4())
        body = {"properties": {"roleName": name, "permissions": [{"actions": actions}]}}
        self.call("PUT", f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role_id}", body)
        return role_id

    def assign(self, caller: Caller, role_id: str, scope: str) -> ArmAnswer:
        return self.call(
            "PUT",
            f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}",
            {"properties": {"principalId": caller.object_id, "roleDefinitionId": role_id}},
        )

    def make_project(self) -> None:
        self.call("PUT", GROUP, {"location": "eastus2"})
        self.call("PUT", HUB, hub_body())
        self.call("PUT", PROJECT, project_body())


def project_body() -> dict[str, Any]:
    return {**hub_body(), "kind": "Project", "properties": {"hubResourceId": HUB}}


@contextmanager
def open_azure(folder: Path) -> Iterator[Azure]:
    """Open a world in a folder, with a resource group, a hub and a project."""
    store = Store(folder / "azure.db")
    try:
        azure = Azure(World(store, dt.date(2024, 7, 1), "https://127.0.0.1:1", Latency.NONE))
        azure.make_project()
        yield azure
    finally:
        store.close()
