"""Every query in the Kusto Query Language that people are given is judged by Microsoft's parser of it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llama_azure_core._facts import load_facts
from llama_azure_core.plan import AlertKind, plan
from llama_azure_core.settings import parse_settings
from llama_azure_sandbox.home import PROJECT_ROOT
from tests.support.npm import npm_packages
from tests.support.whole_stack import config_of, foundry_stack, own_stack

JAVASCRIPT = PROJECT_ROOT / "tests" / "clients" / "javascript"
FENCED = re.compile(r"^```kusto\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUERY_ITEM = 3
"""What workbooks call an item that asks a query."""


def of_the_docs() -> Iterator[tuple[str, str]]:
    for path in sorted((PROJECT_ROOT / "docs").rglob("*.md")):
        for number, text in enumerate(FENCED.findall(path.read_text(encoding="utf-8")), start=1):
            yield f"{path.name}, query {number}", text


def of_a_stack(stack: dict[str, Any]) -> Iterator[tuple[str, str]]:
    alerts = plan(parse_settings(config_of(stack), "f"), subscription="s", stack="test").alerts
    assert alerts is not None
    for rule in alerts.rules:
        if rule.kind is AlertKind.QUERY:
            yield rule.name, rule.arguments["query"]
    for item in json.loads(alerts.workbook.arguments["content"])["items"]:
        if item["type"] == QUERY_ITEM:
            yield item["name"], item["content"]["query"]


@pytest.fixture(scope="module")
def problems(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], list[list[str]]]:
    """Ask what is wrong with queries of the known tables; an answer for each."""
    if shutil.which("npm") is None:
        pytest.skip("no Node.js is on the PATH")
    folder = tmp_path_factory.mktemp("kusto")
    shutil.copy(JAVASCRIPT / "kusto_problems.js", folder)
    (folder / "node_modules").symlink_to(npm_packages(JAVASCRIPT))
    tables = {
        name: f"({', '.join(f'{column}: {kind}' for column, kind in table['columns'].items())})"
        for name, table in load_facts("log_tables").items()
    }

    def ask(queries: list[str]) -> list[list[str]]:
        text = json.dumps({"tables": tables, "queries": queries})
        command = ["node", "kusto_problems.js"]
        done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        found: list[list[str]] = json.loads(done.stdout)
        return found

    return ask


WRONG = {
    "AmlOnlineEndpointTrafficLog | where ResponsCode >= 400": "'ResponsCode' does not refer to any known column",
    "AmlOnlineEndpointTraficLog | take 1": "'AmlOnlineEndpointTraficLog' does not refer to any known table",
    "AzureMetrics | sumarize count()": "Query operator expected",
}


@pytest.mark.client("@kusto/language-service-next", "parses and binds every query of the docs, alert rules, workbook")
def test_every_query_parses_and_names_columns_that_its_tables_have(
    problems: Callable[[list[str]], list[list[str]]],
) -> None:
    given = dict(of_the_docs()) | dict(of_a_stack(foundry_stack())) | dict(of_a_stack({**own_stack(), "alerts": {}}))
    assert len(given) >= 6
    found = problems([*given.values(), *WRONG])
    assert {name: said for name, said in zip(given, found, strict=False) if said} == {}
    for said, expected in zip(found[len(given) :], WRONG.values(), strict=True):
        assert expected in said[0]
