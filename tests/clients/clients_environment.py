"""Clients of the Azure SDK with what `sandbox env` prints: in this process, and in their own environment."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from azure.identity import DefaultAzureCredential

from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.records import ServerRecord

PROGRAMS = Path(__file__).with_name("programs")
_PYTHON = PROJECT_ROOT / ".venv-clients" / "bin" / "python"
_SECONDS = 180


Client = TypeVar("Client", bound=AbstractContextManager[Any])


@contextmanager
def management_client(kind: Callable[..., Client], variables: Mapping[str, str]) -> Iterator[Client]:
    """Open a management client of a kind, with the variables of `sandbox env` set in this process."""
    with (
        DefaultAzureCredential() as credential,
        kind(
            credential,
            variables["AZURE_SUBSCRIPTION_ID"],
            base_url=variables["SANDBOX_ARM_URL"],
            credential_scopes=["https://management.azure.com/.default"],
        ) as client,
    ):
        yield client


def run_program(home: SandboxHome, name: str, principal: str = OWNER_NAME, **changes: str) -> dict[str, Any]:
    """Run a program of this folder, and return the JSON that it prints last.

    It signs in as the owner, or as another ``principal``. ``changes`` are variables on top of the sandbox's; an empty
    one is taken away.
    """
    assert _PYTHON.exists(), f"{_PYTHON} is not there; run `make clients`"
    record = ServerRecord.read(home.server_record)
    assert record is not None, "the sandbox was never started"
    environment = os.environ | client_environment(home, record, Path("/nonexistent"), os.environ, principal)
    environment |= {"PYTHONPATH": str(PROJECT_ROOT)} | changes
    answer = subprocess.run(
        [_PYTHON, PROGRAMS / name],
        env={key: value for key, value in environment.items() if value},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert answer.returncode == 0, f"{name} failed:\n{answer.stdout}\n{answer.stderr}"
    told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return told
