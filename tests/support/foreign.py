"""Clients that run outside this process: in the environment that users bring, knowing only what it tells them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome

CLIENTS = PROJECT_ROOT / ".venv-clients" / "bin" / "python"
_SECONDS = 180


def run_client(
    home: SandboxHome,
    program: Path,
    endpoint: Mapping[str, str],
    *arguments: str,
    key: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program that uses an endpoint: a Python program with the clients' interpreter, any other as it is.

    It gets the endpoint's addresses, deployment and key, and the sandbox's certificate authority, and nothing else of
    this process; ``variables`` are on top of that, and an empty one is taken away.
    """
    assert CLIENTS.exists(), "the clients are not installed; run `make clients`"
    bundle = str(home.ca_bundle)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home.root),
        "LLAMA_ENDPOINT_URI": endpoint["uri"],
        "LLAMA_ENDPOINT_KEY": key or endpoint["primaryKey"],
        "LLAMA_BASE_URL": endpoint.get("baseUrl", f"{endpoint['uri'].removesuffix('/score')}/v1/"),
        "LLAMA_DEPLOYMENT": endpoint.get("deployment", "llama"),
        **dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), bundle),
        # LiteLLM would fetch a price list from the internet when it is imported.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    } | dict(variables or {})
    environment = {name: value for name, value in environment.items() if value}
    command = [str(CLIENTS), str(program)] if program.suffix == ".py" else [str(program)]
    return subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
