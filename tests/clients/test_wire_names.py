"""What the stand-in for azure-native writes has the names that Microsoft's management clients write."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.home import PROJECT_ROOT

SHAPES = json.loads(
    (PROJECT_ROOT / "sandbox" / "llama_azure_sandbox" / "arm" / "shapes.json").read_text(encoding="utf-8")
)
MODULES = (
    "applicationinsights", "cognitiveservices", "containerregistry", "keyvault", "loganalytics", "monitor", "storage",
)  # fmt: skip
TOP = {
    "microsoft.containerregistry/registries": ("containerregistry", "RegistryProperties"),
    "microsoft.insights/autoscalesettings": ("monitor", "AutoscaleSettingResource"),
    "microsoft.insights/components": ("applicationinsights", "ApplicationInsightsComponent"),
    "microsoft.operationalinsights/workspaces": ("loganalytics", "WorkspaceProperties"),
    "microsoft.storage/storageaccounts": ("storage", "StorageAccountPropertiesCreateParameters"),
    "microsoft.storage/storageaccounts/blobservices": ("storage", "BlobServicePropertiesProperties"),
}
"""Types whose own properties are a model of the client."""
OTHER_VERSIONS = {
    "cognitiveservices.RaiPolicyContentFilter": {"action"},
    "cognitiveservices.RaiPolicyProperties": {"safetyProviders"},
    "containerregistry.Policies": {"softDeletePolicy"},
    "monitor.Condition": {"alertSensitivity", "criterionType", "ignoreDataBefore", "minRecurrenceCount"},
}
"""What only one of the two knows, for it is of another api-version."""


@pytest.fixture(scope="module")
def clients() -> dict[str, dict[str, list[str]]]:
    program = Path(__file__).parent / "programs" / "wire_names.py"
    command = [str(PROJECT_ROOT / ".venv-clients" / "bin" / "python"), str(program), *MODULES]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found: dict[str, dict[str, list[str]]] = json.loads(ran.stdout)
    return found


@pytest.mark.client("azure-mgmt-storage", "the names in bodies are those that the stand-in writes")
def test_every_name_in_a_body_is_one_that_microsofts_client_writes(clients: dict[str, Any]) -> None:
    strange: dict[str, list[str]] = {}
    compared = 0
    objects = {**SHAPES["objects"], **{".".join(TOP[kind]): SHAPES["types"][kind]["properties"] for kind in TOP}}
    for name, parts in objects.items():
        module, _, model = name.partition(".")
        known = clients.get(module, {}).get(model)
        if known:
            compared += 1
            beyond = set(parts) - set(known) - OTHER_VERSIONS.get(name, set())
            strange |= {name: sorted(beyond)} if beyond else {}
    assert strange == {}
    assert all(clients[module].get(model) for module, model in TOP.values())
    assert compared > 50
