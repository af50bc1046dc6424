"""Check: style, types, the pages' links, unit tests, policies. No cloud, no engine, no sandbox."""

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import show

_COMMANDS = (
    ("make", "--no-print-directory", "check", "policy-sdk", "site"),
    (".venv/bin/pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/unit", "tests/policy"),
)


def check(python: str | None = None) -> None:
    """Run every check, and stop at the first that fails.

    Args:
        python: run the unit tests of core and components on this Python alone, such as 3.13.

    Raises:
        StepError: one failed; what it said stands above.
    """
    on_python = ("make", "--no-print-directory", "test-python", f"PYTHON={python}")
    for command in _COMMANDS if python is None else (on_python,):
        if show(command).returncode != 0:
            raise StepError(f"`{' '.join(command)}` failed, as said above")
