"""A Pulumi project's folder and the files of its stacks: found and read for everybody who judges a stack."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from llama_azure_core.engine_values import LOCATION_KEY, NAMESPACE, engine_date
from llama_azure_core.settings.parsing import SettingsError, parse_settings, settings_values
from llama_azure_core.settings.stack import Settings
from llama_azure_core.settings.stack_text import Path as ValuePath
from llama_azure_core.settings.stack_text import StackText, StackTextError, read_stack_text

_SAID_TWICE = ("asOf", "regionSnapshot", "allowAsOf")
"""What the guardrails read from each stack's own configuration, as the provider does its own."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """A stack's configuration, as its file has it."""

    path: Path
    """The file; it exists."""
    text: StackText
    """What it says; of a part of another stack, what both files say."""
    own: StackText | None = None
    """Of a part of another stack: what its own file says."""

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

    @property
    def part_of(self) -> str | None:
        """The stack in whose file everything is described; ``None`` where that is this one."""
        return part_of(self.config)

    @property
    def document(self) -> Mapping[str, Any]:
        """A file that the engine can read in the place of this one, ciphertexts as they are. A part's describes its
        projects itself."""
        if self.own is None:
            return self.text.document
        key, own = f"{NAMESPACE}:projects", self.own.document
        described = {key: _without_secrets(_structured(self.text.document["config"]).get(key) or {})}
        return {**own, "config": with_own(described, own.get("config") or {})}

    def of_part(self, part: "StackFile") -> "StackFile":
        """Return the file of a part of this stack."""
        written = {**self.text.written, **part.text.written}
        problems = {**self.text.problems, **part.text.problems}
        text = replace(self.text, config=with_own(self.config, part.config), written=written, problems=problems)
        return StackFile(part.path, text, part.text)

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

        Of a part of another stack it is what both files say.

        Raises:
            SettingsError: it is not there, or cannot be read; or the other stack does not have it as a part.
        """
        file = self._file(name)
        return file if file.part_of is None else self.whole(name, file.text.config, file.text.name).of_part(file)

    def own_text(self, name: str) -> StackText:
        """Return what the file of a stack itself says.

        Raises:
            SettingsError: it is not there, or cannot be read.
        """
        return self._file(name).text

    def whole(self, part: str, config: Mapping[str, Any], source: str) -> StackFile:
        """Return the file of the stack that a part belongs to.

        Args:
            part: the name of the part.
            config: what its own file says, by full key.
            source: its file, for messages.

        Raises:
            SettingsError: it is not there or cannot be read, does not have the part, or says other than the part does
                of what both say.
        """
        name, part = part_of(config) or "", part.rsplit("/", 1)[-1]
        file = self._file(name)
        listed = settings_values(file.config).get("stacks")
        if file.part_of is not None or not isinstance(listed, Mapping) or part not in listed:
            raise SettingsError(
                f"{source}: llama-azure:partOf names {name}, and {file.name} lists no projects of {part} under "
                f"llama-azure:stacks: add it there, or, where a split of {name} was interrupted, repeat that"
            )
        for key in (LOCATION_KEY, *(f"{NAMESPACE}:{one}" for one in _SAID_TWICE)):
            if _plain(config.get(key)) not in ("", _plain(file.config.get(key))):
                raise SettingsError(
                    f"{source}: {key} is {config[key]}, and {file.config.get(key)} in {file.name}, of which it is a "
                    "part: make them the same"
                )
        return file

    def _file(self, name: str) -> StackFile:
        path = self.path(name)
        if not (self.folder / path).is_file():
            raise SettingsError(f"{path} is not there: no stack {name} is described in {self.folder}")
        text = _read(self.folder / path, path.as_posix(), self.name)
        return StackFile(self.folder / path, replace(text, config={**self._defaults, **text.config}))


def part_of(config: Mapping[str, Any]) -> str | None:
    """Return the stack that a configuration says that it is a part of, if it does."""
    value = config.get(f"{NAMESPACE}:partOf")
    return value if isinstance(value, str) and value else None


def with_own(whole: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a part: what the other stack's file says, with what its own adds, by full key."""
    return dict(_merged(_structured(whole), _structured(own)))


def _structured(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration in which mappings that stand in it as JSON are mappings."""
    read = {f"{NAMESPACE}:{key}": value for key, value in settings_values(config).items() if key != "location"}
    return {**config, **read}


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    return {**below, **{key: _merged(below[key], one) if key in below else one for key, one in above.items()}}


def _without_secrets(value: Any) -> Any:
    """Return a value of a file without what is encrypted, which another stack's key does not open."""
    if isinstance(value, list):
        return [_without_secrets(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    is_secret = {key: isinstance(one, Mapping) and one.keys() == {"secure"} for key, one in value.items()}
    return {key: _without_secrets(one) for key, one in value.items() if not is_secret[key]}


def _plain(value: Any) -> str:
    """Return a scalar as text, however it was written."""
    text = "" if value is None else str(value)
    return engine_date(text) or text.casefold()


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
