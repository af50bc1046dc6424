"""Reading a stack's file as the deployment reads it, without the engine and without any secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llama_azure_access import ENCRYPTED
from llama_azure_core.settings import Settings, SettingsError, parse_settings
from preflight.errors import PreflightError


@dataclass(frozen=True, slots=True)
class StackFile:
    """A stack's configuration."""

    path: str
    """For messages, such as ``stacks/Pulumi.dev.yaml``."""
    config: Mapping[str, Any]
    """Every value by its full key. What is encrypted stays so: a placeholder stands for it."""
    settings: Settings


class Project:
    """The folder of the Pulumi project."""

    def __init__(self, folder: Path) -> None:
        """Find the project: the folder itself, or the nearest one above that has a ``Pulumi.yaml``.

        Raises:
            PreflightError: there is none.
        """
        found = next((one for one in (folder, *folder.parents) if (one / "Pulumi.yaml").is_file()), None)
        if found is None:
            raise PreflightError(f"no Pulumi.yaml in {folder} or above it; run preflight in the project's folder")
        self.folder = found
        self._stacks = str(_yaml(found / "Pulumi.yaml", "Pulumi.yaml").get("stackConfigDir", "."))

    def stack(self, name: str) -> StackFile:
        """Read the file of a stack: ``dev``, or in full ``organization/project/dev``.

        Raises:
            PreflightError: it is not there, or cannot be used.
        """
        path = Path(self._stacks) / f"Pulumi.{name.rsplit('/', 1)[-1]}.yaml"
        if not (self.folder / path).is_file():
            raise PreflightError(f"{path} is not there: no stack {name} is described in {self.folder}")
        config = _redacted(_yaml(self.folder / path, str(path)).get("config") or {})
        try:
            return StackFile(str(path), config, parse_settings(config, source=str(path)))
        except SettingsError as error:
            raise PreflightError(str(error)) from None


def read_state(path: Path) -> frozenset[str]:
    """Return the ids of the Azure resources that a stack owns, in lower case.

    ``path`` holds what ``pulumi stack export`` wrote; nothing but ids is looked at.

    Raises:
        PreflightError: it is no such file.
    """
    try:
        resources = json.loads(path.read_text(encoding="utf-8"))["deployment"].get("resources") or []
        return frozenset(str(one["id"]).casefold() for one in resources if str(one.get("id", "")).startswith("/"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise PreflightError(
            f"{path} is no state: write it with `pulumi stack export --stack NAME --file {path}`"
        ) from None


def _yaml(path: Path, shown: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" (line {place.line + 1})" if place is not None else ""
        raise PreflightError(f"{shown} cannot be read as YAML{where}") from None
    if not isinstance(content, dict) or not isinstance(content.get("config", {}) or {}, dict):
        raise PreflightError(f"{shown} is no mapping with a `config` in it")
    return content


def _redacted(value: Any) -> Any:
    """Return a value with a placeholder for whatever is encrypted in it."""
    if isinstance(value, dict):
        if set(value) == {"secure"}:
            return ENCRYPTED
        return {str(key): _redacted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_redacted(one) for one in value]
    return value
