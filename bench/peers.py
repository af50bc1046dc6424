"""Other tools to measure beside ours: the locked checkov; OPA, OpenTofu and azapi from Go modules, fetched once."""

import os
import shutil
import subprocess
from pathlib import Path

from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.judged.checkov import PROGRAM as CHECKOV

_FOLDER = PROJECT_ROOT / "build" / "bench"
_OPA = ("github.com/open-policy-agent/opa", "v1.4.2", "")
_OPENTOFU = ("github.com/opentofu/opentofu", "v1.10.0", "cmd/tofu")
_AZAPI = ("github.com/Azure/terraform-provider-azapi", "v1.15.0", "")
# What a module replaces in its own go.mod counts only where it is the main module.
_REPLACED = {
    _OPENTOFU: "github.com/hashicorp/hcl/v2 v2.20.1 => github.com/opentofu/hcl/v2 v2.20.2-0.20250121132637-504036cd70e7"
}
_POLICY = PROJECT_ROOT / "bench" / "policies" / "llama.rego"


def opa() -> Path:
    """Return the OPA program; raise as ``_built``."""
    return _built(_OPA, "opa")


def opentofu() -> Path:
    """Return the OpenTofu program; raise as ``_built``."""
    return _built(_OPENTOFU, "tofu")


def azapi_configuration() -> str:
    """Return the CLI configuration with which OpenTofu takes the azapi provider that was built here."""
    provider = _built(_AZAPI, "terraform-provider-azapi")
    return f'provider_installation {{\n  dev_overrides {{ "Azure/azapi" = "{provider.parent}" }}\n}}\n'


def _built(source: tuple[str, str, str], name: str) -> Path:
    """Return a program, built from its Go module where it is not there yet.

    Raises:
        RuntimeError: there is no Go toolchain.
    """
    program = _FOLDER / name / name
    if not program.exists():
        go = shutil.which("go")
        if go is None:
            raise RuntimeError(f"building {name} takes `go` on the PATH; install Go 1.24 or later")
        module, version, package = source
        path = f"{module}/{package}".rstrip("/")
        program.parent.mkdir(parents=True, exist_ok=True)
        replaced = f"\nreplace {_REPLACED[source]}\n" if source in _REPLACED else ""
        text = f"module bench\n\ngo 1.24\n\ntool {path}\n\nrequire {module} {version}\n{replaced}"
        (program.parent / "go.mod").write_text(text, encoding="ascii")
        variables = {"GOFLAGS": "-buildvcs=false -mod=mod", "GOTOOLCHAIN": "local"}
        command = [go, "build", "-ldflags", "-s -w", "-o", str(program), path]
        subprocess.run(command, cwd=program.parent, env=os.environ | variables, check=True)
    return program


def checkov_command(template: Path) -> list[str]:
    """Return the command with which checkov judges an ARM template."""
    return [str(CHECKOV), "--file", str(template), "--framework", "arm", "--compact", "--quiet", "--soft-fail"]


def opa_command(template: Path) -> list[str]:
    """Return the command with which OPA judges an ARM template by some of the guardrails' rules."""
    return [str(opa()), "eval", "--data", str(_POLICY), "--input", str(template), "data.llama.deny"]
