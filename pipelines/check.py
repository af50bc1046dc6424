"""Check: style, types, unit tests, policies. No cloud, no engine, no sandbox."""

from pipelines.errors import StepError
from pipelines.programs import show

_COMMANDS = (
    ("make", "--no-print-directory", "check"),
    (".venv/bin/pytest", "-q", "-n", "2", "--dist", "loadfile", "tests/unit", "tests/policy"),
)


def check() -> None:
    """Run every check, and stop at the first that fails.

    Raises:
        StepError: one failed; what it said stands above.
    """
    for command in _COMMANDS:
        if show(command).returncode != 0:
            raise StepError(f"`{' '.join(command)}` failed, as said above")
