"""How long `sandbox start` takes until its server has answered, beside a server of the same libraries alone."""

import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import httpx
import psutil

from bench.results import write_results
from llama_azure_sandbox.addresses import HOST
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting
from llama_azure_sandbox.records import ServerRecord

RUNS = 9
_PLAIN, _FIRST, _AGAIN = "a server that does nothing", "sandbox start, the first", "sandbox start again"
_POLL_SECONDS = 0.005
_NOTHING = """
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

app = Starlette(routes=[Route("/", lambda request: JSONResponse({}))])
port, certificate, key = sys.argv[1:]
uvicorn.run(app, port=int(port), ssl_certfile=certificate, ssl_keyfile=key, log_level="error")
"""


def measure_sandbox_start(runs: int = RUNS) -> Iterator[str]:
    """Start each in turns, once to warm up, and yield the lines to print."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    processor: defaultdict[str, list[float]] = defaultdict(list)
    for run in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            home = SandboxHome(Path(folder, "sandbox"))
            for what in (_FIRST, _AGAIN, _PLAIN):
                elapsed, used = _plain(home) if what == _PLAIN else _sandbox(home)
                if run > 0:
                    seconds[what].append(elapsed)
                    processor[what].append(used)
    rows = [
        {
            "what": what,
            "seconds": round(median(seconds[what]), 3),
            "processorSeconds": round(median(processor[what]), 3),
        }
        for what in seconds
    ]
    for row in rows:
        yield f"{row['what']:28} {row['seconds']:6.2f} s   {row['processorSeconds']:6.2f} s of processors"
    ratios = {
        "start-seconds": median(seconds[_FIRST]),
        "start-again-seconds": median(seconds[_AGAIN]),
        "start-by-plain-server": median(seconds[_FIRST]) / median(seconds[_PLAIN]),
        "start-processor-by-plain-server": median(processor[_FIRST]) / median(processor[_PLAIN]),
    }
    write_results("sandbox-start", ratios, rows, runs=runs)


def _sandbox(home: SandboxHome) -> tuple[float, float]:
    """Return the seconds of `sandbox start`, which waits for the first answer, and what it and its server used."""
    variables = {**os.environ, "SANDBOX_HOME": str(home.root)}
    variables.pop("SANDBOX_PORT", None)
    used, began = _used_by_children(), time.perf_counter()
    _run(["sandbox", "start", "--port", "0"], variables)
    elapsed = time.perf_counter() - began
    record = ServerRecord.read(home.server_record)
    if record is None:
        raise RuntimeError("the sandbox left no record of its server")
    server = psutil.Process(record.pid).cpu_times()
    used = _used_by_children() - used + server.user + server.system
    _run(["sandbox", "stop"], variables)
    return elapsed, used


def _plain(home: SandboxHome) -> tuple[float, float]:
    """Return the same of a server with the sandbox's certificate and nothing else."""
    port = ServerRecord.read(home.server_record).port  # type: ignore[union-attr] # it has just run
    certificate, key = home.certificates / "server.pem", home.certificates / "server.key"
    trusted, began = trusting(home), time.perf_counter()
    command = [sys.executable, "-c", _NOTHING, str(port), str(certificate), str(key)]
    with subprocess.Popen(command) as process:
        try:
            while not _answers(port, trusted):
                time.sleep(_POLL_SECONDS)
            elapsed, times = time.perf_counter() - began, psutil.Process(process.pid).cpu_times()
        finally:
            process.terminate()
    return elapsed, times.user + times.system


def _answers(port: int, trusted: ssl.SSLContext) -> bool:
    try:
        return httpx.get(f"https://{HOST}:{port}/", verify=trusted, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _run(command: list[str], variables: Mapping[str, str]) -> None:
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([program, *command[1:]], env=variables, check=True, stdout=subprocess.DEVNULL)


def _used_by_children() -> float:
    times = os.times()
    return times.children_user + times.children_system
