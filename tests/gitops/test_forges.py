"""What the steps write on GitHub and Azure DevOps is there once, however often they run."""

import pytest

from pipelines.azure_devops import AzureDevOps
from pipelines.errors import StepError
from pipelines.github import GitHub
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
