"""A running program's settings: what the engine hands over, read as everybody else reads the stack's file."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import SecretStr

from llama_azure_core.judging import judged_principals, other_date_problem
from llama_azure_core.settings import (
    NAMESPACE,
    Project,
    Settings,
    SettingsError,
    StackText,
    from_engine,
    parse_settings,
)
from llama_azure_core.settings.stack_file import part_of, with_own
from llama_azure_core.settings.stack_text import spelled


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
    values = from_engine(config, secrets, text)
    try:
        if part_of(values) is not None:
            values, text = _of_part(values, text or StackText(name, {}, {}, {}))
        settings = parse_settings(values, text or name)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    problems = {path: problem for path, problem in judged_principals(config, os.environ).items() if problem}
    if (problem := other_date_problem(settings, os.environ, config)) is not None:
        problems["llama-azure:asOf"] = problem
    if problems:
        told = "\n".join(f"  {path}: {problem}" for path, problem in problems.items())
        raise pulumi.RunError(f"{text.name if text else name} cannot be used:\n{told}")
    return settings


def _of_part(own: dict[str, Any], text: StackText) -> tuple[dict[str, Any], StackText]:
    """Return the configuration of a part of another stack, whose file is read, and where it is written.

    Raises:
        SettingsError: that file is not there or does not fit; or a secret in it is not in the part's own, too.
    """
    stack = pulumi.get_stack()
    whole = Project(Path.cwd()).whole(stack, own, text.name)
    values = with_own(whole.config, own)
    ours = values[f"{NAMESPACE}:stacks"][stack]
    described = {key: one for key, one in (values.get(f"{NAMESPACE}:projects") or {}).items() if key in ours}
    if missing := list(_unread_secrets((f"{NAMESPACE}:projects",), described)):
        commands = "\n".join(f"  pulumi config set --stack {stack} --secret --path '{one}'" for one in missing)
        raise SettingsError(
            f"{text.name} lacks secrets that {whole.name} has, which are encrypted for that stack alone; set them:\n"
            f"{commands}"
        )
    return values, replace(whole.text, config=values)


def _unread_secrets(path: tuple[str | int, ...], value: Any) -> Iterator[str]:
    """Yield the places of secrets whose text is not at hand."""
    if isinstance(value, SecretStr):
        if not value.get_secret_value():
            yield spelled(path)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _unread_secrets((*path, key), one)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _unread_secrets((*path, index), one)


def _stack_text() -> StackText | None:
    """Return the stack's file, which tells where and how a value is written; ``None`` where there is none.

    A program that runs without one, through the Automation API say, has its values from the engine all the same.
    """
    try:
        return Project(Path.cwd()).own_text(pulumi.get_stack())
    except SettingsError:
        return None
