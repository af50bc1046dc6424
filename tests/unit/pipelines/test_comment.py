"""The comment says first whether something stands against the change, and then what."""

from typing import Any

import pytest

from llama_azure_pipelines.comment import MARKER, link_base, losses, render
from llama_azure_pipelines.engine import EngineRun, Step
from llama_azure_pipelines.steps.drift import report as drift_report
from llama_azure_pipelines.steps.preview import StackPreview
from llama_azure_report import Finding, Report, Result, Rule, to_json
from llama_azure_report.markdown import cell, fenced

QUOTA = Rule("PF-QTA-001", "Quota", page="docs/preflight.md")
REGION = Rule("LLA-REG-001", "Regions", page="docs/rules/LLA-REG-001.md")
CHECK = Finding(QUOTA, "chat", Result.FAIL, "0 of 48 cores | none", "ask for more", blocks=True)
BROKEN = Finding(REGION, "chat", Result.FAIL, "westeurope is not allowed", "move it", blocks=True)
ADVICE = Finding(REGION, "chat", Result.WARN, "it is retired in 65 days", "plan the move")


def of(tool: str, *findings: Finding) -> str:
    return to_json(Report(tool, "any", findings, (QUOTA, REGION)))


def preview_of(stack: str = "dev", **differences: Any) -> StackPreview:
    """Return a preview against which nothing stands, but for the given differences."""
    clear: dict[str, Any] = {
        "stack": stack,
        "counts": {"create": 2},
        "steps": ("create azure-native:resources:ResourceGroup rg",),
        "errors": (),
        "preflight": 0,
        "preflight_report": of("preflight"),
        "policy": 0,
        "policy_report": of("guardrails"),
    }
    return StackPreview(**clear | differences)


def test_the_marker_comes_first_so_that_the_comment_is_found_again() -> None:
    assert render([], "abc").startswith(MARKER)
    assert render([preview_of()], "abc").startswith(MARKER)


def test_a_clear_preview_tells_its_changes_and_nothing_else() -> None:
    body = render([preview_of()], "abc1234")
    assert "Preview of abc1234: nothing stands against it" in body
    assert "| dev | 2 to create | passes | clean | unknown |" in body
    assert "create azure-native:resources:ResourceGroup rg" in body
    assert "####" not in body


def test_one_blocked_stack_blocks_the_whole_and_comes_first() -> None:
    blocked = preview_of("prod", policy=1, policy_report=of("guardrails", BROKEN))
    body = render([preview_of(), blocked], "abc", "https://example.org/blob/main")
    assert "Preview of abc: blocked" in body
    assert body.index("| prod | 2 to create | passes | violations |") < body.index("| dev |")
    assert "#### prod: guardrails: what blocks" in body
    assert "[LLA-REG-001](https://example.org/blob/main/docs/rules/LLA-REG-001.md)" in body
    assert "#### dev" not in body


def test_advice_that_does_not_block_is_there_to_be_unfolded() -> None:
    body = render([preview_of(policy_report=of("guardrails", ADVICE))], "abc")
    assert "nothing stands against it" in body
    assert "<details><summary>dev: guardrails: advice (1)</summary>" in body
    assert "it is retired in 65 days" in body


def test_a_model_that_ends_soon_is_never_folded_away() -> None:
    ends = Rule("PF-MDL-005", "The deployment does not end soon", always_shown=True)
    soon = Finding(ends, "chat", Result.WARN, "version 9 is retired on 2026-12-31, in 33 days", "plan the move")
    passed = Finding(ends, "other", Result.PASS, "no day is named")
    report = to_json(Report("preflight", "any", (passed, CHECK, soon), (QUOTA, ends)))
    body = render([preview_of(preflight_report=report, policy_report=of("guardrails", ADVICE))], "abc")
    before, _, folded = body.partition("<details>")
    assert "#### dev: preflight: what ends soon" in before
    assert "in 33 days" in before
    assert "in 33 days" not in folded
    assert before.index("0 of 48 cores") < before.index("in 33 days")
    assert "no day is named" not in body


def test_undecided_is_not_clear() -> None:
    assert not preview_of(policy=2).is_clear
    assert "| undecided |" in render([preview_of(policy=2)], "abc")


def test_preflights_failures_are_told_with_their_remedies() -> None:
    passed = Finding(Rule("a", "a"), "b", Result.PASS, "c")
    body = render([preview_of(preflight=1, preflight_report=of("preflight", CHECK, passed))], "x")
    assert "| ❌ fail | [PF-QTA-001](docs/preflight.md) | chat | 0 of 48 cores \\| none | ask for more |" in body
    assert "| a | b |" not in body


def test_what_the_engine_could_not_do_is_told_word_for_word() -> None:
    body = render([preview_of(errors=("unknown model `x`",))], "abc")
    assert "| dev | the preview failed |" in body
    assert "unknown model `x`" in body


