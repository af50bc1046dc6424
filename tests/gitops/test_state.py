"""What Pulumi does with a state in Azure Blob Storage: a preview reads it and takes no lock, an update writes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_report.events import NO_POLICY_PACK
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.blobs import Container, open_container
from tests.support.workbench import Workbench

PROGRAM = (
    "import pulumi\n\nconfig = pulumi.Config()\npulumi.export('kept', config.require_secret('kept'))\n"
    "pulumi.export('told', config.require('told'))\n"
)
FILES = {
    "Pulumi.yaml": "name: state\nruntime: {name: python, options: {toolchain: pip, virtualenv: "
    f"{PROJECT_ROOT}/.venv}}}}\n",
    "__main__.py": PROGRAM,
}


@pytest.fixture
def container() -> Iterator[Container]:
    with open_container() as container:
        yield container


def test_whoever_may_only_read_a_state_can_preview_it_and_nothing_else(
    own_workbench: Workbench, container: Container, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    variables = own_workbench.environment | container.variables | NO_POLICY_PACK

    def pulumi(*arguments: str, ok: bool = True) -> str:
        answer = subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (answer.returncode == 0) == ok, answer.stdout + answer.stderr
        return answer.stdout + answer.stderr

    pulumi("stack", "init", "dev")
    pulumi("config", "set", "kept", "a secret", "--secret")
    pulumi("config", "set", "told", "one")
    pulumi("up", "--yes", "--skip-preview")
    assert any("locks" in call and call.startswith("PUT") for call in container.calls)
    before, container.calls[:] = dict(container.blobs), []
    container.is_read_only = True
    pulumi("preview", "--refresh", "--expect-no-changes")
    pulumi("config", "set", "told", "two")
    assert '"one" => "two"' in pulumi("preview", "--diff")
    assert {call.split()[0] for call in container.calls} <= {"GET", "HEAD"}
    pulumi("up", "--yes", "--skip-preview", ok=False)
    assert container.blobs == before
