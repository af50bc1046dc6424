"""What the stacks' files say, and what was deployed of it."""

from pathlib import Path
from typing import Any

import yaml

from pipelines.environments import ROOT, Environments
from pipelines.errors import StepError


def stack_file(stack: str) -> Path:
    """Return the path of a stack's file."""
    return ROOT / "stacks" / f"Pulumi.{stack}.yaml"


def read_stack_file(stack: str) -> dict[str, Any]:
    """Return what a stack's file holds.

    Raises:
        StepError: there is none.
    """
    path = stack_file(stack)
    if not path.exists():
        raise StepError(f"stacks/{path.name} is missing: every environment has a file there")
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return content


def stands_on(known: Environments) -> dict[str, str]:
    """Return by environment the stack whose hub it uses, where it uses another's (``llama-azure:hub: {stack: …}``)."""
    found = {}
    for stack in known.environments:
        content = read_stack_file(stack) if stack_file(stack).exists() else {}
        hub = (content.get("config") or {}).get("llama-azure:hub") or {}
        if isinstance(hub, dict) and hub.get("stack"):
            found[stack] = str(hub["stack"]).rsplit("/", 1)[-1]
    return found
