"""The threads API of Azure DevOps: one thread on a pull request, kept up to date."""

from collections.abc import Mapping
from typing import Any

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.rest import Rest

_API_VERSION = "7.1"
_TEXT = 1  # commentType
_ACTIVE, _FIXED = 1, 2  # status of a thread: an active one holds a pull request back where comments must be resolved


class AzureDevOps:
    """A repository on Azure DevOps."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Sign in with the job's own token.

        Raises:
            StepError: this is not a job of Azure Pipelines, or it was not given the token.
        """
        token = environment.get("SYSTEM_ACCESSTOKEN")
        if not token:
            raise StepError("SYSTEM_ACCESSTOKEN is missing: map $(System.AccessToken) to it in the step's env")
        collection = environment["SYSTEM_COLLECTIONURI"].rstrip("/")
        project, repository = environment["SYSTEM_TEAMPROJECTID"], environment["BUILD_REPOSITORY_ID"]
        self._call = Rest(
            "Azure DevOps",
            f"{collection}/{project}/_apis/git/repositories/{repository}",
            {"Authorization": f"Bearer {token}"},
            parameters={"api-version": _API_VERSION},
            advice="the build service needs the permission “Contribute to pull requests” on the repository",
        ).call

    def comment(self, pull_request: int, marker: str, body: str, *, resolved: bool) -> int:
        """Write the one thread that bears ``marker``: edit its comment where it is there. Returns its id."""
        threads = f"/pullRequests/{pull_request}/threads"
        status = _FIXED if resolved else _ACTIVE
        found = next((one for one in self._call("GET", threads)["value"] if _bears(one, marker)), None)
        if found is None:
            comment = {"parentCommentId": 0, "content": body, "commentType": _TEXT}
            return int(self._call("POST", threads, {"comments": [comment], "status": status})["id"])
        path = f"{threads}/{found['id']}"
        self._call("PATCH", f"{path}/comments/{found['comments'][0]['id']}", {"content": body})
        self._call("PATCH", path, {"status": status})
        return int(found["id"])


def _bears(thread: Mapping[str, Any], marker: str) -> bool:
    comments = thread.get("comments") or []
    return bool(comments) and str(comments[0].get("content") or "").startswith(marker)
