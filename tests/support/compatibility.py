"""What a run of the tests says of clients, tools and features that were not written here.

    @pytest.mark.client("openai", "chats, whole and streamed")
    @pytest.mark.feature("templates", "nested deployments")

mark a test or a module: the name, which for a client is that of its distribution where it has one, and what is tried.
A run with ``--compatibility FILE`` keeps how each ended; ``make compatibility`` makes docs/compatibility.md of it.
"""

import ast
import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.engine.find import EngineError, find_engine
from llama_azure_sandbox.home import PROJECT_ROOT

KINDS = ("client", "feature")
PAGE = PROJECT_ROOT / "docs" / "compatibility.md"
_TESTS = PROJECT_ROOT / "tests"
_LOCKS = ("requirements-clients.lock", "requirements.lock")
_LOCKED_ELSEWHERE = {"LiteLLM proxy": ("requirements-gateway.lock", "litellm")}
"""By name: the lock file of an environment of its own, and what the package is called there."""
_PACKAGES = tuple(_TESTS / folder / "package.json" for folder in ("engine/languages/nodejs", "clients/javascript"))
_COMMANDS = {"curl": ["curl", "--version"], "Go": ["go", "version"], "Node.js": ["node", "--version"]}
_CLI = "Pulumi CLI"
_VERSION = re.compile(r"\d+(?:\.\d+)+\w*")
_HEAD = """# Compatibility

<!-- Written by `make compatibility` from a run of the tests that are marked so; never by hand. -->

What was tried here with clients and tools that this project did not write, against the sandbox, and how it ended.
Nothing on this page was run against Azure.
"""
_TABLES = {
    "client": ("Clients and tools", "client"),
    "feature": ("Features", "feature"),
}


@dataclass(frozen=True, slots=True, order=True)
class Trial:
    """Something that was tried."""

    kind: str
    name: str
    tried: str


@dataclass(frozen=True, slots=True)
class Row:
    """How it ended, with the version that it was tried with."""

    kind: str
    name: str
    tried: str
    version: str
    """Empty for a feature of Azure, which has none."""
    ended: str
    """passed, failed or skipped."""


def marked_trials() -> set[Trial]:
    """Return what the tests are marked to try, as it stands in their source."""
    return {trial for path in sorted(_TESTS.rglob("test_*.py")) for trial in _trials_of(path)}


def locked_version(name: str) -> str | None:
    """Return the version of a client that a lock file of this repository names; ``None``, none does."""
    elsewhere, package = _LOCKED_ELSEWHERE.get(name, ("", name))
    for lock in (elsewhere,) if elsewhere else _LOCKS:
        found = re.search(
            rf"^{re.escape(package)}==(\S+)", (PROJECT_ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE
        )
        if found:
            return found[1]
    of_npm = (json.loads(path.read_text(encoding="utf-8"))["dependencies"] for path in _PACKAGES)
    return next((packages[name] for packages in of_npm if name in packages), None)


@cache
def version_of(name: str) -> str:
    """Return the version of a client or tool as it is here.

    Raises:
        LookupError: nobody knows where to look for it.
    """
    locked = locked_version(name)
    if locked is not None:
        return locked
    if name == _CLI:
        try:
            return find_engine().version
        except EngineError as error:
            raise LookupError(str(error)) from None
    if name not in _COMMANDS:
        raise LookupError(f"{name} is in no lock file; add what prints its version to {Path(__file__).name}")
    told = subprocess.run(_COMMANDS[name], capture_output=True, text=True, check=True).stdout
    found = _VERSION.search(told)
    if found is None:
        raise LookupError(f"{name} told no version: {told[:100]}")
    return found[0]


def page(rows: Sequence[Row]) -> str:
    """Return the page of a run."""
    parts = [_HEAD]
    for kind, (title, word) in _TABLES.items():
        mine = sorted((row for row in rows if row.kind == kind), key=lambda row: (row.name.lower(), row.tried))
        if not mine:
            continue
        versions = kind == "client"
        heads = [word, *(["version"] if versions else []), "tried", "ended"]
        parts.append(f"\n## {title}\n\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n")
        for row in mine:
            cells = [row.name, *([row.version] if versions else []), row.tried, row.ended]
            parts.append(f"| {' | '.join(cells)} |\n")
    return "".join(parts)


def rows_of_page(text: str) -> Iterator[Row]:
    """Return the rows of a page."""
    kind = ""
    for line in text.splitlines():
        if line.startswith("## "):
            kind = next(one for one, (title, _) in _TABLES.items() if title == line.removeprefix("## "))
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or cells[-1] == "ended":
            continue
        name, *version, tried, ended = cells
        yield Row(kind, name, tried, "".join(version), ended)


class Recorder:
    """Keeps how each trial ended: failed if one of its tests did, skipped if none of them ran."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ended: dict[Trial, set[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the end of a test, or of its setup where that failed or was skipped."""
        if report.when != "call" and report.passed:
            return
        for name, value in report.user_properties:
            if name in KINDS and isinstance(value, list):
                self._ended.setdefault(Trial(name, *value), set()).add(report.outcome)

    def pytest_sessionfinish(self) -> None:
        """Write them."""
        rows = [asdict(_row(trial, ended)) for trial, ended in sorted(self._ended.items())]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _row(trial: Trial, ended: set[str]) -> Row:
    version = version_of(trial.name) if trial.kind == "client" else ""
    worst = next(one for one in ("failed", "passed", "skipped") if one in ended)
    return Row(trial.kind, trial.name, trial.tried, version, worst)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where a run is kept."""
    parser.addoption("--compatibility", type=Path, help="Where it is kept how the tests of clients and features ended.")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers, and keep the run if that is asked for: in the process that hears of every test."""
    for kind in KINDS:
        config.addinivalue_line(
            "markers", f"{kind}(name, tried): what is tried with a {kind} that was not written here"
        )
    path = config.getoption("--compatibility")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(path))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each test's report say what it tried."""
    for item in items:
        for kind in KINDS:
            item.user_properties.extend((kind, list(marker.args)) for marker in item.iter_markers(kind))


def _trials_of(path: Path) -> Iterator[Trial]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called in {f"pytest.mark.{kind}" for kind in KINDS}:
            name, tried = (ast.literal_eval(one) for one in node.args)
            yield Trial(called.rpartition(".")[2], name, tried)


def read_run(path: Path) -> list[Row]:
    """Return what a run kept."""
    rows: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return [Row(**row) for row in rows]
