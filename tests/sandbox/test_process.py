"""The `sandbox` command: a server that starts, stops, remembers and explains itself."""

import datetime as dt
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import running, stop
from tests.support.arm import sign_in
from tests.support.estates import make_endpoint, make_project
from tests.support.workbench import sandbox_command


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SandboxHome]:
    home = SandboxHome(tmp_path / "home")
    yield home
    stop(home)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    """A home whose sandbox runs, for those who ask it, and neither stop nor change it."""
    home = SandboxHome(tmp_path_factory.mktemp("process") / "home")
    assert sandbox_command(home, "start", "--port", "0").returncode == 0
    yield home
    stop(home)


def test_start_status_stop(home: SandboxHome) -> None:
    assert sandbox_command(home, "status").returncode == 1
    started = sandbox_command(home, "start", "--port", "0")
    assert "sandbox started: https://127.0.0.1:" in started.stdout
    assert "as of 2024-07-01" in started.stdout
    assert "already running" in sandbox_command(home, "start").stdout
    assert sandbox_command(home, "status").returncode == 0
    assert "stopped" in sandbox_command(home, "stop").stdout
    assert running(home) is None
    assert "not running" in sandbox_command(home, "stop").stdout


def test_a_restart_keeps_port_date_latency_and_resources(home: SandboxHome) -> None:
    sandbox_command(home, "start", "--port", "0", "--as-of", "2024-06-15", "--latency", "none")
    first = running(home)
    assert first is not None
    with sign_in(home) as arm:
        make_project(arm, "rg-kept")
        endpoint = make_endpoint(arm, "rg-kept", "llama")
        before = arm.resources()
    os.kill(first.pid, signal.SIGKILL)
    assert sandbox_command(home, "start").returncode == 0
    second = running(home)
    assert second is not None
    assert second.pid != first.pid
    assert (second.port, second.as_of, second.latency) == (first.port, dt.date(2024, 6, 15), first.latency)
    with sign_in(home) as arm:
        assert arm.resources() == before
        keys = arm.call("POST", f"{endpoint['path']}/listKeys").json()
    assert keys["primaryKey"] == endpoint["primaryKey"]


def test_a_busy_port_is_named_with_the_way_out(home: SandboxHome) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = sandbox_command(home, "start", "--port", port)
    assert refused.returncode == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in refused.stderr
    assert "SANDBOX_PORT" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_other_options_than_the_running_servers_are_refused(started: SandboxHome) -> None:
    refused = sandbox_command(started, "start", "--as-of", "2025-01-01")
    assert refused.returncode == 1
    assert "already runs with --as-of 2024-07-01, not 2025-01-01" in refused.stderr


def test_reset_forgets_resources_and_stacks(home: SandboxHome) -> None:
    sandbox_command(home, "start", "--port", "0")
    with sign_in(home) as arm:
        make_project(arm, "rg-forgotten")
    (home.pulumi_state / "stack.json").write_text("{}", encoding="utf-8")
    assert sandbox_command(home, "reset").returncode == 0
    with sign_in(home) as arm:
        assert arm.resources() == []
    assert list(home.pulumi_state.iterdir()) == []


def test_env_gives_any_shell_what_clients_need(started: SandboxHome) -> None:
    exports = sandbox_command(started, "env", AZURE_CLIENT_SECRET="the-users-own").stdout
    script = f"""
        cd /
        {exports}
        curl --silent --fail "$ARM_CLOUD_METADATA_URL"
        command -v pulumi
        echo "secret=[$AZURE_CLIENT_SECRET]"
    """
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert '"resourceManager":"https://127.0.0.1:' in shell.stdout
    assert "/pulumi\n" in shell.stdout
    assert "secret=[]" in shell.stdout
    names = {line.split("=")[0].removeprefix("export ") for line in exports.splitlines()}
    assert names >= {
        *("PULUMI_HOME", "PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PATH"),
        *("ARM_SUBSCRIPTION_ID", "AZURE_SUBSCRIPTION_ID", "ARM_TENANT_ID", "AZURE_TENANT_ID"),
        *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "ARM_CLOUD_METADATA_URL"),
        *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SANDBOX_ARM_URL"),
    }


