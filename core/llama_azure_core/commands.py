"""The commands that the distribution installs; one whose extra was not installed says so in a line."""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

COULD_NOT_RUN = 3


def llama_azure() -> None:
    """Run ``llama-azure``."""
    _run_main("llama_azure_cli.main", "llama-azure", "cli")


def policy_report() -> None:
    """Run ``policy-report``."""
    _run_main("policy_report.cli", "policy-report", "guardrails")


def preflight() -> None:
    """Run ``preflight``."""
    _run_main("llama_azure_preflight.cli", "preflight", "preflight")


def refresh_catalogue() -> None:
    """Run ``refresh-catalogue``."""
    _run_main("llama_azure_preflight.refresh", "refresh-catalogue", "preflight")


def refresh_prices() -> None:
    """Run ``refresh-prices``."""
    _run_main("llama_azure_preflight.refresh_prices", "refresh-prices", "preflight")


def sandbox() -> None:
    """Run ``sandbox``."""
    _run_main("llama_azure_sandbox.cli.main", "sandbox", "sandbox")


def run(command_line: Callable[[], object], name: str, *problems: type[Exception]) -> NoReturn:
    """Run a command line to its exit code; what is wrong is a line, not a traceback, and Ctrl-C is 130.

    Args:
        command_line: one of click's, that leaves its exceptions to whoever called it.
        name: what it is called.
        problems: errors whose message is for whoever called it; they end it with 1.
    """
    import click  # which the components do without

    try:
        command_line()
    except problems as error:
        click.echo(f"{name}: {error}", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    sys.exit(0)


def _run_main(module: str, command: str, extra: str) -> None:
    # A command may load a part of itself only when it is asked for.
    try:
        import_module(module).main()
    except ModuleNotFoundError as error:
        missing = (error.name or "a package").split(".")[0]
        sys.stderr.write(f"{command}: {missing} is not installed; install llama-azure with its extra: [{extra}]\n")
        sys.exit(COULD_NOT_RUN)
