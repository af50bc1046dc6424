"""The comment says first whether something stands against the change, and then what."""

from typing import Any

from pipelines.comment import MARKER, cell, fenced, render
from pipelines.preflight import Check
from pipelines.preview import StackPreview

CHECK = Check(id="quota", subject="chat", result="fail", answer="0 of 48 cores | none", remedy="ask for more")


def preview_of(stack: str = "dev", **differences: Any) -> StackPreview:
    """Return a preview against which nothing stands, but for the given differences."""
    clear: dict[str, Any] = {
        "stack": stack,
        "counts": {"create": 2},
        "steps": ("create azure-native:resources:ResourceGroup rg",),
        "errors": (),
        "preflight": 0,
        "checks": (),
        "policy": 0,
        "policy_report": "clean",
    }
    return StackPreview(**clear | differences)


def test_the_marker_comes_first_so_that_the_comment_is_found_again() -> None:
    assert render([], "abc").startswith(MARKER)
    assert render([preview_of()], "abc").startswith(MARKER)


def test_a_clear_preview_tells_its_changes_and_nothing_else() -> None:
    body = render([preview_of()], "abc1234")
    assert "Preview of abc1234: nothing stands against it" in body
    assert "| dev | 2 to create | passes | clean |" in body
    assert "create azure-native:resources:ResourceGroup rg" in body
    assert "####" not in body


def test_one_blocked_stack_blocks_the_whole() -> None:
    body = render([preview_of(), preview_of("prod", policy=1, policy_report="LLA-REG-001 is broken")], "abc")
    assert "Preview of abc: blocked" in body
    assert "| prod | 2 to create | passes | violations |" in body
    assert "#### prod: guardrails\n\nLLA-REG-001 is broken" in body
    assert "#### dev" not in body


def test_undecided_is_not_clear() -> None:
    assert not preview_of(policy=2).is_clear
    assert "| undecided |" in render([preview_of(policy=2)], "abc")


def test_preflights_failures_are_told_with_their_remedies() -> None:
    body = render([preview_of(preflight=1, checks=(CHECK, Check(id="a", subject="b", result="pass", answer="c")))], "x")
    assert "| quota | chat | fail | 0 of 48 cores \\| none | ask for more |" in body
    assert "| a | b |" not in body


def test_what_the_engine_could_not_do_is_told_word_for_word() -> None:
    body = render([preview_of(errors=("unknown model `x`",))], "abc")
    assert "| dev | the preview failed |" in body
    assert "unknown model `x`" in body


def test_a_text_cannot_end_the_block_or_the_cell_that_it_stands_in() -> None:
    assert fenced(["```", "| x |"]).startswith("````text\n")
    assert cell("a | b\n| c") == "a \\| b \\| c"


def test_a_comment_is_never_longer_than_github_takes() -> None:
    body = render([preview_of(steps=tuple(f"create resource {number}" for number in range(9_000)))], "abc")
    assert len(body) < 65_536
    assert body.endswith("in the run's artefacts.\n")
