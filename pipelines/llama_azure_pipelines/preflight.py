"""Preflight: whether Azure will say yes, asked for one stack with what the stack owns already."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from llama_azure_pipelines import engine
from llama_azure_pipelines.programs import capture
from llama_azure_report import Finding, Report, Result, Rule, read_json

_COULD_NOT_RUN = 3


def ask(stack: str, skip: Iterable[str] = ()) -> tuple[int, Report]:
    """Run preflight on a stack and return its exit code and report.

    The codes are preflight's: 0 well, 1 something fails, 2 something is unknown, 3 it could not be asked.
    """
    with tempfile.TemporaryDirectory(prefix="pipelines-") as folder:
        state = Path(folder, "state.json")
        state.write_text(json.dumps(engine.export(stack)), encoding="utf-8")
        # Strict: what could not be asked is no yes.
        options = ["--stack", stack, "--format", "json", "--strict", "--state", str(state)]
        skipped = [word for check in skip for word in ("--skip", check)]
        answer = capture(["preflight", *options, *skipped], engine.variables_of(stack))
    try:
        return answer.returncode, read_json(answer.output)
    except ValueError:
        rule = Rule("preflight", "Preflight ran")
        said = Finding(rule, stack, Result.UNKNOWN, answer.last_words, blocks=True)
        return answer.returncode or _COULD_NOT_RUN, Report("preflight", stack, (said,), (rule,))
