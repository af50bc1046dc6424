"""`make check` judges every Python file of the project in one run."""

import ast
import subprocess
import tomllib
from pathlib import Path

from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.type_check import programs

ELSEWHERE = "examples/clients/"
"""Whose packages only .venv-clients has."""


def test_every_file_is_in_a_package_or_a_program_and_no_two_are_called_the_same() -> None:
    mypy = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    roots = [Path(base) / name for name in mypy["packages"] for base in (".", *mypy["mypy_path"])]
    packages = {root for root in roots if (PROJECT_ROOT / root).is_dir()}
    names = {one.path: one.module for one in programs()}
    assert len(set(names.values())) == len(names)
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    files = [path for path in listed.stdout.splitlines() if not path.startswith(ELSEWHERE)]
    assert len(files) > len(names)
    assert [path for path in files if path not in names and packages.isdisjoint(Path(path).parents)] == []


def test_each_service_of_azures_sdk_that_is_used_is_read_for_its_types_and_no_other_is() -> None:
    """One that is not read would be anything to the type checker."""
    overrides = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"][
        "overrides"
    ]
    read = {
        name.removeprefix("pulumi_azure_native.").removesuffix(".*")
        for one in overrides
        if one.get("follow_imports") == "normal"
        for name in one["module"]
        if name.endswith(".*")
    }
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    used = set[str]()
    for path in files.stdout.splitlines():
        text = (PROJECT_ROOT / path).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "pulumi_azure_native" in text else ():
            if isinstance(node, ast.ImportFrom) and node.module == "pulumi_azure_native":
                used |= {one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom | ast.Import):
                named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                used |= {name.split(".")[1] for name in named if name.startswith("pulumi_azure_native.")}
    assert used == read