def test_what_is_lost_stands_above_everything() -> None:
    steps = (
        "replace azure-native:machinelearningservices:Workspace hub-hub",
        "replace azure-native:keyvault:Vault hub-vault",
        "delete azure-native:storage:StorageAccount hub-storage",
        "delete llama-azure:index:AiHub hub",
        "update azure-native:resources:ResourceGroup rg (tags)",
    )
    body = render([preview_of("prod", steps=steps)], "abc")
    assert (
        "- prod **replaces** Workspace hub-hub, Vault hub-vault\n- prod **deletes** StorageAccount hub-storage\n"
        in body
    )
    assert body.index("**replaces**") < body.index("| stack |")
    assert losses(("create azure-native:keyvault:Vault v",)) == []


@pytest.mark.parametrize("blocks", [False, True])
def test_what_a_rule_says_is_lost_is_told_once_and_first(blocks: bool) -> None:
    rule = Rule("LLA-OPS-006", "Nothing is lost", page="docs/rules/LLA-OPS-006.md")
    words = "The key vault kv-prod is to be deleted. It holds the secrets of every connection."
    lost = Finding(rule, "hub-vault", Result.FAIL if blocks else Result.WARN, words, "take it back", blocks=blocks)
    steps = ("delete azure-native:keyvault:Vault hub-vault", "delete azure-native:storage:StorageAccount hub-storage")
    one = preview_of("prod", steps=steps, policy=int(blocks), policy_report=of("guardrails", lost, ADVICE))
    body = render([one], "abc")
    assert body.count(words) == 1
    assert "- prod **deletes** StorageAccount hub-storage\n" in body
    assert body.index("#### prod: what is lost") < body.index(words) < body.index("it is retired in 65 days")
    assert "take it back" in body


@pytest.mark.parametrize(
    ("environment", "base"),
    [
        ({}, ""),
        (
            {"GITHUB_SERVER_URL": "https://github.example", "GITHUB_REPOSITORY": "a/b", "GITHUB_SHA": "abc"},
            "https://github.example/a/b/blob/abc",
        ),
        ({"BUILD_REPOSITORY_URI": "https://dev.example/_git/llama"}, "https://dev.example/_git/llama?path="),
    ],
)
def test_links_are_those_of_the_ci_systems_repository(environment: dict[str, str], base: str) -> None:
    assert link_base(environment) == base


def test_a_text_cannot_end_the_block_or_the_cell_that_it_stands_in() -> None:
    assert fenced(["```", "| x |"]).head == ("````text",)
    assert cell("a | b\n| c <img> [x](y) `z`") == "a \\| b \\| c &lt;img> \\[x\\](y) \\`z\\`"


def test_a_comment_that_is_too_long_is_cut_from_its_end_and_what_blocks_is_kept() -> None:
    steps = tuple(f"create azure-native:resources:ResourceGroup resource-{number}" for number in range(9_000))
    blocked = preview_of("prod", policy=1, policy_report=of("guardrails", BROKEN))
    body = render([preview_of(steps=steps), blocked, preview_of("staging", steps=steps)], "abc")
    assert len(body) < 65_536
    assert "westeurope is not allowed" in body
    assert body.count("<details>") == body.count("</details>") > 0
    assert body.count("```") % 2 == 0
    assert "more are left out here" in body
    assert body.endswith("it is in the run's artefacts.\n")


def test_an_issue_about_much_drift_is_never_longer_than_github_takes() -> None:
    step = Step("update", "azure-native:machinelearningservices:ServerlessEndpoint", "e", ("tags.a", "tags.b") * 40)
    told = EngineRun(False, (step,) * 900, ())
    body = drift_report("dev", told)
    assert body is not None
    assert len(body) < 65_536
    assert body.count("```") == 2
    assert "has drifted" in body
    assert body.endswith("it is in build/drift/dev.md of the run's artefacts.\n")


def test_a_report_that_a_pull_request_made_up_stays_within_its_table() -> None:
    evil = Rule("x](https://evil.example) [y", "t", page="docs/a) [b](https://evil.example")
    finding = Finding(evil, "<img>|", Result.FAIL, "[click](https://evil.example)", blocks=True)
    body = render([preview_of(policy=1, policy_report=to_json(Report("guardrails", "x", (finding,), (evil,))))], "abc")
    (row,) = [line for line in body.splitlines() if "evil" in line]
    assert "](https://evil.example" not in row.replace("\\](", "")
    assert "<img>" not in body


def test_what_a_change_costs_stands_in_the_table_and_its_estimate_folded_away() -> None:
    change = "7.30 USD → 14.60 USD a month (+7.30 USD)"
    body = render([preview_of(cost=change, cost_details=("chat: 0.71 USD for a million tokens sent",))], "abc")
    assert f"| dev | 2 to create | passes | clean | {change} |" in body
    before, _, folded = body.partition("<details>")
    assert "dev: what it costs" in folded
    assert "0.71 USD for a million tokens sent" in folded
    assert "0.71 USD" not in before


def test_a_cost_that_is_not_known_is_called_so_and_is_not_nothing() -> None:
    assert "| dev | 2 to create | passes | clean | unknown |" in render([preview_of()], "abc")
