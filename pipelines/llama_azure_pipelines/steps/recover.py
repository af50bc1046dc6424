"""Recover: let a stack take in what Azure finished after the engine was killed, and forget what it did not."""

import json
import tempfile
from pathlib import Path

from llama_azure_core.resource_types import path_id, resource_types
from llama_azure_pipelines import engine
from llama_azure_pipelines.arm import Arm, NotThereError, account_of
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import show
from llama_azure_pipelines.say import say


def recover(stack: str) -> None:
    """Settle what the state of a stack calls pending, so that the next update does not stumble over it.

    A resource that is in Azure becomes one of the stack's: the azure-native plugin creates nothing that is there.
    The engine has `pulumi refresh --import-pending-creates` for this; that of 3.259 forgets what it is given.

    Raises:
        StepError: the state cannot be read or written, Azure cannot be asked, or the refresh failed.
    """
    exported = engine.export(stack)
    deployment = exported["deployment"]
    operations = deployment.pop("pending_operations", None) or []
    pending = [operation["resource"] for operation in operations if operation["type"] == "creating"]
    if not pending:
        say(f"{stack}: nothing is pending")
        return
    resources = deployment.setdefault("resources", [])
    subscriptions = {
        f"{one['urn']}::{one['id']}": one.get("inputs", {}).get("subscriptionId")
        for one in resources
        if one["type"] == "pulumi:providers:azure-native"
    }
    arm = Arm(stack)
    for resource in pending:
        name = resource["urn"].rsplit("::", 1)[-1]
        subscription = subscriptions.get(resource.get("provider", "")) or account_of(stack).subscription_id
        found = _finished(arm, resource, subscription)
        if found is None:
            say(f"{name} was being made, and is not there")
        else:
            say(f"{name} was being made, and is there: {found}")
            resources.append({**resource, "id": found})
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        file = Path(folder, "state.json")
        file.write_text(json.dumps(exported), encoding="utf-8")
        _pulumi(stack, "stack", "import", "--file", str(file))
    _pulumi(stack, "refresh", "--yes", "--skip-preview", "--suppress-outputs")


def _pulumi(stack: str, *arguments: str) -> None:
    if show(["pulumi", "--non-interactive", *arguments, "--stack", stack], engine.variables_of(stack)).returncode != 0:
        raise StepError(f"{stack}: pulumi {arguments[0]} failed, as said above")


def _finished(arm: Arm, resource: engine.Json, subscription: str) -> str | None:
    """Return the Azure id of a resource that is there; ``None`` for one that is not, or is not Azure's."""
    kind = resource_types().get(resource["type"])
    if kind is None:
        return None
    resource_id = path_id(kind.path, resource["inputs"], subscription)
    try:
        arm.call("GET", resource_id, kind.api_version)
    except NotThereError:
        return None
    return resource_id
