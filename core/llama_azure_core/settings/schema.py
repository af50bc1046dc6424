"""The JSON Schema of a stack file, with which editors complete and check it.

``python -m llama_azure_core.settings.schema FILE`` writes it (``make settings-schema``).
"""

import json
import sys
from pathlib import Path
from typing import Any

from llama_azure_core.engine_values import LOCATION_KEY, NAMESPACE
from llama_azure_core.settings.stack import Settings


def stack_file_schema() -> dict[str, Any]:
    """Return the schema of ``stacks/Pulumi.<stack>.yaml`` (JSON Schema 2020-12).

    Keys of other packages are allowed, unknown keys of this one are not. What combines several
    values, such as traffic that must add up, is judged by :func:`parse_settings` alone.
    """
    settings = _with_written_booleans(Settings.model_json_schema(by_alias=True))
    definitions = settings.pop("$defs")
    by_key = {_key(name): schema for name, schema in settings["properties"].items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of Llama on Azure",
        "type": "object",
        "required": ["config"],
        "properties": {
            "config": {
                "type": "object",
                "anyOf": [
                    {"required": [_key(name) for name in settings["required"]]},
                    {"required": [_key("partOf")]},  # the other stack's file has them
                ],
                "properties": by_key,
                "patternProperties": {f"^(?!{NAMESPACE}:)": True},
                "additionalProperties": False,
            }
        },
        "$defs": definitions,
    }


def _with_written_booleans(schema: Any) -> Any:
    """Let a boolean be text as well: ``pulumi config set`` writes ``"true"``."""
    if isinstance(schema, list):
        return [_with_written_booleans(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {key: _with_written_booleans(one) for key, one in schema.items()}
    if changed.get("type") == "boolean":
        changed |= {"type": ["boolean", "string"], "enum": [True, False, "true", "false"]}
    return changed


def _key(name: str) -> str:
    return LOCATION_KEY if name == "location" else f"{NAMESPACE}:{name}"


if __name__ == "__main__":
    text = json.dumps(stack_file_schema(), indent=2) + "\n"
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
