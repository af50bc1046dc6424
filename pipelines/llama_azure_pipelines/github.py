"""GitHub's REST API, as far as the steps speak with it: one comment and one issue, each kept up to date."""

from collections.abc import Iterator, Mapping
from typing import Any

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.rest import Rest

_PER_PAGE = 100


class GitHub:
    """A repository on GitHub."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Sign in with the job's own token.

        Raises:
            StepError: this is not a job of GitHub Actions, or it was not given the token.
        """
        token = environment.get("GITHUB_TOKEN")
        if not token:
            raise StepError("GITHUB_TOKEN is missing: give it to the step, `env: GITHUB_TOKEN: ${{ github.token }}`")
        repository = f"/repos/{environment['GITHUB_REPOSITORY']}"
        self._call = Rest(
            "GitHub",
            f"{environment.get('GITHUB_API_URL') or 'https://api.github.com'}{repository}",
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            advice="the job needs the permissions pull-requests: write for comments and issues: write for issues",
        ).call

    def comment(self, pull_request: int, marker: str, body: str) -> str:
        """Write the one comment that bears ``marker``: edit it where it is there. Returns its address."""
        comments = self._listed(f"/issues/{pull_request}/comments")
        found = next((one for one in comments if str(one["body"]).startswith(marker)), None)
        if found is None:
            answer = self._call("POST", f"/issues/{pull_request}/comments", {"body": body})
        else:
            answer = self._call("PATCH", f"/issues/comments/{found['id']}", {"body": body})
        return str(answer["html_url"])

    def issue(self, marker: str, title: str, body: str) -> str:
        """Write the one open issue that bears ``marker``: edit it where it is there. Returns its address."""
        found = self._open_issue(marker)
        if found is None:
            answer = self._call("POST", "/issues", {"title": title, "body": body})
        else:
            answer = self._call("PATCH", f"/issues/{found}", {"title": title, "body": body})
        return str(answer["html_url"])

    def close_issue(self, marker: str) -> bool:
        """Close the open issue that bears ``marker``. Returns whether there was one."""
        found = self._open_issue(marker)
        if found is not None:
            self._call("PATCH", f"/issues/{found}", {"state": "closed", "state_reason": "completed"})
        return found is not None

    def _open_issue(self, marker: str) -> int | None:
        issues = self._listed("/issues", state="open")
        return next((int(one["number"]) for one in issues if str(one.get("body") or "").startswith(marker)), None)

    def _listed(self, path: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            query = {**parameters, "per_page": str(_PER_PAGE), "page": str(page)}
            members: list[Mapping[str, Any]] = self._call("GET", path, parameters=query)
            yield from members
            if len(members) < _PER_PAGE:
                return
            page += 1
