"""Adopt: take resources that are in Azure already into a stack whose file describes them."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from llama_azure_pipelines import engine
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import capture, show
from llama_azure_pipelines.say import say
from llama_azure_report.events import NO_POLICY_PACK


def adopt(stack: str, ids: Mapping[str, str]) -> None:
    """Import resources into a stack; without ids, say which names there are.

    Args:
        stack: the stack.
        ids: by the name of a resource in the stack: the Azure id of what is to become that resource.

    Raises:
        StepError: the stack has no such name, or the import failed.
    """
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        file = Path(folder, "import.json")
        told = _wanted(stack, file)
        wanted = told["resources"]
        names = [one["name"] for one in wanted if not one.get("component")]
        if not ids:
            say("\n".join(names))
            return
        unknown = [name for name in ids if name not in names]
        if unknown:
            raise StepError(f"{stack} does not describe {', '.join(unknown)}; it describes: {', '.join(names)}")
        chosen = [one | {"id": ids[one["name"]]} for one in wanted if one["name"] in ids and not one.get("component")]
        parents = {one["parent"] for one in chosen if "parent" in one}
        components = [one for one in wanted if one.get("component") and one["name"] in parents]
        # What the stack has already, such as a component of which one resource is missing, is in the table of names.
        content = {"nameTable": told.get("nameTable") or {}, "resources": [*components, *chosen]}
        file.write_text(json.dumps(content), encoding="utf-8")
        command = ["pulumi", "--non-interactive", "import", "--stack", stack, "--file", str(file), "--yes"]
        options = ["--generate-code=false", "--protect=false", "--suppress-outputs"]
        if show([*command, *options], engine.variables_of(stack)).returncode != 0:
            raise StepError(f"{stack}: the import failed, as said above")


def _wanted(stack: str, file: Path) -> engine.Json:
    """Return what a preview would make, as an import file: ``resources``, and ``nameTable`` of what they belong to."""
    command = ["pulumi", "--non-interactive", "preview", "--stack", stack, "--import-file", str(file)]
    answer = capture(command, engine.variables_of(stack) | NO_POLICY_PACK)
    if answer.returncode != 0:
        raise StepError(f"{stack} cannot be previewed: {answer.output.strip()}")
    told: engine.Json = json.loads(file.read_text(encoding="utf-8"))
    return told
