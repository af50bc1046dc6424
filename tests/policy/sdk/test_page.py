"""The page about rules of one's own: what it says of a team's policies in the guardrails' pack."""

import re
from pathlib import Path

import pytest
from pulumi.runtime.proto import analyzer_pb2

import llama_guardrails.pack
from llama_guardrails.pack import Analyzer
from llama_guardrails.resource_types import RESOURCE_GROUP

PAGE = Path(__file__).parents[3] / "docs" / "write-a-rule.md"
_, ADDED, _ = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_guardrails_pack_asks_a_teams_policy_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    analyzers: list[Analyzer] = []
    monkeypatch.setattr(llama_guardrails.pack, "serve", lambda *given: analyzers.append(Analyzer(*given)))
    exec(compile(ADDED, "write-a-rule.md", "exec"), {})  # noqa: S102 - the page's own text
    request = analyzer_pb2.AnalyzeRequest(type=RESOURCE_GROUP, urn="urn:pulumi:prod::p::t::main", name="main")
    (said,) = analyzers[0].Analyze(request, None).diagnostics  # type: ignore[arg-type]
    assert (said.policyName, said.enforcementLevel) == ("telling-name", analyzer_pb2.ADVISORY)
