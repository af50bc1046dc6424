"""Drift: what differs between a stack's file, its state and Azure although nobody deployed anything."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from llama_azure_pipelines import engine
from llama_azure_pipelines.environments import ROOT
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.github import GitHub
from llama_azure_pipelines.say import say
from llama_azure_report.markdown import LONGEST, Block, fenced, fitted

FOLDER = ROOT / "build" / "drift"


def drift(stacks: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> None:
    """Compare stacks with Azure, changing nothing, and write what differs to ``build/drift/<stack>.md``.

    In GitHub Actions one issue per stack is kept up to date, and closed when nothing differs any more.

    Raises:
        StepError: something differs, or a stack could not be compared.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    differing, failed = [], []
    for stack in stacks:
        run = engine.preview(stack, "--refresh", "--expect-no-changes")
        path = FOLDER / f"{stack}.md"
        path.unlink(missing_ok=True)
        whole = report(stack, run, most=sys.maxsize)
        if whole is None:
            say(f"{stack}: nothing differs")
        else:
            path.write_text(whole, encoding="utf-8")
            say(whole)
            differing.append(stack)
        try:
            _tell_github(stack, report(stack, run), environment)
        except StepError as error:  # the other stacks are compared all the same
            failed.append(f"the issue about {stack} is not up to date: {error}")
    if differing:
        failed.insert(0, f"Azure is not as the files say in {', '.join(differing)}; {_where(differing)}")
    if failed:
        raise StepError("; ".join(failed))


def report(stack: str, run: engine.EngineRun, most: int = LONGEST) -> str | None:
    """Return in Markdown what differs, in at most so many characters, or ``None``."""
    if run.ok:
        return None
    lines = [f"{step.operation} {step.type} {step.name} ({', '.join(step.properties)})" for step in run.steps]
    if not lines:
        head = Block((f"{marker(stack)}\n### {stack} could not be compared with Azure",))
        return fitted([head, fenced(run.errors)], f"build/drift/{stack}.md of the run's artefacts", most)
    head = Block((
        f"{marker(stack)}\n### {stack} has drifted\n",
        "Either deploy, which takes Azure back to the files, or change the files to what Azure is.\n",
        "What an update would do, although nothing was merged:",
    ))  # fmt: skip
    return fitted([head, fenced(lines)], f"build/drift/{stack}.md of the run's artefacts", most)


def marker(stack: str) -> str:
    """Return what the issue about a stack is found by."""
    return f"<!-- llama-azure: drift {stack} -->"


def _tell_github(stack: str, found: str | None, environment: Mapping[str, str]) -> None:
    if not environment.get("GITHUB_ACTIONS"):
        return
    if found is None:
        GitHub(environment).close_issue(marker(stack))
    else:
        say(GitHub(environment).issue(marker(stack), f"Drift in {stack}", found))


def _where(stacks: list[str]) -> str:
    paths = [Path("build", "drift", f"{stack}.md") for stack in stacks]
    return f"see {', '.join(map(str, paths))}"
