"""Report: one comment on the pull request, edited in place, and what other tools read: SARIF and JUnit."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from junitparser import JUnitXml

from llama_azure_pipelines.azure_devops import AzureDevOps
from llama_azure_pipelines.comment import MARKER, link_base, render
from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.github import GitHub
from llama_azure_pipelines.say import say
from llama_azure_pipelines.steps.preview import FOLDER, StackPreview, read_previews
from llama_azure_report import to_junit, to_sarif

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def report(commit: str, known: Environments, environment: Mapping[str, str] = os.environ) -> Path:
    """Write ``comment.md``, ``report.sarif`` and ``report.junit.xml`` to ``build/preview``, and post the comment.

    It is posted where the CI system says that this is a pull request. Returns the comment's file.
    """
    previews = read_previews(known)
    base = link_base(environment)
    body = render(previews, commit, base)
    FOLDER.mkdir(parents=True, exist_ok=True)
    comment = FOLDER / "comment.md"
    comment.write_text(body, encoding="utf-8")
    (FOLDER / "report.sarif").write_text(json.dumps(_merged_sarif(previews, base), indent=2), encoding="utf-8")
    _merged_junit(previews).write(str(FOLDER / "report.junit.xml"), pretty=True)
    clear = all(one.is_clear for one in previews)
    where = _post(body, environment, resolved=clear)
    say(f"comment: {where}" if where else f"no pull request here; the comment is {comment}")
    return comment


def _post(body: str, environment: Mapping[str, str], *, resolved: bool) -> str | None:
    """Post the comment to the pull request that this job runs for, and return where it is."""
    number = pull_request(environment)
    if number is None:
        return None
    if environment.get("GITHUB_ACTIONS"):
        return GitHub(environment).comment(number, MARKER, body)
    thread = AzureDevOps(environment).comment(number, MARKER, body, resolved=resolved)
    return f"thread {thread} of pull request {number}"


def pull_request(environment: Mapping[str, str]) -> int | None:
    """Return the number of the pull request that the CI system runs this for.

    Raises:
        StepError: it says that there is one, but not which.
    """
    if environment.get("GITHUB_EVENT_PATH"):
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        found = event.get("pull_request")
        return None if found is None else int(found["number"])
    number = environment.get("SYSTEM_PULLREQUEST_PULLREQUESTID")
    if number is None:
        return None
    if not number.isdecimal():
        raise StepError(f"SYSTEM_PULLREQUEST_PULLREQUESTID is {number!r}, which is not a number")
    return int(number)


def _merged_sarif(previews: Sequence[StackPreview], base: str) -> dict[str, Any]:
    """Return the guardrails' findings of all stacks as one log, each stack's told apart by its category.

    Preflight's are left out: they are of the subscription, and no change of a file makes or mends them.
    """
    runs = []
    for report in (found for one in previews for found in one.reports if found.tool == "guardrails"):
        category = {"automationDetails": {"id": f"{report.tool}/{report.stack}/"}}
        runs += [run | category for run in json.loads(to_sarif(report, base))["runs"]]
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": runs}


def _merged_junit(previews: Sequence[StackPreview]) -> JUnitXml:
    """Return preflight's checks and the guardrails' findings of all stacks as one set of suites."""
    xml = JUnitXml()
    for report in (report for one in previews for report in one.reports):
        for suite in JUnitXml.fromstring(to_junit(report).encode()):
            xml.add_testsuite(suite)
    return xml
