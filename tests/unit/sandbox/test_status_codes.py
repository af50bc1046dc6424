"""The status codes of the sandbox are those that Microsoft's generated clients accept."""

import subprocess

import pytest
import yaml

from llama_azure_sandbox.arm import providers
from llama_azure_sandbox.arm.resource_type import DeleteAnswer, PutAnswer, ResourceType
from llama_azure_sandbox.arm.status_codes import accepted_codes
from llama_azure_sandbox.home import PROJECT_ROOT

_CLIENTS = PROJECT_ROOT / ".venv-clients" / "bin" / "python"
_A_FEW = ("azure-mgmt-applicationinsights", "azure-mgmt-containerregistry", "azure-mgmt-msi")


@pytest.mark.parametrize("kind", providers.all_types(), ids=lambda kind: kind.name)
def test_each_type_answers_what_its_clients_accept(kind: ResourceType) -> None:
    put, delete = (accepted_codes(kind.name, verb) for verb in ("PUT", "DELETE"))
    assert 200 in put or (put == {202} and kind.put_answer is PutAnswer.LOCATION)
    assert (202 in put) or kind.put_answer is not PutAnswer.LOCATION
    assert (201 in put) or kind.put_answer is not PutAnswer.ASYNC_OPERATION
    assert (202 if kind.delete_answer is DeleteAnswer.LOCATION else 200) in delete


def test_the_codes_are_those_of_the_installed_clients() -> None:
    """All of them are read in half a minute: here a few, and of the others the release."""
    assert _CLIENTS.exists(), f"{_CLIENTS} is not there; run `make clients`"
    read = yaml.safe_load(
        subprocess.run(
            [_CLIENTS, "-m", "scripts.status_codes", *_A_FEW],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
    )
    for kind, verbs in read["types"].items():
        for verb, codes in verbs.items():
            assert accepted_codes(kind, verb) <= set(codes), "run `make status-codes`"
    [packages] = (PROJECT_ROOT / ".venv-clients" / "lib").glob("python*/site-packages")
    kept = yaml.safe_load(
        (PROJECT_ROOT / "sandbox" / "llama_azure_sandbox" / "arm" / "status_codes.yaml").read_text(encoding="utf-8")
    )
    for client in kept["clients"]:
        folder = client.replace("-", "_").replace(" ", "-")
        assert (packages / f"{folder}.dist-info").is_dir(), (
            f"{client} is not what is installed; run `make status-codes`"
        )
