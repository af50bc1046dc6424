"""What checkov says of ARM templates. It is the one of ``.venv-checkov``, where its pins are nobody else's affair."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.judged.verdicts import Verdict, type_label

PROGRAM = PROJECT_ROOT / ".venv-checkov" / "bin" / "checkov"
# Without it checkov fetches pages of its vendor for each finding.
_OFFLINE = {"CHECKOV_RUN_SCA_PACKAGE_SCAN": "false", "LOG_LEVEL": "ERROR"}


class CheckovError(RuntimeError):
    """checkov could not judge; the message says why."""


def judge_templates(folder: Path) -> list[Verdict]:
    """Judge ``<stack>/template.json`` of every stack below a folder, in one run.

    Raises:
        CheckovError: checkov is not there, or fails, or cannot read a template.
    """
    if not PROGRAM.exists():
        raise CheckovError(f"{PROGRAM} is missing; run `make checkov`")
    command = [
        str(PROGRAM), "--directory", str(folder), "--framework", "arm", "--output", "json", "--compact", "--soft-fail",
        "--skip-download",
    ]  # fmt: skip
    ran = subprocess.run(command, env=os.environ | _OFFLINE, capture_output=True, text=True, timeout=300, check=False)
    try:
        told: Any = json.loads(ran.stdout)
    except ValueError:
        raise CheckovError(f"checkov ended with {ran.returncode}: {(ran.stderr or ran.stdout)[-2000:]}") from None
    results = told["results"]
    if results.get("parsing_errors"):
        raise CheckovError(f"checkov cannot read {', '.join(results['parsing_errors'])}")
    found: dict[tuple[str, str], Verdict] = {}
    kinds = _kinds(folder)
    for kind in ("passed", "failed"):
        for one in results[f"{kind}_checks"]:
            stack = Path(one["file_path"]).parent.name
            key = one["check_id"], stack
            verdict = found.setdefault(key, Verdict("checkov", one["check_id"], one["check_name"], stack))
            getattr(verdict, kind).append((_type(one["resource"], kinds[stack]), one["resource"]))
    return list(found.values())


def _kinds(folder: Path) -> dict[str, dict[str, str]]:
    """Return, by stack, the kind of each resource by its name."""
    found = {}
    for path in folder.glob("*/template.json"):
        resources = json.loads(path.read_text(encoding="utf-8"))["resources"]
        found[path.parent.name] = {one["name"]: one.get("kind", "") for one in resources}
    return found


def _type(resource: str, kinds: Mapping[str, str]) -> str:
    """Return the type of ``Microsoft.KeyVault/vaults.kv-name``."""
    namespace, _, rest = resource.partition("/")
    kind, _, name = rest.partition(".")
    return type_label(f"{namespace}/{kind}", kinds.get(name))
