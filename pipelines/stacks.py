"""What the stacks' files say of one another."""

import yaml

from pipelines.engine import stack_file
from pipelines.environments import Environments


def stands_on(known: Environments) -> dict[str, str]:
    """Return by environment the stack whose hub it uses, where it uses another's (``llama-azure:hub: {stack: …}``)."""
    found = {}
    for stack in known.environments:
        path = stack_file(stack)
        content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        hub = (content.get("config") or {}).get("llama-azure:hub") or {}
        if isinstance(hub, dict) and hub.get("stack"):
            found[stack] = str(hub["stack"]).rsplit("/", 1)[-1]
    return found
