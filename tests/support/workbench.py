"""A sandbox of a test's own, and the real Pulumi CLI working against it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from llama_azure_report.events import NO_POLICY_PACK
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.engine_home import install_plugin
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.identity.credentials import OWNER_NAME
from llama_azure_sandbox.process import StartOptions, running, start, stop
from llama_azure_sandbox.records import ServerRecord
from tests.support import fork_server
from tests.support.arm import sign_in


@dataclass
class Workbench:
    """A sandbox in a folder, and beside it a copy of the Pulumi project whose stack files a test may change."""

    folder: Path
    transcript: list[str] = field(default_factory=list)
    """Whatever the CLI printed, but for outputs that a test asked to see in clear."""
    principal: str = OWNER_NAME
    """Who runs the CLI."""
    command_seconds: float = 180.0
    """How long a command of the CLI may take."""
    judged: bool = True
    """Whether the policy pack is on. Starting it is a quarter of each command's work, so that a test of many updates
    that are about something else puts it off once it was there for one."""
    forks: bool = fork_server.IS_POSSIBLE
    """Whether the Pythons that the CLI starts are forked from one that has their modules. Not where a start is tested,
    or where they are killed."""
    selected: set[tuple[str, ...]] = field(default_factory=set)
    """The stacks that were selected, as the CLI was asked."""

    @property
    def home(self) -> SandboxHome:
        return SandboxHome(self.folder / "sandbox")

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def virtualenv(self) -> Path:
        """The environment of the program, the policy pack and the stand-in."""
        return fork_server.environment() if self.forks else fork_server.REAL

    @property
    def record(self) -> ServerRecord:
        record = running(self.home)
        assert record is not None, "the sandbox does not run"
        return record

    @property
    def environment(self) -> dict[str, str]:
        """What `sandbox env` gives, on top of this process's own environment."""
        record = ServerRecord.read(self.home.server_record)
        assert record is not None
        given = client_environment(self.home, record, find_engine().folder, os.environ, self.principal)
        path = given["PATH"].replace(str(PROJECT_ROOT / ".venv"), str(self.virtualenv))
        if not self.judged:
            return os.environ | given | {"PATH": path} | NO_POLICY_PACK
        pack = {"PULUMI_OPTION_POLICY_PACK": str(fork_server.policy_pack())} if self.forks else {}
        return os.environ | given | {"PATH": path} | pack

    def start(self, options: StartOptions | None = None) -> None:
        start(self.home, options or StartOptions(port=0))
        self.use(forks=self.forks)
        self.home.pulumi_state.mkdir(mode=0o700, parents=True, exist_ok=True)

    def use(self, *, forks: bool) -> None:
        """Have the CLI's Pythons be forked, or start as always."""
        self.forks = forks
        environment = self.project / ".venv"
        environment.unlink(missing_ok=True)
        environment.symlink_to(self.virtualenv)
        launcher = install_plugin(self.home)
        text = launcher.read_text(encoding="utf-8")
        launcher.write_text(text.replace(sys.executable, str(self.virtualenv / "bin" / "python")), encoding="utf-8")

    def kill_sandbox(self) -> None:
        os.kill(self.record.pid, signal.SIGKILL)

    def stack_file(self, stack: str) -> Path:
        return self.project / "stacks" / f"Pulumi.{stack}.yaml"

    def configure(self, stack: str, **changes: Any) -> None:
        """Change values of a stack file: ``configure("sandbox", **{"azure-native:location": "westeurope"})``."""
        path = self.stack_file(stack)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        content["config"] |= changes
        path.write_text(yaml.safe_dump(content), encoding="utf-8")

    def make_group(self, stack: str) -> None:
        """Make a stack's resource group where its file says that it is there, with its tags, as ``bootstrap/`` does."""
        config = yaml.safe_load(self.stack_file(stack).read_text(encoding="utf-8"))["config"]
        if not config.get("llama-azure:existingResourceGroup"):
            return
        tags = {"environment": stack, "managed-by": "pulumi", **config.get("llama-azure:tags", {})}
        path = f"/resourceGroups/{config['llama-azure:resourceGroup']}"
        with sign_in(self.home) as arm:
            if arm.call("GET", path).status_code == httpx.codes.NOT_FOUND:
                answer = arm.call("PUT", path, {"location": config["azure-native:location"], "tags": tags})
                assert answer.is_success, answer.text

    def pulumi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the CLI in the project to its end."""
        answer = subprocess.run(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self.project,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=self.command_seconds,
            check=False,
        )
        if "--show-secrets" not in arguments:
            self.transcript += [answer.stdout, answer.stderr]
        if check and answer.returncode != 0:
            raise AssertionError(f"pulumi {' '.join(arguments)} failed:\n{answer.stdout}\n{answer.stderr}")
        return answer

    def select(self, stack: str, *where: str) -> None:
        """Make a stack unless this was asked before; ``where`` is as for the CLI, ``--cwd`` and a folder."""
        asked = (*where, "stack", "select", stack, "--create")
        if asked not in self.selected:
            self.pulumi(*asked)
            self.selected.add(asked)

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the CLI in the project, in a process group of its own."""
        return subprocess.Popen(
            ["pulumi", "--non-interactive", *arguments],
            cwd=self.project,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def changes(self, *arguments: str) -> dict[str, int]:
        """Run up, refresh or destroy and return the engine's own count of resources by operation."""
        output = self.pulumi(*arguments, "--yes", "--skip-preview", "--json").stdout
        for line in output.splitlines():
            event = json.loads(line)
            if "summaryEvent" in event:
                counts: dict[str, int] = event["summaryEvent"]["resourceChanges"]
                return counts
        raise AssertionError(f"the engine told no summary:\n{output}")

    def outputs(self, stack: str, *where: str) -> dict[str, Any]:
        """Return a stack's outputs in clear; ``where`` is as for the CLI, ``--cwd`` and a folder."""
        answer = self.pulumi(*where, "stack", "output", "--stack", stack, "--json", "--show-secrets")
        values: dict[str, Any] = json.loads(answer.stdout)
        return values

    def state(self, stack: str) -> list[dict[str, Any]]:
        """Return the resources of a stack's state."""
        exported = json.loads(self.pulumi("stack", "export", "--stack", stack).stdout)
        resources: list[dict[str, Any]] = exported["deployment"].get("resources", [])
        return resources


@contextmanager
def open_workbench(
    folder: Path, options: StartOptions | None = None, *, forks: bool = fork_server.IS_POSSIBLE
) -> Iterator[Workbench]:
    """Make a workbench with a running sandbox, and stop it in the end."""
    bench = Workbench(folder, forks=forks)
    bench.project.mkdir(parents=True)
    (bench.project / "__main__.py").symlink_to(PROJECT_ROOT / "__main__.py")
    for name in ("Pulumi.yaml", "stacks"):
        source = PROJECT_ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, bench.project / name)
    bench.start(options)
    try:
        yield bench
    finally:
        stop(bench.home)


def sandbox_command(home: SandboxHome, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the `sandbox` console script on a home."""
    script = Path(sys.executable).with_name("sandbox")
    return subprocess.run(
        [script, *arguments],
        env=os.environ | {"SANDBOX_HOME": str(home.root)} | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
