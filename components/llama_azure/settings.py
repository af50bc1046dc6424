"""A running program's settings: what the engine hands over, read as everybody else reads the stack's file."""

import os
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG

from llama_azure_core.judging import judged_principals, other_date_problem
from llama_azure_core.settings import Project, Settings, SettingsError, StackText, from_engine, parse_settings


def load_settings() -> Settings:
    """Read and judge the configuration of the stack that is being deployed.

    Raises:
        pulumi.RunError: it cannot be used; the message names each value, its file and the remedy.
            The engine prints it without a traceback.
    """
    name = f"stacks/Pulumi.{pulumi.get_stack()}.yaml"
    text = _stack_text()
    config = CONFIG.get()
    secrets = [key for key in config if pulumi.runtime.is_config_secret(key)]
    try:
        settings = parse_settings(from_engine(config, secrets, text), text or name)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    problems = {path: problem for path, problem in judged_principals(config, os.environ).items() if problem}
    if (problem := other_date_problem(settings, os.environ, config)) is not None:
        problems["llama-azure:asOf"] = problem
    if problems:
        told = "\n".join(f"  {path}: {problem}" for path, problem in problems.items())
        raise pulumi.RunError(f"{text.name if text else name} cannot be used:\n{told}")
    return settings


def _stack_text() -> StackText | None:
    """Return the stack's file, which tells where and how a value is written; ``None`` where there is none.

    A program that runs without one, through the Automation API say, has its values from the engine all the same.
    """
    try:
        return Project(Path.cwd()).stack(pulumi.get_stack()).text
    except SettingsError:
        return None
