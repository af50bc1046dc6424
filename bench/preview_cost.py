"""What a preview of many serverless endpoints costs: our components against the same resources written plainly."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.processes import Cost, run_measured
from bench.results import write_results
from llama_azure_sandbox.engine.find import find_engine
from llama_azure_sandbox.engine_home import install_plugin
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop

ENDPOINTS = 1000
_PROGRAMS = PROJECT_ROOT / "bench" / "programs"


def measure_preview_cost() -> Iterator[str]:
    """Preview both programs against one sandbox and yield the lines to print."""
    with tempfile.TemporaryDirectory() as folder:
        home = SandboxHome(Path(folder, "sandbox"))
        record, _ = start(home, StartOptions(port=0))
        try:
            install_plugin(home)
            home.pulumi_state.mkdir(parents=True)
            environment = os.environ | client_environment(home, record, find_engine().folder, os.environ)
            environment["ENDPOINTS"] = str(ENDPOINTS)
            for option in ("POLICY_PACK", "POLICY_PACK_CONFIG"):  # what policies cost is measured apart
                environment.pop(f"PULUMI_OPTION_{option}", None)
            plain = _preview("plain", Path(folder), environment)
            components = _preview("components", Path(folder), environment)
        finally:
            stop(home)
    yield f"{'':24} {'elapsed':>9} {'processors':>11} {'program':>9} {'and below the CLI':>18}"
    for name, cost in (("plain azure-native", plain), ("llama-azure components", components)):
        yield (
            f"{name:24} {cost.seconds:7.1f} s {cost.processor_seconds:9.1f} s {cost.largest_bytes / 2**20:5.0f} MiB "
            f"{cost.peak_bytes / 2**20:14.0f} MiB"
        )
    yield (
        f"{'components / plain':24} {components.seconds / plain.seconds:9.2f} "
        f"{components.processor_seconds / plain.processor_seconds:11.2f} "
        f"{components.largest_bytes / plain.largest_bytes:9.2f} {components.peak_bytes / plain.peak_bytes:18.2f}"
        f"  ({ENDPOINTS} serverless endpoints)"
    )

    write_results(
        "preview-cost",
        {"preview-1000-by-plain": components.seconds / plain.seconds},
        endpoints=ENDPOINTS,
    )


def _preview(program: str, folder: Path, environment: dict[str, str]) -> Cost:
    project = folder / program
    project.mkdir()
    shutil.copy(_PROGRAMS / f"{program}.py", project / "__main__.py")
    (project / ".venv").symlink_to(PROJECT_ROOT / ".venv")
    (project / "Pulumi.yaml").write_text(
        f"name: bench-{program}\nruntime: {{name: python, options: {{toolchain: pip, virtualenv: .venv}}}}\n",
        encoding="utf-8",
    )
    run_measured(["pulumi", "stack", "init", "bench"], project, environment)
    return run_measured(["pulumi", "preview", "--stack", "bench", "--non-interactive"], project, environment)
