"""Preflight: whether Azure will say yes, asked for one stack with what the stack owns already."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipelines import engine
from pipelines.programs import capture

_COULD_NOT_RUN = 3


class Check(BaseModel):
    """One check of preflight."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    subject: str
    result: str
    """pass, warn, fail or unknown."""
    answer: str
    remedy: str = ""


def ask(stack: str, skip: Iterable[str] = ()) -> tuple[int, tuple[Check, ...]]:
    """Run preflight on a stack and return its exit code and checks.

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
        content: dict[str, Any] = json.loads(answer.output)
    except ValueError:
        said = Check(id="preflight", subject=stack, result="unknown", answer=answer.last_words)
        return answer.returncode or _COULD_NOT_RUN, (said,)
    return answer.returncode, tuple(Check.model_validate(one) for one in content["checks"])
