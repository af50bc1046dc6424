"""Scripts of bash that ask with curl."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from llama_azure_core.snippets.callee import KEY_VARIABLE, Writing, key_line


def _curl(writing: Writing, url: str, body: Mapping[str, Any]) -> str:
    if writing.by_token:
        resource = writing.callee.token_scope.removesuffix("/.default")
        secret = f"export LLAMA_TOKEN=$(az account get-access-token --resource {resource} --query accessToken -o tsv)"
        variable = "LLAMA_TOKEN"
    else:
        secret, variable = key_line(writing.callee), KEY_VARIABLE
    at_once = " --no-buffer" if writing.streams else ""
    # The secret goes in by a file descriptor: other users can read command lines.
    return (
        f"{secret}\n"
        f"curl --silent --show-error --fail-with-body{at_once} {shlex.quote(url)} \\\n"
        f'  --config <(printf \'header = "Authorization: Bearer %s"\\n\' "${variable}") \\\n'
        f"  --json @- <<'JSON'\n"
        f"{json.dumps(body, indent=2, ensure_ascii=False)}\n"
        "JSON\n"
    )


def chat(writing: Writing) -> str:
    """Return the program that asks a chat."""
    body = {"model": writing.callee.deployment, **writing.body}
    return _curl(writing, f"{writing.callee.base_url}chat/completions", body)


def completions(writing: Writing) -> str:
    """Return the program that asks for a completion of a text."""
    body = {"model": writing.callee.deployment, **writing.body}
    return _curl(writing, f"{writing.callee.base_url}completions", body)


def scoring(writing: Writing) -> str:
    """Return the program that asks the scoring route."""
    return _curl(writing, writing.callee.uri, writing.body)
