"""Running the programs that the steps are made of.

Never with a secret among the arguments: others can read a command line.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from llama_azure_pipelines.environments import ROOT
from llama_azure_pipelines.say import pass_on


@dataclass(frozen=True, slots=True)
class Answer:
    """How a program ended, and what it printed."""

    returncode: int
    output: str
    errors: str = ""

    @property
    def last_words(self) -> str:
        """The end of what it said, for a message."""
        return "\n".join((self.errors.strip() or self.output.strip()).splitlines()[-20:]) or "it said nothing"


def show(command: Sequence[str], variables: Mapping[str, str] | None = None, *, cwd: Path = ROOT) -> Answer:
    """Run a program with more variables, and show what it prints as it goes on; the answer has both outputs as one."""
    lines = []
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=os.environ | dict(variables or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except FileNotFoundError:
        return _not_there(command)
    with process:
        for line in process.stdout or ():
            lines.append(line)
            pass_on(line)
    return Answer(process.returncode, "".join(lines))


def capture(
    command: Sequence[str], variables: Mapping[str, str] | None = None, *, cwd: Path = ROOT, told: str | None = None
) -> Answer:
    """Run a program with more variables, and show nothing; ``told`` is what it reads from standard input."""
    environment = os.environ | dict(variables or {})
    try:
        answer = subprocess.run(
            command, cwd=cwd, env=environment, input=told, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return _not_there(command)
    return Answer(answer.returncode, answer.stdout, answer.stderr)


def _not_there(command: Sequence[str]) -> Answer:
    return Answer(127, "", f"there is no program {command[0]!r} on the PATH")
