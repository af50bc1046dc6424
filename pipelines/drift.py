"""Drift: what differs between a stack's file, its state and Azure although nobody deployed anything."""

import os
from collections.abc import Mapping
from pathlib import Path

from pipelines import engine
from pipelines.comment import fenced
from pipelines.environments import ROOT
from pipelines.errors import StepError
from pipelines.github import GitHub
from pipelines.say import say

FOLDER = ROOT / "build" / "drift"


def drift(stacks: tuple[str, ...], environment: Mapping[str, str] = os.environ) -> None:
    """Compare stacks with Azure, changing nothing, and write what differs to ``build/drift/<stack>.md``.

    In GitHub Actions one issue per stack is kept up to date, and closed when nothing differs any more.

    Raises:
        StepError: something differs, or a stack could not be compared.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    differing = []
    for stack in stacks:
        told = engine.preview(stack, "--refresh", "--expect-no-changes")
        found = report(stack, told)
        path = FOLDER / f"{stack}.md"
        path.unlink(missing_ok=True)
        if found is None:
            say(f"{stack}: nothing differs")
        else:
            path.write_text(found, encoding="utf-8")
            say(found)
            differing.append(stack)
        _tell_github(stack, found, environment)
    if differing:
        raise StepError(f"Azure is not as the files say in {', '.join(differing)}; {_where(differing)}")


def report(stack: str, told: engine.Told) -> str | None:
    """Return in Markdown what differs, or ``None``."""
    if told.ok:
        return None
    lines = [f"{step.operation} {step.type} {step.name} ({', '.join(step.properties)})" for step in told.steps]
    if not lines:
        return f"{marker(stack)}\n### {stack} could not be compared with Azure\n\n{fenced(told.errors)}\n"
    return (
        f"{marker(stack)}\n### {stack} has drifted\n\n"
        f"What an update would do, although nothing was merged:\n\n{fenced(lines)}\n\n"
        "Either deploy, which takes Azure back to the files, or change the files to what Azure is.\n"
    )


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
