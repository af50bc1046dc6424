"""What the steps write on GitHub and Azure DevOps is there once, however often they run."""

from pathlib import Path

import pytest

from llama_azure_pipelines import engine
from llama_azure_pipelines.azure_devops import AzureDevOps
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.github import GitHub
from llama_azure_pipelines.steps import drift
from tests.support.forge import Forge

MARKER = "<!-- marker -->"


def test_a_comment_is_written_once_and_then_edited_in_place(forge: Forge) -> None:
    forge.comments += [{"id": number, "body": "somebody else's"} for number in range(1, 151)]
    github = GitHub(forge.github)
    for text in ("first", "second"):
        assert github.comment(7, MARKER, f"{MARKER}\n{text}") == f"{forge.url}/comment"
    assert [one["body"] for one in forge.comments[150:]] == [f"{MARKER}\nsecond"]


def test_an_issue_is_opened_once_edited_and_closed(forge: Forge) -> None:
    github = GitHub(forge.github)
    assert not github.close_issue(MARKER)
    for text in ("first", "second"):
        github.issue(MARKER, "Drift in dev", f"{MARKER}\n{text}")
    assert [(one["body"], one["state"]) for one in forge.issues] == [(f"{MARKER}\nsecond", "open")]
    assert github.close_issue(MARKER)
    github.issue(MARKER, "Drift in dev", f"{MARKER}\nthird")
    assert [one["state"] for one in forge.issues] == ["closed", "open"]


def test_a_thread_is_started_once_edited_and_resolved(forge: Forge) -> None:
    forge.threads.append({"id": 1, "comments": [{"id": 1, "content": "somebody else's"}], "status": 1})
    devops = AzureDevOps(forge.azure_devops)
    for text, resolved in (("blocked", False), ("clear", True)):
        devops.comment(7, MARKER, f"{MARKER}\n{text}", resolved=resolved)
    other, ours = forge.threads
    assert (ours["comments"][0]["content"], ours["status"]) == (f"{MARKER}\nclear", 2)
    assert other["comments"][0]["content"] == "somebody else's"


def test_a_token_that_may_not_write_is_told_with_the_permission_that_is_missing(forge: Forge) -> None:
    with pytest.raises(StepError, match=r"GitHub answers 401 to GET .*pull-requests: write"):
        GitHub(forge.github | {"GITHUB_TOKEN": "another"}).comment(7, MARKER, MARKER)
    with pytest.raises(StepError, match=r"Azure DevOps answers 401 to GET .*Contribute to pull requests"):
        AzureDevOps(forge.azure_devops | {"SYSTEM_ACCESSTOKEN": "another"}).comment(7, MARKER, MARKER, resolved=True)


def test_a_step_without_the_jobs_token_says_how_to_give_it() -> None:
    with pytest.raises(StepError, match=r"GITHUB_TOKEN: \$\{\{ github.token \}\}"):
        GitHub({"GITHUB_REPOSITORY": "example/llama"})
    with pytest.raises(StepError, match=r"map \$\(System.AccessToken\)"):
        AzureDevOps({})


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between attempts, which are not waited for."""
    found: list[float] = []
    monkeypatch.setattr("llama_azure_pipelines.rest.time.sleep", found.append)
    return found


def test_what_passes_is_tried_again(forge: Forge, pauses: list[float]) -> None:
    forge.refusals += [("GET", 502, {}), ("GET", 429, {"Retry-After": "2"}), ("POST", 503, {}), ("PATCH", 500, {})]
    github = GitHub(forge.github)
    for text in ("first", "second"):
        github.comment(7, MARKER, f"{MARKER}\n{text}")
    assert [one["body"] for one in forge.comments] == [f"{MARKER}\nsecond"]
    assert pauses == [1.0, 2.0, 1.0, 1.0]
    forge.refusals += [("GET", 504, {}), ("POST", 429, {})]
    AzureDevOps(forge.azure_devops).comment(7, MARKER, MARKER, resolved=False)
    assert len(forge.threads) == 1


def test_a_write_too_many_is_waited_for_where_github_says_how_long(forge: Forge, pauses: list[float]) -> None:
    forge.refusals += [("POST", 403, {"Retry-After": "30"})]
    GitHub(forge.github).comment(7, MARKER, MARKER)
    assert pauses == [30.0]


@pytest.mark.parametrize(("method", "status", "attempts"), [("POST", 502, 1), ("GET", 502, 4), ("GET", 403, 1)])
def test_what_does_not_pass_or_may_have_been_done_is_told(
    forge: Forge, pauses: list[float], method: str, status: int, attempts: int
) -> None:
    forge.refusals += [(method, status, {})] * 4
    with pytest.raises(StepError, match=f"GitHub answers {status} to {method}"):
        GitHub(forge.github).comment(7, MARKER, MARKER)
    assert sum(call.startswith(method) for call in forge.calls) == attempts
    assert len(pauses) == attempts - 1


def test_one_stacks_issue_that_cannot_be_written_keeps_no_other_from_being_compared(
    forge: Forge, pauses: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    step = engine.Step("update", "azure-native:keyvault:Vault", "hub-vault", ("tags",))
    monkeypatch.setattr(engine, "preview", lambda *_: engine.EngineRun(False, (step,), ()))
    monkeypatch.setattr(drift, "FOLDER", tmp_path)
    forge.refusals += [("POST", 422, {})]
    with pytest.raises(StepError, match=r"not as the files say in dev, prod.*issue about dev .*422"):
        drift.drift(("dev", "prod"), forge.github)
    assert [one["title"] for one in forge.issues] == ["Drift in prod"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dev.md", "prod.md"]
