"""Pythons that begin with their modules loaded, for the engine runs of the tests.

One run of the Pulumi CLI starts five Pythons: two that tell the packages of the environment, the program, the policy
pack, and azure-native's stand-in. Each spends most of its time on importing what the one before it imported. Here one
process imports all of it once, and is forked whenever one of them starts, with the arguments, the environment, the
folder and the standard streams that it was started with: what runs is the same. `environment` is a virtual environment
whose Python asks that process; what it cannot take over is started as always.

What is about the start or the violent end of these processes is tested with this checkout's environment as it is. On
macOS, whose own libraries do not bear a fork, all of it is started as always.
"""

import atexit
import contextlib
import filecmp
import functools
import gc
import importlib
import io
import marshal
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from llama_azure_sandbox.home import PROJECT_ROOT

REAL = PROJECT_ROOT / ".venv"
IS_POSSIBLE = sys.platform == "linux"
PACK = Path("policies", "llama_guardrails")

_MODULES = (
    "azure.identity",
    "dill",
    "httpx",
    "llama_azure.estate",
    "llama_azure.settings",
    "llama_azure_preflight.cli",
    "llama_azure_sandbox.provider.servicer",
    "llama_azure_sandbox.server",
    "llama_guardrails.pack",
    "pip._internal.cli.main",
    "pip._internal.commands.list",
    "policy_report.cli",
    "pulumi.dynamic",
    "pulumi.policy",
    "pulumi.runtime",
)
"""What those processes import. Not the pipelines' steps, which look at the folder that they are imported in."""

