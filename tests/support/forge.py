"""A forge on loopback: what GitHub and Azure DevOps answer to the calls that the pipelines make, and their tokens."""

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "token-of-the-job"
REPOSITORY = "example/llama"


@dataclass
class Forge:
    """What the forge holds. Whoever calls must bear the job's token."""

    url: str = ""
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    threads: list[dict[str, Any]] = field(default_factory=list)
    gates: dict[str, Any] = field(default_factory=dict)
    """What answers a GET of another path, such as ``repos/example/llama/environments/dev``."""
    calls: list[str] = field(default_factory=list)
    refusals: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)
    """Answers to give first, once each: to a method, a status with headers."""
    mint: Callable[[str], str] = lambda audience: f"token for {audience}"
    """Makes the token with which a job signs in to Azure, for an audience."""

    @property
    def github(self) -> dict[str, str]:
        """The variables of a GitHub job."""
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": TOKEN,
        }

    @property
    def github_sign_in(self) -> dict[str, str]:
        """The variables of a GitHub job with `id-token: write`."""
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?job=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": TOKEN}

    @property
    def azure_devops(self) -> dict[str, str]:
        """The variables of a job of Azure Pipelines on pull request 7."""
        return {
            "SYSTEM_ACCESSTOKEN": TOKEN,
            "SYSTEM_COLLECTIONURI": f"{self.url}/organization/",
            "SYSTEM_TEAMPROJECTID": "project",
            "BUILD_REPOSITORY_ID": "repository",
            "SYSTEM_PULLREQUEST_PULLREQUESTID": "7",
        }

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Any:
        """Return the JSON that answers a call, or None if there is no such thing."""
        match method, path.strip("/").split("/"):
            case _, ["token"]:
                return {"value": self.mint(query["audience"]), "count": 1}
            case "POST", ["oidc"]:
                return {"oidcToken": self.mint(query["serviceConnectionId"])}
            case _, ["repos", "example", "llama", "issues", *rest]:
                return self._of_github(method, rest, query, body)
            case _, ["organization", "project", "_apis", "git", "repositories", "repository", *rest]:
                return self._of_azure_devops(method, rest, body)
        return self.gates.get(path.strip("/") + _named(query)) if method == "GET" else None

    def _of_github(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        match method, rest:
            case "GET", [_, "comments"]:
                return _page(self.comments, query)
            case "POST", [_, "comments"]:
                return _added(self.comments, {**body, "html_url": f"{self.url}/comment"})
            case "PATCH", ["comments", number]:
                return _changed(self.comments, number, body)
            case "GET", []:
                return _page([one for one in self.issues if one["state"] == query["state"]], query)
            case "POST", []:
                return _added(self.issues, {**body, "state": "open", "html_url": f"{self.url}/issue"})
            case "PATCH", [number]:
                return _changed(self.issues, number, body)
        return None

    def _of_azure_devops(self, method: str, rest: list[str], body: Any) -> Any:
        match method, rest:
            case "GET", ["pullRequests", "7", "threads"]:
                return {"value": self.threads, "count": len(self.threads)}
            case "POST", ["pullRequests", "7", "threads"]:
                comments = [{**comment, "id": 1} for comment in body["comments"]]
                return _added(self.threads, {**body, "comments": comments})
            case "PATCH", ["pullRequests", "7", "threads", number]:
                return _changed(self.threads, number, body)
            case "PATCH", ["pullRequests", "7", "threads", number, "comments", "1"]:
                thread = next(one for one in self.threads if str(one["id"]) == number)
                thread["comments"][0].update(body)
                return thread["comments"][0]
        return None


@contextmanager
def open_forge() -> Iterator[Forge]:
    """Serve a forge on a free port."""
    forge = Forge()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(parts.query))
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            forge.calls.append(f"{self.command} {parts.path}")
            refused = next((one for one in forge.refusals if one[0] == self.command), None)
            if refused is not None:
                forge.refusals.remove(refused)
                self._say(refused[1], {"message": "Not now"}, refused[2])
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._say(401, {"message": "Bad credentials"})
            elif (answer := forge.answer(self.command, parts.path, query, body)) is None:
                self._say(404, {"message": "Not Found"})
            else:
                self._say(200, answer)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the base class's names

        def _say(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
            encoded = json.dumps(content).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            """Keep quiet: ``calls`` is the log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()


def _named(query: dict[str, str]) -> str:
    """Return what of a query names a thing, in the order of its keys."""
    names = ("name", "endpointNames", "resourceType", "resourceId")
    return "".join(f"?{name}={query[name]}" for name in names if name in query)


def _page(members: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    size, page = int(query["per_page"]), int(query["page"])
    return members[(page - 1) * size : page * size]


def _added(members: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    number = len(members) + 1
    members.append({**body, "id": number, "number": number})
    return members[-1]


def _changed(members: list[dict[str, Any]], number: str, body: dict[str, Any]) -> dict[str, Any]:
    found = next(one for one in members if str(one["id"]) == number)
    found.update(body)
    return found
