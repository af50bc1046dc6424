"""A Pulumi project's folder and the files of its stacks: found and read for everybody who judges a stack."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from llama_azure_core.settings.parsing import NAMESPACE, SettingsError, parse_settings
from llama_azure_core.settings.stack import Settings
from llama_azure_core.settings.stack_text import Path as ValuePath
from llama_azure_core.settings.stack_text import StackText, StackTextError, read_stack_text


@dataclass(frozen=True, slots=True)
class StackFile:
    """A stack's configuration, as its file has it."""

    path: Path
    """The file; it exists."""
    text: StackText

    @property
    def name(self) -> str:
        """The file for messages, such as ``stacks/Pulumi.dev.yaml``."""
        return self.text.name

    @property
    def config(self) -> Mapping[str, Any]:
        """Every value by its full key; in the place of what is encrypted stands an empty secret."""
        return self.text.config

    @property
    def subscription(self) -> str:
        """The Azure subscription that the file names; empty where it leaves that to the variables."""
        value = self.config.get("azure-native:subscriptionId")
        return value if isinstance(value, str) else ""

    def settings(self) -> Settings:
        """Return the stack's settings.

        Raises:
            SettingsError: they cannot be used.
        """
        return parse_settings(self.config, self.text)


class Project:
    """The folder of a Pulumi project."""

    def __init__(self, folder: Path) -> None:
        """Find the project: the folder itself, or the nearest one above that has a ``Pulumi.yaml``.

        Raises:
            SettingsError: there is none, or it cannot be read.
        """
        found = next((one for one in (folder, *folder.parents) if (one / "Pulumi.yaml").is_file()), None)
        if found is None:
            raise SettingsError(f"no Pulumi.yaml in {folder} or above it; run this in the project's folder")
        self.folder = found
        content = _read(found / "Pulumi.yaml", "Pulumi.yaml", NAMESPACE).document
        self.name = str(content.get("name") or NAMESPACE)
        self._stacks = str(content.get("stackConfigDir") or ".")
        defaults = content.get("config")
        self._defaults = dict(_defaults(defaults, self.name)) if isinstance(defaults, Mapping) else {}

    def path(self, stack: str) -> Path:
        """Return the path of a stack's file below the project's folder; whether it exists is not looked at."""
        return Path(self._stacks) / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"

    def stack(self, name: str) -> StackFile:
        """Read the file of a stack: ``dev``, or in full ``organization/project/dev``.

        Raises:
            SettingsError: it is not there, or cannot be read.
        """
        path = self.path(name)
        if not (self.folder / path).is_file():
            raise SettingsError(f"{path} is not there: no stack {name} is described in {self.folder}")
        text = _read(self.folder / path, path.as_posix(), self.name)
        return StackFile(self.folder / path, replace(text, config={**self._defaults, **text.config}))


def _read(path: Path, name: str, project: str) -> StackText:
    try:
        return read_stack_text(path.read_text(encoding="utf-8"), name, project)
    except StackTextError as error:
        raise SettingsError(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{name} cannot be read: {reason}") from None


def _defaults(config: Mapping[str, Any], project: str) -> Iterable[tuple[str, Any]]:
    """Return what ``Pulumi.yaml`` says for every stack that does not say otherwise."""
    for key, value in config.items():
        full = key if ":" in key else f"{project}:{key}"
        if isinstance(value, Mapping) and ("value" in value or "default" in value):
            yield full, value.get("value", value.get("default"))
        elif not (isinstance(value, Mapping) and "type" in value and ":" not in key):
            yield full, value


def from_engine(config: Mapping[str, str], secret_keys: Iterable[str], text: StackText | None) -> dict[str, Any]:
    """Return a running program's configuration in the shape that the stack's file has.

    The engine hands scalars over as texts, everything else as JSON, and says of a whole key whether there is a secret
    in it. The file, where it is at hand, tells which value that is, and what was written without quotes.

    Args:
        config: what the engine handed over, by full key.
        secret_keys: the keys in which there is a secret.
        text: the stack's file.
    """
    secrets = frozenset(secret_keys)
    file = StackText("", {}, {}, {}) if text is None else text
    found: dict[str, Any] = {}
    for key, value in config.items():
        if not key.startswith(f"{NAMESPACE}:"):
            found[key] = value
        elif key in secrets:
            places = [path[1:] for path in file.secrets if path[0] == key]
            found[key] = _with_secrets(value, places)
        else:
            written = file.config.get(key)
            found[key] = written if _handed_over(written) == value else value
    return found


def _handed_over(value: Any) -> str | None:
    """Return how the engine hands a scalar that is not text over; ``None`` for whatever else."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float():
            return f"{value:g}" if value != int(value) or abs(value) >= 1e21 else str(int(value))
        case _:
            return None


def _with_secrets(value: str, places: list[ValuePath]) -> Any:
    """Return a value of the engine's with a secret in each of the places; a whole secret where they are not known."""
    if not places or () in places:
        return SecretStr(value)
    try:
        content = json.loads(value)
        for *way, last in places:
            holder = content
            for step in way:
                holder = holder[step]
            holder[last] = SecretStr(str(holder[last]))
    except (ValueError, RecursionError, LookupError, TypeError):
        return SecretStr(value)
    return content
