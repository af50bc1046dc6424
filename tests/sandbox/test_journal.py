"""The journal: who asked for what and how it was answered, without bodies, keys and tokens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from llama_azure_sandbox.addresses import ADMIN_HEADER, JOURNAL_PATH
from llama_azure_sandbox.arm.known_providers import api_versions
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import ADMIN_SECRET, SandboxHome
from llama_azure_sandbox.journal.entries import Exchange, Journal
from llama_azure_sandbox.journal.middleware import error_code
from llama_azure_sandbox.process import StartOptions, running, start, stop, trusting
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import make_endpoint, make_project
from tests.support.workbench import sandbox_command

GROUP_VERSION = api_versions("Microsoft.Resources/resourceGroups")[-1]


def last_number(home: SandboxHome) -> int:
    return max((entry["number"] for entry in journal(home)), default=0)


def test_a_request_is_written_down_with_its_answer(arm: Arm, home: SandboxHome) -> None:
    before = last_number(home)
    arm.call("PUT", "/resourcegroups/rg-journal", {"location": "eastus2"})
    arm.call("GET", "/resourceGroups/rg-none/providers/Microsoft.Storage/storageAccounts/none")
    put, get = journal(home, before)
    assert put["number"] == before + 1
    assert (put["caller"], put["method"], put["path"]) == ("owner", "PUT", f"{SUBSCRIPTION}/resourcegroups/rg-journal")
    assert (put["apiVersion"], put["status"], put["code"]) == (GROUP_VERSION, 201, None)
    assert (get["status"], get["code"]) == (404, "ResourceGroupNotFound")
    assert journal(home, get["number"]) == []


def test_every_plane_is_in_it_and_nobody_is_named_who_did_not_sign_in(arm: Arm, home: SandboxHome) -> None:
    make_project(arm, "rg-planes")
    endpoint = make_endpoint(arm, "rg-planes", "llama-planes")
    before = last_number(home)
    with httpx.Client(verify=trusting(home), trust_env=False) as client:
        client.get(arm.client.base_url.join("/metadata/endpoints"), params={"api-version": "2022-09-01"})
        client.get(arm.client.base_url.join("/msi/token"), params={"api-version": "2019-08-01"})
        client.post(f"{endpoint['uri']}/v1/chat/completions", headers={"Authorization": "Bearer wrong"}, json={})
    entries = journal(home, before)
    assert [(entry["path"].split("/")[1], entry["status"]) for entry in entries] == [
        ("metadata", 200),
        ("msi", 401),
        ("serverless", 401),
    ]
    assert {entry["caller"] for entry in entries} == {""}


def test_no_key_token_or_body_is_kept(arm: Arm, home: SandboxHome) -> None:
    make_project(arm, "rg-secrets")
    keys = make_endpoint(arm, "rg-secrets", "llama-secrets")
    secrets = [keys["primaryKey"], home.secret("identity-header"), arm.client.headers["Authorization"].split()[1]]
    with httpx.Client(verify=trusting(home), trust_env=False) as client:
        client.post(f"{keys['uri']}/v1/chat/completions", params={"api-key": keys["primaryKey"]}, json={"x": "a body"})
    written = json.dumps(journal(home)) + home.journal.read_bytes().decode(errors="replace")
    assert "serverless/eastus2/llama-secrets" in written
    assert [secret for secret in [*secrets, "a body"] if secret in written] == []


def test_a_restart_continues_the_numbers(arm: Arm, home: SandboxHome) -> None:
    arm.call("GET", "/resourcegroups")
    before = last_number(home)
    stop(home)
    start(home, StartOptions())
    with httpx.Client(base_url=arm.client.base_url, verify=trusting(home), trust_env=False) as client:
        client.get("/metadata/endpoints")
    assert [entry["number"] for entry in journal(home, before)] == [before + 1]


def test_the_command_prints_lines_or_json(arm: Arm, home: SandboxHome) -> None:
    before = last_number(home)
    arm.call("GET", "/resourceGroups/rg-absent")
    line = sandbox_command(home, "log", "--since", str(before)).stdout
    assert "owner" in line
    assert line.rstrip().endswith(f"{GROUP_VERSION}  404 ResourceGroupNotFound")
    told = json.loads(sandbox_command(home, "log", "--since", str(before), "--json").stdout)
    assert told == journal(home, before)[0]


def test_followed_it_prints_what_comes(arm: Arm, home: SandboxHome) -> None:
    since = str(last_number(home))
    with subprocess.Popen(
        [Path(sys.executable).with_name("sandbox"), "log", "--follow", "--json", "--since", since],
        env=os.environ | {"SANDBOX_HOME": str(home.root), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        try:
            assert following.stdout is not None
            for group in ("rg-first", "rg-second"):
                arm.call("GET", f"/resourceGroups/{group}")
                assert json.loads(following.stdout.readline())["path"].endswith(group)
        finally:
            following.terminate()


def test_who_cannot_read_the_home_cannot_read_the_journal(home: SandboxHome) -> None:
    record = running(home)
    assert record is not None
    with httpx.Client(base_url=record.base_url, verify=trusting(home), trust_env=False) as client:
        assert client.get(JOURNAL_PATH).status_code == 403
        mistaken = client.get(JOURNAL_PATH, params={"since": "-1"}, headers={ADMIN_HEADER: home.secret(ADMIN_SECRET)})
    assert (mistaken.status_code, "not '-1'" in mistaken.json()["error"]["message"]) == (400, True)


def test_old_entries_go_and_numbers_do_not_come_again(tmp_path: Path) -> None:
    kept = Journal(tmp_path / "journal.db", kept=10)
    for _ in range(200):
        kept.add(Exchange("", "GET", "/", "", None, 200, None, 0.1))
    assert [entry["number"] for entry in kept.since(0)] == list(range(191, 201))
    kept.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error": {"code": "NotFound"}}', "NotFound"),
        (b'{"error": "invalid_client", "error_description": "x"}', "invalid_client"),
        (b'{"code": "bad_request"}', "bad_request"),
        (b'{"error": {}}', None),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_an_errors_code_is_read_in_every_spelling(body: bytes, code: str | None) -> None:
    assert error_code(body) == code