# It runs before anything else, without the site's packages, for every Python of every engine run.
_SHIM = """\
#!{base} -IS
import marshal, os, signal, sys, _socket
from array import array
arguments, variables = sys.argv[1:], dict(os.environ)
first = (arguments[1:] if arguments[:1] == ["-u"] else arguments)[:1]
chosen = {{name: value for name, value in variables.items() if name.startswith("PYTHON")}}
if not first or chosen != {chosen!r} or first[0].startswith("-") and first[0] not in ("-c", "-m"):
    os.execv({real!r}, [{real!r}, *arguments])
parent = os.getppid()
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
message = marshal.dumps((os.path.abspath(sys.argv[0]), arguments, os.getcwd(), variables, True))
streams = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array("i", [0, 1, 2]))
server.sendmsg([len(message).to_bytes(8, "little")], [streams])
while message:
    message = message[server.send(message):]
def number():
    found = b""
    while len(found) < 8:
        try:
            more = server.recv(8 - len(found))
        except TimeoutError:
            if os.getppid() != parent:
                os._exit(1)
            continue
        if not more:
            os._exit(1)
        found += more
    return int.from_bytes(found, "little", signed=True)
child = number()
for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(one, lambda which, _: os.kill(child, which))
server.settimeout(1.0)
code = number()
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


@functools.cache
def environment() -> Path:
    """Return a virtual environment like this checkout's, whose Python is forked; it lasts as long as this process.

    Beside it lies the policy pack, which runs in it.
    """
    folder = Path(tempfile.mkdtemp(prefix="fork-server-"))
    address, made = str(folder / "socket"), folder / ".venv"
    _write_environment(made, address)
    _link(PROJECT_ROOT / PACK, folder / PACK, but="PulumiPolicy.yaml")
    shutil.copy(PROJECT_ROOT / PACK / "PulumiPolicy.yaml", folder / PACK)
    server = subprocess.Popen(
        [REAL / "bin" / "python", "-m", __name__, address],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n", "the process to be forked did not start"
    atexit.register(_end, server, folder)
    return made


def spawn(arguments: list[str], streams: tuple[int, int, int]) -> int:
    """Fork a Python that outlives whoever asks for it and its terminal. Returns its process id."""
    made = environment()
    message = marshal.dumps((str(REAL / "bin" / "python"), arguments, str(Path.cwd()), dict(os.environ), False))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.connect(str(made.parent / "socket"))
        socket.send_fds(server, [len(message).to_bytes(8, "little")], list(streams))
        server.sendall(message)
        return int.from_bytes(server.recv(8, socket.MSG_WAITALL), "little")


def policy_pack() -> Path:
    """Return the folder of the policy pack, which runs in that environment where there is one."""
    return (environment().parent if IS_POSSIBLE else PROJECT_ROOT) / PACK


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    server.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def _link(source: Path, target: Path, *, but: str) -> None:
    target.mkdir(parents=True)
    for one in source.iterdir():
        if one.name != but:
            (target / one.name).symlink_to(one)


def _write_environment(made: Path, address: str) -> None:
    _link(REAL, made, but="bin")
    programs = made / "bin"
    programs.mkdir()
    python = REAL / "bin" / "python"
    chosen = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
    shim = _SHIM.format(base=python.resolve(), real=str(python), chosen=chosen, address=address)
    # Not `sandbox`, which is to know the server that it starts by its process.
    for one in (REAL / "bin").iterdir():
        program = programs / one.name
        if one.is_symlink():  # of Python's names
            program.write_text(shim, encoding="utf-8")
            program.chmod(0o755)
        elif one.name != "sandbox" and one.open("rb").read(len(f"#!{python}\n")) == f"#!{python}\n".encode():
            text = one.read_text(encoding="utf-8")
            program.write_text(text.replace(f"#!{python}", f"#!{programs / 'python'}", 1), encoding="utf-8")
            program.chmod(0o755)
        else:
            program.symlink_to(one)


def serve(address: str) -> None:
    """Import what is to be there, and fork for whoever asks, until standard input ends."""
    for name in _MODULES:
        importlib.import_module(name)
    from llama_azure_sandbox.arm.known_providers import require_known_type  # the worker itself needs it not

    # Each sandbox would read the tables of types when the first thing is made in it.
    require_known_type("Microsoft.Storage/storageAccounts", "")
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, selectors.DefaultSelector() as selector:
        listener.bind(address)
        listener.listen(64)
        ended, ends = socket.socketpair()
        ends.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ends.fileno())
        for one in (listener, ended, sys.stdin):
            selector.register(one, selectors.EVENT_READ)
        print("ready", flush=True)
        children: dict[int, socket.socket] = {}
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    asking, _ = listener.accept()
                    asked = _asked(asking)
                    if asked is None:
                        asking.close()
                        continue
                    child = _fork(asking, *asked, [listener, ended, ends, *children.values()], selector)
                    children[child] = asking
                elif key.fileobj is ended:
                    ended.recv(4096)
                    _tell(children)
                else:
                    return


def _tell(children: dict[int, socket.socket]) -> None:
    """Tell of each child that has ended how it ended."""
    while children:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child == 0:
            return
        with children.pop(child) as asking, contextlib.suppress(OSError):
            asking.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, "little", signed=True))


def _asked(asking: socket.socket) -> tuple[bytes, list[int]] | None:
    """Return what is asked for, with the standard streams; nothing of one who was killed while asking."""
    streams: list[int] = []
    with contextlib.suppress(ConnectionError):
        head, streams, _, _ = socket.recv_fds(asking, 8, 3)
        size, message = int.from_bytes(head, "little"), b""
        while len(message) < size and (more := asking.recv(size - len(message))):
            message += more
        if message and len(message) == size:
            return message, streams
    for stream in streams:
        os.close(stream)
    return None


def _fork(
    asking: socket.socket,
    message: bytes,
    streams: list[int],
    mine: list[socket.socket],
    selector: selectors.BaseSelector,
) -> int:
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        selector.close()
        for one in mine:
            one.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _become(asking, *marshal.loads(message))  # noqa: S302 - it is of this user's own process
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(OSError):
        asking.sendall(child.to_bytes(8, "little", signed=True))
    return child


def _become(
    asking: socket.socket,
    executable: str,
    arguments: list[str],
    folder: str,
    variables: Mapping[str, str],
    ends_with_asker: bool,
) -> NoReturn:
    """Be the Python that was started."""
    if ends_with_asker:
        threading.Thread(target=_end_with, args=(asking,), daemon=True).start()
    else:
        asking.close()
        os.setsid()
    unbuffered = arguments[0] == "-u"
    _open_streams(unbuffered=unbuffered or bool(variables.get("PYTHONUNBUFFERED")))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    sys.executable = executable
    code = 1
    try:
        _run(arguments[unbuffered:])
        code = 0
    except SystemExit as ended:
        if isinstance(ended.code, int | None):
            code = ended.code or 0
        else:
            print(ended.code, file=sys.stderr)
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        within = error.__traceback__
        for _ in range(2):  # of these functions here
            within = within and within.tb_next
        sys.excepthook(type(error), error.with_traceback(within), within)
    finally:
        # As the interpreter ends; it is not taken apart, which nobody would see.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code & 0xFF)


def _end_with(asking: socket.socket) -> None:
    """End with the process that stands for this one, even if that is killed."""
    with contextlib.suppress(OSError):
        asking.recv(1)
    os._exit(1)


def _open_streams(*, unbuffered: bool) -> None:
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    for number, name, errors in ((1, "stdout", "strict"), (2, "stderr", "backslashreplace")):
        raw: Any = open(number, "wb", buffering=0 if unbuffered else -1, closefd=False)  # noqa: SIM115
        stream = io.TextIOWrapper(
            raw, encoding="utf-8", errors=errors, line_buffering=number == 2, write_through=unbuffered
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _run(arguments: list[str]) -> None:
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    what = arguments[0]
    if what == "-c":
        sys.argv, sys.path[0] = ["-c", *arguments[2:]], ""
        exec(compile(arguments[1], "<string>", "exec"), main.__dict__)  # noqa: S102
    elif what == "-m":
        sys.argv, sys.path[0] = ["-m", *arguments[2:]], str(Path.cwd())
        if arguments[1] == "pulumi.policy" and not _is_ours(Path(arguments[-1])):
            for name in [one for one in sys.modules if one.partition(".")[0] == "llama_guardrails"]:
                del sys.modules[name]
        _as_main(arguments[1])
    elif Path(what).is_dir():
        sys.argv, sys.path[0] = arguments, what
        _as_main("__main__", alter=False)
    else:
        sys.argv, sys.path[0] = arguments, str(Path(what).resolve().parent)
        main.__file__ = what
        exec(compile(Path(what).read_bytes(), what, "exec"), main.__dict__)  # noqa: S102


def _is_ours(pack: Path) -> bool:
    """Whether a policy pack has the rules of this checkout, or a copy of them."""
    ours = PROJECT_ROOT / PACK
    modules = [one.relative_to(ours) for one in ours.joinpath("llama_guardrails").rglob("*.py")]
    return all((pack / one).is_file() and filecmp.cmp(ours / one, pack / one, shallow=False) for one in modules)


def _as_main(module: str, *, alter: bool = True) -> None:
    runpy._run_module_as_main(module, alter)  # type: ignore[attr-defined]


if __name__ == "__main__":
    serve(sys.argv[1])
