"""Starting, finding and stopping the server process of a sandbox."""

import contextlib
import datetime as dt
import json
import os
import shutil
import signal
import ssl
import sys
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection
from typing import TypeVar

from llama_azure_sandbox.addresses import HEALTH_PATH, HOST
from llama_azure_sandbox.arm.customer import Latency
from llama_azure_sandbox.home import DEFAULT_PORT, SandboxHome
from llama_azure_sandbox.home_lock import is_held
from llama_azure_sandbox.identity.credentials import secret_name
from llama_azure_sandbox.records import ServerRecord
from llama_azure_sandbox.small_model import MODEL_NAME, ModelError, serve_model, stop_model

T = TypeVar("T")

DEFAULT_AS_OF = dt.date(2024, 7, 1)
"""The world of the document that this project implements: Llama 3 is new."""

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.02


class SandboxError(Exception):
    """A sandbox command cannot do what it was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How to start a server. ``None`` keeps what the last server of this home had, or else the default."""

    port: int | None = None
    as_of: dt.date | None = None
    latency: Latency | None = None
    upstream: str | None = None
    """The server that answers for the models; empty: the generator does."""
    upstream_model: str | None = None
    model: bool = False
    """Whether the small model answers, which is then run as the upstream."""


def running(home: SandboxHome) -> ServerRecord | None:
    """Return the record of the home's server if it runs and answers."""
    record = ServerRecord.read(home.server_record)
    if record is None or not is_held(home.lock) or not _answers(home, record):
        return None
    return record


def start(home: SandboxHome, options: StartOptions) -> tuple[ServerRecord, bool]:
    """Start the home's server and wait until it answers; leave one alone that already runs as asked.

    Returns:
        The server's record, and whether it was started by this call.

    Raises:
        SandboxError: it cannot start, or runs with other options than those asked for.
    """
    current = _found(home)
    if current is not None:
        _require_same(current, options)
        return current, False
    last = ServerRecord.read(home.server_record)
    port = _first(options.port, last.port if last else None, DEFAULT_PORT)
    as_of = _first(options.as_of, last.as_of if last else None, DEFAULT_AS_OF)
    latency = _first(options.latency, last.latency if last else None, Latency.FAST)
    upstream = _first(options.upstream, last.upstream if last else None, "")
    upstream_model = _first(options.upstream_model, last.upstream_model if last else None, "")
    if options.upstream is not None and options.upstream_model is None and upstream_model == MODEL_NAME:
        upstream_model = ""  # which was the small model's own
    if options.model or (options.upstream is None and upstream and upstream_model == MODEL_NAME):
        upstream, upstream_model = _model(home), MODEL_NAME
    home.create()
    log_start = home.log.stat().st_size if home.log.exists() else 0
    pid = _spawn_server(home, [str(home.root), str(port), as_of.isoformat(), latency.value, upstream, upstream_model])
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if _has_ended(pid):
            raise SandboxError(_last_words(home, log_start))
        record = running(home)
        if record is not None and record.pid == pid:
            return record, True
        time.sleep(_POLL_SECONDS)
    os.kill(pid, signal.SIGKILL)
    raise SandboxError(f"the sandbox did not answer within {_START_SECONDS:.0f} s; its log is {home.log}")


def _found(home: SandboxHome) -> ServerRecord | None:
    """Return the record of a server that runs; one that somebody else has just started is waited for."""
    deadline = time.monotonic() + _START_SECONDS
    while is_held(home.lock):
        record = running(home)
        if record is not None:
            return record
        if time.monotonic() > deadline:
            raise SandboxError(
                f"a sandbox runs in {home.root} and does not answer; `sandbox stop` ends it, its log is {home.log}"
            )
        time.sleep(_POLL_SECONDS)
    return None


def _model(home: SandboxHome) -> str:
    try:
        return serve_model(home)
    except ModelError as error:
        raise SandboxError(str(error)) from None


def stop(home: SandboxHome) -> bool:
    """Stop the home's server, and its model, and wait until it is gone. Returns whether one ran."""
    stop_model(home)
    if not is_held(home.lock):
        return False
    told, deadline = None, time.monotonic() + _STOP_SECONDS
    while is_held(home.lock):
        # While a server is starting, the record is still that of the one before it.
        record = ServerRecord.read(home.server_record)
        late = time.monotonic() > deadline
        if record is not None and (late or record.pid != told):
            with contextlib.suppress(ProcessLookupError):
                os.kill(record.pid, signal.SIGKILL if late else signal.SIGTERM)
            told, deadline = record.pid, time.monotonic() + _STOP_SECONDS
        time.sleep(_POLL_SECONDS)
    return True


def reset(home: SandboxHome) -> None:
    """Forget everything but the address and the certificates. The server must not be running."""
    forget_state(home)
    for database in (home.journal, home.faults, home.measurements, home.alerts):
        for path in home.root.glob(f"{database.name}*"):
            path.unlink()


def forget_state(home: SandboxHome) -> None:
    """Forget every resource and principal, and the engine's state. The server must not be running."""
    for path in home.root.glob(f"{home.database.name}*"):
        path.unlink()
    for secret in home.root.glob(f"{secret_name('*')}.secret"):
        secret.unlink()
    shutil.rmtree(home.pulumi_state, ignore_errors=True)


def trusting(home: SandboxHome) -> ssl.SSLContext:
    """Return a TLS context that trusts the sandbox and nobody else."""
    return ssl.create_default_context(cafile=str(home.authority))


def _spawn_server(home: SandboxHome, arguments: list[str]) -> int:
    """Start a server that outlives this process and its terminal. Returns its process id."""
    log_flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "llama_azure_sandbox.server", *arguments],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(home.log), log_flags, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _has_ended(pid: int) -> bool:
    ended, _ = os.waitpid(pid, os.WNOHANG)
    return ended == pid


def _first(*choices: T | None) -> T:
    return next(choice for choice in choices if choice is not None)


def _require_same(current: ServerRecord, options: StartOptions) -> None:
    for name, asked, has in (
        ("port", options.port, current.port),
        ("as-of", options.as_of, current.as_of),
        ("latency", options.latency, current.latency),
        ("upstream", options.upstream, current.upstream),
        ("upstream-model", options.upstream_model, current.upstream_model),
        ("model", True if options.model else None, current.upstream_model == MODEL_NAME),
    ):
        if asked is not None and asked != has:
            raise SandboxError(
                f"the sandbox already runs with --{name} {has}, not {asked}; run `sandbox stop` before starting it so"
            )


def _answers(home: SandboxHome, record: ServerRecord) -> bool:
    if not home.authority.exists():
        return False
    connection = HTTPSConnection(HOST, record.port, context=trusting(home), timeout=5)
    try:
        connection.request("GET", HEALTH_PATH)
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK and json.loads(answer.read())["pid"] == record.pid
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _last_words(home: SandboxHome, log_start: int) -> str:
    """Return what a server that ended at once had to say."""
    with home.log.open("rb") as log:
        log.seek(log_start)
        lines = log.read().decode(errors="replace").strip().splitlines()
    said = next((line for line in lines if line.startswith("sandbox: ")), None)
    return said.removeprefix("sandbox: ") if said else f"the sandbox did not start; its log is {home.log}"
