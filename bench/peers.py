"""Other policy engines to measure beside ours, fetched once: checkov from PyPI, OPA from its Go module."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from llama_azure_sandbox.home import PROJECT_ROOT

_FOLDER = PROJECT_ROOT / "build" / "bench"
_CHECKOV = "checkov==3.3.30"
_OPA_MODULE, _OPA_VERSION = "github.com/open-policy-agent/opa", "v1.4.2"
_POLICY = PROJECT_ROOT / "bench" / "policies" / "llama.rego"


def checkov() -> Path:
    """Return the checkov program, in an environment of its own: its pins are nobody else's affair."""
    environment = _FOLDER / "checkov"
    program = environment / "bin" / "checkov"
    if not program.exists():
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(environment), _CHECKOV], check=True)
    return program


def opa() -> Path:
    """Return the OPA program, built from its Go module where it is not there yet.

    Raises:
        RuntimeError: there is no Go toolchain.
    """
    program = _FOLDER / "opa" / "opa"
    if not program.exists():
        go = shutil.which("go")
        if go is None:
            raise RuntimeError("building OPA takes `go` on the PATH; install Go 1.24 or later")
        program.parent.mkdir(parents=True, exist_ok=True)
        text = f"module bench\n\ngo 1.24\n\ntool {_OPA_MODULE}\n\nrequire {_OPA_MODULE} {_OPA_VERSION}\n"
        (program.parent / "go.mod").write_text(text, encoding="ascii")
        variables = {"GOFLAGS": "-buildvcs=false -mod=mod", "GOTOOLCHAIN": "local"}
        command = [go, "build", "-o", str(program), _OPA_MODULE]
        subprocess.run(command, cwd=program.parent, env=os.environ | variables, check=True)
    return program


def checkov_command(template: Path) -> list[str]:
    """Return the command with which checkov judges an ARM template."""
    return [str(checkov()), "--file", str(template), "--framework", "arm", "--compact", "--quiet", "--soft-fail"]


def opa_command(template: Path) -> list[str]:
    """Return the command with which OPA judges an ARM template by some of the guardrails' rules."""
    return [str(opa()), "eval", "--data", str(_POLICY), "--input", str(template), "data.llama.deny"]
