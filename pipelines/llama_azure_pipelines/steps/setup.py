"""Setup: the Pulumi CLI of this repository on the PATH of the job's later steps."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.programs import show
from llama_azure_pipelines.say import say

_FOLDER = re.compile(r"^engine: Pulumi \S+, .* \((?P<folder>[^()]+)\)$", re.MULTILINE)


def setup(environment: Mapping[str, str] = os.environ) -> Path:
    """Find or install the CLI as ``make engine`` does, and tell the CI system of its folder.

    Raises:
        StepError: there is none to be had.
    """
    answer = show(("make", "--no-print-directory", "engine"))
    found = _FOLDER.search(answer.output)
    if answer.returncode != 0 or found is None:
        raise StepError("there is no Pulumi CLI, as said above")
    folder = found["folder"]
    if environment.get("GITHUB_PATH"):
        with Path(environment["GITHUB_PATH"]).open("a", encoding="utf-8") as file:
            file.write(f"{folder}\n")
    elif environment.get("TF_BUILD"):
        say(f"##vso[task.prependpath]{folder}")
    return Path(folder)
