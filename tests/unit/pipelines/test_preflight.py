"""The pipelines ask preflight strictly: what could not be asked is no yes."""

import pytest

from llama_azure_pipelines import engine, preflight
from llama_azure_pipelines.programs import Answer
from llama_azure_report import Report, Result, to_json


@pytest.mark.parametrize(
    ("answered", "code"),
    [(Answer(2, to_json(Report("preflight", "dev", ()))), 2), (Answer(0, "no JSON"), 3), (Answer(127, ""), 127)],
)
def test_what_is_unknown_or_not_to_be_read_is_no_pass(
    answered: Answer, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def capture(command: list[str], *_: object) -> Answer:
        asked.extend(command)
        return answered

    monkeypatch.setattr(engine, "export", lambda _stack: {})
    monkeypatch.setattr(preflight, "capture", capture)
    ended, report = preflight.ask("dev")
    assert "--strict" in asked
    assert ended == code
    assert all(one.result is Result.UNKNOWN and one.blocks for one in report.findings)
