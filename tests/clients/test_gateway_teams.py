"""The job of a gateway has an unmodified LiteLLM proxy know teams, limits and keys; keys are rotated through it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from llama_azure._gateway_app import _wanted
from llama_azure_core.gateway import next_secret, team_secret
from scripts.gateway.local import Proxy, open_proxy, open_shared

CONFIGURATION = """\
model_list:
  - model_name: chat
    litellm_params: { model: openai/one, api_key: none, mock_response: "Hello." }
  - model_name: other
    litellm_params: { model: openai/two, api_key: none, mock_response: "Hello." }
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  database_url: os.environ/DATABASE_URL
"""
SEARCH = team_secret("search")
FIRST, SECOND = "sk-search-first-0123456789", "sk-search-second-0123456789"


@dataclass
class Vault:
    """A vault's secrets and the container's identity, by HTTP: all that the job needs of Azure."""

    secrets: dict[str, str] = field(default_factory=dict)
    port: int = 0
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def vault() -> Iterator[Vault]:
    held = Vault()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            held.asked.append(path)
            if path == "/identity":
                right = self.headers.get("X-IDENTITY-HEADER") == "header"
                status, body = (200, {"access_token": "token"}) if right else (401, {})
            else:
                value = held.secrets.get(path.rpartition("/")[2])
                right = self.headers.get("Authorization") == "Bearer token"
                status, body = (401, {}) if not right else (404, {}) if value is None else (200, {"value": value})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield held
    server.shutdown()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    with open_shared(folder) as shared, open_proxy(folder / "proxy", CONFIGURATION, {}, shared) as proxy:
        yield proxy


def run_job(proxy: Proxy, vault: Vault, **teams: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run the job's program as its container does."""
    script = files("llama_azure").joinpath("_gateway_teams_job.py").read_text(encoding="utf-8")
    address = f"http://127.0.0.1:{vault.port}"
    variables = {
        "GATEWAY_URL": proxy.url,
        "LITELLM_MASTER_KEY": proxy.master_key,
        "TEAMS": json.dumps({name: _wanted("gateway", name, limits) for name, limits in teams.items()}),
        "VAULT_URL": address,
        "AZURE_CLIENT_ID": "client",
        "IDENTITY_ENDPOINT": f"{address}/identity",
        "IDENTITY_HEADER": "header",
        "PATIENCE_SECONDS": "5",
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, "-I", "-c", script]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def ask(proxy: Proxy, key: str, model: str = "chat") -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{proxy.url}/v1/chat/completions", json=body, headers=headers, timeout=30, trust_env=False)
    return answer.status_code


def keys_of(proxy: Proxy) -> list[dict[str, Any]]:
    path = "/key/list?team_id=gateway-search&return_full_object=true&size=100"
    found: list[dict[str, Any]] = proxy.call("GET", path)["keys"]
    return found


@pytest.mark.client("LiteLLM proxy", "teams and keys of a gateway, kept by its job")
def test_a_teams_key_comes_from_the_vault_holds_its_limits_and_is_rotated(proxy: Proxy, vault: Vault) -> None:
    limits = {"models": ["chat"], "tokens_per_minute": 1000, "budget": 5}
    vault.secrets[SEARCH] = FIRST
    first = run_job(proxy, vault, search=limits)
    assert (first.returncode, first.stderr) == (0, "")
    assert ask(proxy, FIRST) == 200
    assert ask(proxy, FIRST, "other") in (401, 403)
    told = proxy.call("GET", "/team/info?team_id=gateway-search")["team_info"]
    assert (told["tpm_limit"], told["max_budget"], told["models"]) == (1000, 5.0, ["chat"])

    # Running it again changes nothing; other limits are taken over.
    assert run_job(proxy, vault, search=limits).returncode == 0
    assert len(keys_of(proxy)) == 1
    assert run_job(proxy, vault, search={**limits, "models": ["other"], "budget": 6}).returncode == 0
    assert ask(proxy, FIRST, "other") == 200
    assert proxy.call("GET", "/team/info?team_id=gateway-search")["team_info"]["max_budget"] == 6.0

    # A rotation: the next key works before it takes the place of the old one, which then ends, a day later.
    vault.secrets[next_secret(SEARCH)] = SECOND
    assert run_job(proxy, vault, search=limits).returncode == 0
    assert ask(proxy, FIRST) == ask(proxy, SECOND) == 200
    assert not any(one["expires"] for one in keys_of(proxy))
    vault.secrets[SEARCH] = SECOND
    assert run_job(proxy, vault, search=limits).returncode == 0
    assert ask(proxy, FIRST) == ask(proxy, SECOND) == 200
    assert sorted(bool(one["expires"]) for one in keys_of(proxy)) == [False, True]

    # A team of somebody else stays; one of ours that is taken out goes with its keys.
    proxy.call("POST", "/team/new", {"team_id": "theirs", "team_alias": "theirs"})
    gone = run_job(proxy, vault)
    assert (gone.returncode, gone.stdout.strip()) == (0, "0 teams are as wanted, 1 are gone")
    assert ask(proxy, SECOND) == 401
    assert [one["team_id"] for one in proxy.call("GET", "/team/list")] == ["theirs"]


def test_a_job_that_fails_says_why_and_shows_no_key(proxy: Proxy, vault: Vault) -> None:
    refused = run_job(proxy, vault, search={})
    assert refused.returncode == 1
    assert f"/secrets/{SEARCH} is answered 404" in refused.stderr
    vault.secrets[SEARCH] = "no-prefix-and-secret"
    wrong = run_job(proxy, vault, search={})
    assert wrong.returncode == 1
    assert "/key/generate is answered 400" in wrong.stderr
    assert "no-prefix-and-secret" not in wrong.stdout + wrong.stderr
