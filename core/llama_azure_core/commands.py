"""The commands that the distribution installs; one whose extra was not installed says so in a line."""

import sys
from collections.abc import Callable
from importlib import import_module

COULD_NOT_RUN = 3


def llama_azure() -> None:
    """Run ``llama-azure``."""
    _main("llama_azure_cli.main", "llama-azure", "cli")()


def policy_report() -> None:
    """Run ``policy-report``."""
    _main("policy_report.cli", "policy-report", "guardrails")()


def preflight() -> None:
    """Run ``preflight``."""
    _main("llama_azure_preflight.cli", "preflight", "preflight")()


def refresh_catalogue() -> None:
    """Run ``refresh-catalogue``."""
    _main("llama_azure_preflight.refresh", "refresh-catalogue", "preflight")()


def refresh_prices() -> None:
    """Run ``refresh-prices``."""
    _main("llama_azure_preflight.refresh_prices", "refresh-prices", "preflight")()


def sandbox() -> None:
    """Run ``sandbox``."""
    _main("llama_azure_sandbox.cli.main", "sandbox", "sandbox")()


def _main(module: str, command: str, extra: str) -> Callable[[], None]:
    try:
        main: Callable[[], None] = import_module(module).main
    except ModuleNotFoundError as error:
        missing = (error.name or "a package").split(".")[0]
        sys.stderr.write(f"{command}: {missing} is not installed; install llama-azure with its extra: [{extra}]\n")
        sys.exit(COULD_NOT_RUN)
    return main