def test_clients_that_need_no_pulumi_cli_work_before_there_is_one(home: SandboxHome, tmp_path: Path) -> None:
    without = {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert shutil.which("pulumi", path=without["PATH"]) is None
    sandbox_command(home, "start", "--port", "0", **without)
    env = sandbox_command(home, "env", **without)
    assert env.returncode == 0
    assert "`sandbox engine` provides one" in env.stderr
    assert "export ARM_CLOUD_METADATA_URL=" in env.stdout
    assert "PULUMI_" not in env.stdout
    checked = sandbox_command(home, "run", "--", "preflight", "--stack", "sandbox", "--format", "json", **without)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)
    refused = sandbox_command(home, "run", "--", "pulumi", "version", **without)
    assert refused.returncode == 1
    assert "no Pulumi CLI is here yet; `sandbox engine` finds or builds one" in refused.stderr


def test_a_pulumi_cli_that_does_not_serve_is_kept_away_from_its_users_state(home: SandboxHome, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "pulumi").write_text("#!/bin/sh\necho v3.1.0\n", encoding="utf-8")
    (old / "pulumi").chmod(0o755)
    without = {"PATH": f"{old}:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    sandbox_command(home, "start", "--port", "0", **without)
    said = sandbox_command(home, "run", "--", "sh", "-c", "echo $PULUMI_HOME $PULUMI_BACKEND_URL", **without).stdout
    assert said.split() == [str(home.pulumi_home), f"file://{home.pulumi_state}?metadata=skip"]


def test_nothing_is_readable_to_others_in_a_folder_that_is(home: SandboxHome) -> None:
    home.root.mkdir(mode=0o755)
    home.database.touch(mode=0o644)  # as an older sandbox made it
    sandbox_command(home, "start", "--port", "0")
    with sign_in(home) as arm:
        make_project(arm, "rg-closed")
    sandbox_command(home, "fault", "add", "throttle", "--count", "1")
    sandbox_command(home, "snapshot", "save", "kept")
    os.kill(_pid(home), signal.SIGKILL)  # so that SQLite's own files stay
    made = [path for path in home.root.iterdir() if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert made == []
    assert {"azure.db", "azure.db-wal", "journal.db", "faults.db", "certificates", "snapshots", "server.json"} <= {
        path.name for path in home.root.iterdir()
    }
    assert stat.S_IMODE(home.root.stat().st_mode) == 0o755  # the user's own choice
    assert not [path for path in home.root.rglob("*.key") if stat.S_IMODE(path.stat().st_mode) & 0o077]


def _pid(home: SandboxHome) -> int:
    record = running(home)
    assert record is not None
    return record.pid


def test_the_users_own_home_is_not_touched(started: SandboxHome, tmp_path: Path) -> None:
    users_home = tmp_path / "user"
    users_home.mkdir()
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    version = sandbox_command(started, "run", "--", "pulumi", "version", HOME=str(users_home), XDG_CACHE_HOME=cache)
    assert version.stdout.startswith("v3.") or version.stdout.startswith("3.")
    assert list(users_home.iterdir()) == []


def test_run_does_not_run_without_a_sandbox(home: SandboxHome) -> None:
    refused = sandbox_command(home, "run", "--", "echo", "it ran")
    assert refused.returncode == 1
    assert "not running" in refused.stderr
    assert "it ran" not in refused.stdout


def test_run_passes_on_the_commands_own_exit_code(started: SandboxHome) -> None:
    assert sandbox_command(started, "run", "--", "bash", "-c", "exit 7").returncode == 7
    assert "no program 'no-such-program'" in sandbox_command(started, "run", "--", "no-such-program").stderr


def test_logs_tell_who_asked_for_what_and_no_secret(started: SandboxHome) -> None:
    with sign_in(started) as arm:
        make_project(arm, "rg-logged")
        keys = make_endpoint(arm, "rg-logged", "llama")
    log = sandbox_command(started, "logs", "--lines", "1000").stdout
    assert "listKeys" in log
    assert keys["primaryKey"] not in log
    assert started.secret("identity-header") not in log
    assert "eyJ" not in log  # how every access token begins


def test_nobody_else_reads_the_home(started: SandboxHome) -> None:
    assert stat.S_IMODE(started.root.stat().st_mode) == 0o700
    for name in ("signing.key", "identity-header.secret", "certificates/server.key", "sandbox.log"):
        assert stat.S_IMODE((started.root / name).stat().st_mode) == 0o600, name


def test_the_authority_can_sign_for_loopback_only(started: SandboxHome) -> None:
    shown = subprocess.run(
        ["openssl", "x509", "-noout", "-text", "-in", started.certificates / "ca.pem"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "X509v3 Name Constraints: critical" in shown
    assert "IP:127.0.0.0/255.0.0.0" in shown
    assert not (started.certificates / "ca.key").exists()
