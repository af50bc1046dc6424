"""The CLI's own commands in the sandbox: those of the Pulumi that is on the PATH, or else of the one built here.

Where an official CLI with its language host is on the PATH, it is the one that serves
(`llama_azure_sandbox.engine.find`), here as in every other test; the head of pytest's report says which one it was.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.engine_home import prepare_engine
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.programs import PROGRAMS
from tests.support.workbench import Workbench, open_workbench, sandbox_command

STACK = "dev"
PROGRAM = ("--cwd", "group")
ON_STACK = (*PROGRAM, "--stack", STACK)
CLEARING_REFRESH = ("refresh", "--yes", "--clear-pending-creates")
KINDS = ("creating", "updating", "deleting", "reading")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """A sandbox in which a program has made one resource group."""
    with open_workbench(tmp_path_factory.mktemp("commands") / "bench") as bench:
        place(bench, "group", f"{PROJECT_ROOT}/.venv")
        bench.pulumi(*PROGRAM, "stack", "init", STACK)
        bench.pulumi(*ON_STACK, "up", "--yes", "--skip-preview")
        bench.judged = False
        yield bench


def place(bench: Workbench, name: str, virtualenv: str) -> None:
    """Put a small program beside the project."""
    folder = bench.project / name
    folder.mkdir()
    (folder / "__main__.py").write_text((PROGRAMS / "group.py").read_text(encoding="utf-8"), encoding="utf-8")
    runtime = {"name": "python", "options": {"toolchain": "pip", "virtualenv": virtualenv}}
    (folder / "Pulumi.yaml").write_text(json.dumps({"name": name, "runtime": runtime}), encoding="utf-8")


def exported(bench: Workbench) -> Any:
    return json.loads(bench.pulumi(*ON_STACK, "stack", "export").stdout)


def imported(bench: Workbench, state: Any) -> None:
    path = bench.folder / "state.json"
    path.write_text(json.dumps(state), encoding="utf-8")
    bench.pulumi(*ON_STACK, "stack", "import", "--file", str(path))


def group_urn(bench: Workbench) -> str:
    urns = [str(one["urn"]) for one in exported(bench)["deployment"]["resources"]]
    return next(urn for urn in urns if urn.endswith("::group"))


def test_the_environment_tells_its_packages_to_pip() -> None:
    python = PROJECT_ROOT / ".venv" / "bin" / "python"
    answer = subprocess.run(
        [python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True
    )
    assert {"pulumi", "pulumi_azure_native", "llama-azure"} <= {one["name"] for one in json.loads(answer.stdout)}


def test_without_pip_a_preview_fails_as_with_the_official_host(bench: Workbench) -> None:
    """What `uv venv` makes has no pip, and the official language host does not run a program in it."""
    bare = bench.folder / "bare"
    uv = PROJECT_ROOT / ".venv" / "bin" / "uv"
    subprocess.run([uv, "venv", "--quiet", "--no-python-downloads", bare], check=True)
    place(bench, "bare", str(bare))
    bench.pulumi("--cwd", "bare", "stack", "init", STACK)
    answer = bench.pulumi("--cwd", "bare", "--stack", STACK, "preview", check=False)
    assert answer.returncode != 0
    assert "failed to discover package requirements" in answer.stdout + answer.stderr
    assert "python -m pip list --format json" in answer.stdout + answer.stderr


def test_plugins_are_found_by_the_packages_of_the_environment(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, description in (("thing", {"resource": True, "name": "things"}), ("tool", {"resource": False})):
        (tmp_path / f"acme_{name}").mkdir()
        (tmp_path / f"acme_{name}" / "pulumi-plugin.json").write_text(json.dumps(description), encoding="utf-8")
        metadata = tmp_path / f"acme_{name}-1.2rc3.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 1.2rc3\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    about = json.loads(bench.pulumi(*ON_STACK, "about", "--json").stdout)
    plugins = {one["name"]: one["version"] for one in about["plugins"]}
    assert plugins["things"].startswith("1.2")
    assert "azure-native" in plugins
    assert not {"tool", "acme-tool", "policy"} & set(plugins)
    assert about["runtime"]["toolchain"] == "Pip"
    assert {"acme-thing", "acme-tool"} <= {one["name"] for one in about["dependencies"]}


def test_a_python_sdk_of_the_components_is_generated(bench: Workbench, tmp_path: Path) -> None:
    schema = PROJECT_ROOT / "components" / "schema.json"
    bench.pulumi("package", "gen-sdk", "--language", "python", "--out", str(tmp_path), str(schema))
    made = {path.stem for path in tmp_path.rglob("*.py")}
    assert {"ai_hub", "ai_project", "serverless_endpoint", "online_deployment", "provider"} <= made


def test_the_state_is_edited_exported_and_imported(bench: Workbench) -> None:
    before = exported(bench)
    urn = group_urn(bench)
    bench.pulumi(*ON_STACK, "state", "rename", "--yes", urn, "other")
    bench.pulumi(*ON_STACK, "state", "rename", "--yes", f"{urn.removesuffix('group')}other", "group")
    assert exported(bench)["deployment"]["resources"][-1]["urn"] == urn
    bench.pulumi(*ON_STACK, "state", "delete", "--yes", urn)
    assert not [one for one in exported(bench)["deployment"]["resources"] if one["urn"] == urn]
    imported(bench, before)
    assert bench.changes(*ON_STACK, "up") == {"same": 2}


def test_what_is_there_is_imported_and_told_as_python(bench: Workbench) -> None:
    there = next(one for one in exported(bench)["deployment"]["resources"] if one["urn"].endswith("::group"))
    bench.pulumi(*PROGRAM, "stack", "init", "taker")
    told = bench.pulumi(
        *PROGRAM, "import", "--stack", "taker", "--yes", "--skip-preview", there["type"], "x", there["id"]
    )
    assert 'azure_native.resources.ResourceGroup("x"' in told.stdout
    assert 'resource_group_name="rg-commands"' in told.stdout


@pytest.mark.parametrize("command", [("policy", "ls"), ("policy", "publish")])
def test_what_needs_pulumi_cloud_is_refused_with_a_sentence(bench: Workbench, command: tuple[str, ...]) -> None:
    refused = bench.pulumi(*PROGRAM, *command, check=False)
    assert refused.returncode != 0
    assert "does not support" in refused.stderr
    assert "panic" not in refused.stderr


def test_a_refresh_clears_pending_operations_of_every_kind(bench: Workbench) -> None:
    """The state is what kills leave; `stack import` would drop what is pending."""
    checkpoint = bench.home.pulumi_state / ".pulumi" / "stacks" / "group" / f"{STACK}.json"
    content = json.loads(checkpoint.read_text(encoding="utf-8"))
    state = content["checkpoint"]["latest"]
    there = next(one for one in state["resources"] if one["urn"].endswith("::group"))
    half_made = {**there, "urn": there["urn"].replace("::group", "::half-made"), "id": ""}
    state["pending_operations"] = [
        {"resource": half_made if kind == "creating" else there, "type": kind} for kind in KINDS
    ]
    checkpoint.write_text(json.dumps(content), encoding="utf-8")
    assert {one["type"] for one in exported(bench)["deployment"]["pending_operations"]} == set(KINDS)
    bench.pulumi(*ON_STACK, *CLEARING_REFRESH)
    assert not exported(bench)["deployment"].get("pending_operations")
    assert bench.changes(*ON_STACK, "up") == {"same": 2}


def test_stacks_of_the_older_backend_url_are_found_and_an_empty_side_file_stops_nothing(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill in the middle of a `destroy` left such a file, and every command on every stack said EOF."""
    with monkeypatch.context() as older:
        older.setattr("llama_azure_sandbox.environment.backend_url", lambda state: f"file://{state}")
        bench.pulumi(*PROGRAM, "stack", "init", "older")
    side_files = list(bench.home.pulumi_state.rglob("*.attrs"))
    assert {path.name for path in side_files} == {"older.json.attrs", "older.json.bak.attrs"}
    for path in side_files:
        path.write_bytes(b"")
    assert "EOF" in bench.pulumi(*PROGRAM, "stack", "ls", check=False).stderr
    prepare_engine(bench.home)
    names = {one["name"] for one in json.loads(bench.pulumi(*PROGRAM, "stack", "ls", "--json").stdout)}
    assert {STACK, "older"} <= names
    bench.pulumi(*PROGRAM, "--stack", "older", "stack", "rename", "oldest")
    assert list(bench.home.pulumi_state.rglob("*.attrs")) == []


def test_sandbox_run_repairs_before_the_command_runs(bench: Workbench) -> None:
    side_file = bench.home.pulumi_state / ".pulumi" / "stacks" / "group" / f"{STACK}.json.attrs"
    side_file.write_bytes(b"")
    listed = sandbox_command(bench.home, "run", "--", "pulumi", "--cwd", str(bench.project / "group"), "stack", "ls")
    assert STACK in listed.stdout
    assert not side_file.exists()
