"""The distribution declares what its parts import, part by part, and says its version everywhere alike."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from llama_azure_core import commands
from llama_azure_pipelines.steps.release import versions
from llama_azure_sandbox.home import PROJECT_ROOT
from policy_report import archive

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = ("core/llama_azure_core", "core/llama_azure_access")
PARTS = {
    "": ("components/llama_azure", *CORE),
    "cli": ("cli/llama_azure_cli",),
    "guardrails": ("policies/llama_guardrails/llama_guardrails", "policies/report", "core/llama_azure_report"),
    "page": ("page/llama_azure_page", "core/llama_azure_report"),
    "pipelines": ("pipelines/llama_azure_pipelines", "core/llama_azure_report"),
    "preflight": ("preflight/llama_azure_preflight", "core/llama_azure_report"),
    "sandbox": ("sandbox/llama_azure_sandbox",),
}
"""The folders of each extra; the first are there without one."""
OWN = {path.rsplit("/", 1)[-1] for paths in PARTS.values() for path in paths} | {"policy_report"}
OTHER_NAMES = {"google": "protobuf", "grpc": "grpcio", "jwt": "pyjwt", "pydantic-core": "pydantic", "yaml": "pyyaml"}
# It holds protobuf back, so only whoever composes policies with it installs it; nothing else needs it.
LEFT_TO_THE_USER = {"pulumi-policy"}
OF_EVERY_COMMAND = PROJECT_ROOT / "core" / "llama_azure_core" / "commands.py"
"""What it imports the commands' own extras have: it says which of them is missing."""
NOT_IMPORTED = {"uv"}
"""What is run as a program."""


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^a-z0-9-]", one)[0] for one in requirements} - {"llama-azure"}


def declared(extra: str) -> set[str]:
    """Return what an extra asks for beside the base, with what it takes from others."""
    if not extra:
        return names(PROJECT["dependencies"])
    requirements = PROJECT["optional-dependencies"][extra]
    taken = [found[1].split(",") for one in requirements if (found := re.match(r"llama-azure\[(.*)\]", one))]
    return names(requirements).union(*(declared(other) for others in taken for other in others))


def imported(*folders: str) -> dict[str, Path]:
    """Return the modules that are imported from elsewhere, each with a file that does."""
    found = {}
    for folder in folders:
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            for module in modules(ast.parse(path.read_text(encoding="utf-8"))):
                top = module.split(".")[0]
                if top not in OWN and top not in sys.stdlib_module_names and path != OF_EVERY_COMMAND:
                    found[module] = path
    return found


def modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def distribution(module: str, known: set[str]) -> str:
    """Return the distribution of a module: of several that its name begins with, the longest."""
    parts = module.replace("_", "-").split(".")
    fitting = [name for end in range(len(parts), 0, -1) if (name := "-".join(parts[:end])) in known]
    return fitting[0] if fitting else OTHER_NAMES.get(parts[0], parts[0])


@pytest.mark.parametrize("extra", PARTS)
def test_what_a_part_imports_is_what_its_extra_asks_for(extra: str) -> None:
    everything = declared("all") | declared("")
    used = {distribution(module, everything): path for module, path in imported(*PARTS[extra]).items()}
    asked = declared(extra) | declared("") | LEFT_TO_THE_USER
    missing = {name: path for name, path in used.items() if name not in asked}
    assert not missing
    # What it takes with other parts, it need not import itself.
    own = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    assert names(own) - used.keys() <= NOT_IMPORTED


def test_all_is_all() -> None:
    assert declared("all") == set().union(*(declared(extra) for extra in PARTS if extra))


def test_the_archive_asks_for_what_the_pack_imports() -> None:
    known = declared("guardrails") | declared("")
    used = {distribution(module, known) for module in imported(PARTS["guardrails"][0], CORE[0])}
    assert used <= names(archive.requirements()) | LEFT_TO_THE_USER


def test_every_file_with_a_version_has_the_same() -> None:
    assert set(versions().values()) == {PROJECT["version"]}


@pytest.mark.parametrize(
    ("command", "lacking", "extra"),
    [
        ("llama_azure", "click", "cli"),
        ("preflight", "click", "preflight"),
        ("policy_report", "rich", "guardrails"),
        ("refresh_catalogue", "click", "preflight"),
        ("refresh_prices", "click", "preflight"),
        ("sandbox", "click", "sandbox"),
    ],
)
def test_a_command_whose_extra_is_missing_says_which(command: str, lacking: str, extra: str) -> None:
    program = (
        f"import sys; sys.modules[{lacking!r}] = None; from llama_azure_core.commands import {command}; {command}()"
    )
    answer = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert answer.stderr.endswith(f"{lacking} is not installed; install llama-azure with its extra: [{extra}]\n")
    assert answer.stderr.count("\n") == 1


def test_a_command_that_loads_a_part_later_says_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = SimpleNamespace(main=lambda: import_module("httpx"))
    monkeypatch.setitem(sys.modules, "llama_azure_sandbox.cli.main", part)
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(SystemExit, match="3"):
        commands.sandbox()
    assert capsys.readouterr().err == "sandbox: httpx is not installed; install llama-azure with its extra: [sandbox]\n"
