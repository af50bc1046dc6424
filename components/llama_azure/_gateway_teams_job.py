"""What the job of a gateway runs in its container: it has the proxy know the teams, their limits and their keys.

This file is the program itself: its text becomes an argument of the container, which holds the proxy's image and so a
Python, and nothing of this package. It needs the standard library alone.

It reads from the environment: ``GATEWAY_URL``, the proxy's address; ``LITELLM_MASTER_KEY``; ``TEAMS``, a JSON object
of the teams; ``VAULT_URL``, where each team's key is the secret that the team names; ``AZURE_CLIENT_ID``, whose tokens
open the vault; ``SIGN_IN_AUDIENCE``, of tokens that the proxy's front door asks for, where there is one; ``OVERLAP``,
how long a key that was replaced goes on. A team that is no longer among ``TEAMS`` and was made here is deleted with its
keys.
"""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

MADE_HERE = "llama-azure"
PATIENCE_SECONDS = 300

Json = dict[str, Any]


class RefusedError(Exception):
    """The proxy, the vault or the identity says no; the message holds no key."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def main() -> int:
    """Bring the proxy's teams and keys to what is wanted; return the exit code."""
    teams: dict[str, Json] = json.loads(os.environ["TEAMS"])
    try:
        proxy = Proxy(os.environ["GATEWAY_URL"], os.environ["LITELLM_MASTER_KEY"])
        proxy.wait()
        before = {one["team_id"]: one for one in proxy.teams() if made_here(one)}
        for name, team in teams.items():
            proxy.set_team(name, team, is_new=team["id"] not in before)
            proxy.set_keys(name, team["id"], keys_of(team["secret"]))
        gone = sorted(set(before) - {team["id"] for team in teams.values()})
        if gone:
            proxy.call("POST", "/team/delete", {"team_ids": gone})
        print(f"{len(teams)} teams are as wanted, {len(gone)} are gone")
    except RefusedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def made_here(team: Json) -> bool:
    """Whether a team is one of this program's; people may have others."""
    return (team.get("metadata") or {}).get("managedBy") == MADE_HERE


class Proxy:
    """The management API of the proxy."""

    def __init__(self, url: str, master_key: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"x-litellm-api-key": master_key}
        audience = os.environ.get("SIGN_IN_AUDIENCE")
        # A front door that asks for sign-in looks at Authorization; without one the proxy looks there, too.
        self._headers["Authorization"] = f"Bearer {token(audience) if audience else master_key}"

    def wait(self) -> None:
        """Return once the proxy answers and has its database."""
        end = time.monotonic() + float(os.environ.get("PATIENCE_SECONDS", PATIENCE_SECONDS))
        while True:
            try:
                self.call("GET", "/team/list")
            except RefusedError:
                if time.monotonic() >= end:
                    raise
                time.sleep(2)
            else:
                return

    def teams(self) -> list[Json]:
        """Return every team."""
        found: list[Json] = self.call("GET", "/team/list")
        return found

    def set_team(self, name: str, team: Json, *, is_new: bool) -> None:
        """Make a team, or change it."""
        body = {"team_id": team["id"], "team_alias": name, "metadata": {"managedBy": MADE_HERE}, **team["limits"]}
        self.call("POST", "/team/new" if is_new else "/team/update", body)

    def set_keys(self, name: str, team_id: str, keys: list[str]) -> None:
        """Give a team its keys, and let those that it had before end."""
        wanted = {hashlib.sha256(key.encode()).hexdigest(): key for key in keys}
        query = urllib.parse.urlencode({"team_id": team_id, "return_full_object": "true", "size": 100})
        held: list[Json] = self.call("GET", f"/key/list?{query}")["keys"]
        there = {one["token"] for one in held}
        for digest, key in wanted.items():
            if digest not in there:
                named = {"key_alias": f"{name}-{digest[:8]}", "team_id": team_id, "metadata": {"managedBy": MADE_HERE}}
                self.call("POST", "/key/generate", {"key": key, **named})
        for one in held:
            if one["token"] not in wanted and not one.get("expires") and made_here(one):
                self.call("POST", "/key/update", {"key": one["token"], "duration": os.environ.get("OVERLAP", "24h")})

    def call(self, method: str, path: str, body: Json | None = None) -> Any:
        """Return what the proxy answers."""
        return answer(method, f"{self._url}{path}", self._headers, body)


def keys_of(name: str) -> list[str]:
    """Return a team's key, and the one that is to follow it, where there is one."""
    following = secret(f"{name}-next", may_be_absent=True)
    return [secret(name), *([following] if following else [])]


def secret(name: str, *, may_be_absent: bool = False) -> str:
    """Return the newest version of a secret of the vault; empty where it may be absent, and is, or is switched off."""
    vault = os.environ["VAULT_URL"].rstrip("/")
    headers = {"Authorization": f"Bearer {token(os.environ.get('VAULT_AUDIENCE', 'https://vault.azure.net'))}"}
    try:
        return str(answer("GET", f"{vault}/secrets/{name}?api-version=7.4", headers)["value"])
    except RefusedError as error:
        if may_be_absent and error.status in (403, 404):
            return ""
        raise


def token(audience: str) -> str:
    """Return a token of the container's identity."""
    asked = {"api-version": "2019-08-01", "resource": audience, "client_id": os.environ["AZURE_CLIENT_ID"]}
    url = f"{os.environ['IDENTITY_ENDPOINT']}?{urllib.parse.urlencode(asked)}"
    return str(answer("GET", url, {"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]})["access_token"])


def answer(method: str, url: str, headers: dict[str, str], body: Json | None = None) -> Any:
    """Return a JSON answer.

    Raises:
        RefusedError: there is none, or it is a refusal.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {**headers, "Content-Type": "application/json"}, method=method)  # noqa: S310
    where = f"{method} {url.partition('?')[0]}"
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the addresses are the deployment's
            return json.load(response)
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:500]
        key = (body or {}).get("key")
        said = said.replace(str(key), "***") if key else said
        raise RefusedError(f"{where} is answered {error.code}: {said}", error.code) from None
    except (OSError, ValueError) as error:
        raise RefusedError(f"{where} is not answered: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
