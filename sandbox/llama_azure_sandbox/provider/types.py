"""The table of azure-native types that the stand-in plugin knows: the facts of ``resource_types.yaml``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from typing import Any, Literal, Self

from llama_azure_core._facts import load_facts
from llama_azure_core.naming import NameKind, name_rule
from llama_azure_core.resource_types import path_id

Json = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine and the SDK's ``pulumi.runtime.rpc`` write for a value that is not known yet."""

# What lies beside `properties` in a resource's ARM body.
ENVELOPE = frozenset(
    {
        "location",
        "tags",
        "sku",
        "kind",
        "identity",
        "plan",
        "zones",
        "extendedLocation",
        "managedBy",
        "eTag",
        "properties",
    }
)


class UnknownTypeError(Exception):
    """The stand-in does not know the type or the function; the message names it."""


class AutomaticName(Enum):
    """How the official plugin names a resource that the program does not name."""

    RANDOM = "random"
    UUID = "uuid"
    COPY = "copy"


class _Row:
    """A row of the table. None is a model of pydantic's, which each start of the plugin would load for it alone."""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return a row as the file has it.

        Raises:
            TypeError: a key is missing, or unknown.
        """
        return cls(
            **{re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name): value for name, value in row.items()}
        )


@dataclass(frozen=True, kw_only=True)
class Limits(_Row):
    """What the plugin refuses of a string's length or form, or of a number's size."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, kw_only=True)
class ResourceRow(_Row):
    """One resource type."""

    token: str
    """The type's own token; the table's key."""
    path: str
    api_version: str
    properties: Literal["flattened", "kept"]
    in_properties: Sequence[str] = ()
    renames: dict[str, str] = field(default_factory=dict)
    replace_on: Sequence[str] = ()
    nested: Sequence[str] = ()
    maintained: Sequence[str] = ()
    name_kind: NameKind | None = None
    limits: dict[str, Limits] = field(default_factory=dict)
    default_body: Json | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return a row as the file has it."""
        limits = {name: Limits.of(one) for name, one in row.get("limits", {}).items()}
        kind = {"nameKind": NameKind(row["nameKind"])} if "nameKind" in row else {}
        return super().of({**row, "limits": limits, **kind})

    @cached_property
    def path_parameters(self) -> tuple[str, ...]:
        """The inputs that are part of the resource's id, the resource's own name last."""
        return tuple(name for name in re.findall(r"\{(\w+)\}", self.path) if name != "subscriptionId")

    @cached_property
    def sdk_names(self) -> dict[str, str]:
        """The reverse of ``renames``: by paths of ARM's names, the SDK's names."""
        found = {}
        for path in self.renames:
            steps = path.split(".")
            arm = [self.renames.get(".".join(steps[: place + 1]), step) for place, step in enumerate(steps)]
            found[".".join(arm)] = steps[-1]
        return found

    @property
    def name_parameter(self) -> str:
        """The input that names the resource."""
        return self.path_parameters[-1]

    @cached_property
    def every_limit(self) -> dict[str, Limits]:
        """What is refused of inputs, by their paths: the row's own limits, and the rule of the kind of name."""
        if self.name_kind is None:
            return self.limits
        rule = name_rule(self.name_kind)
        named = Limits(max_length=rule.max_length, pattern=f"^(?:{rule.pattern})$")
        return {self.name_parameter: named, **self.limits}

    @cached_property
    def automatic_name(self) -> AutomaticName:
        """What a resource gets for a name that the program does not give it.

        A child is named as the program calls it, as its name is its own below its parent only; but for endpoints,
        which become part of a URI.
        """
        if self.name_parameter in {"roleAssignmentName", "roleDefinitionId"}:
            return AutomaticName.UUID
        _, found, own_path = self.path.lower().rpartition("microsoft.")
        if self.name_parameter == "endpointName" or not found or own_path.count("{") == 1:
            return AutomaticName.RANDOM
        return AutomaticName.COPY

    def resource_id(self, inputs: Json, subscription_id: str) -> str:
        """Return the ARM id that the inputs describe."""
        return path_id(self.path, inputs, subscription_id)

    def path_inputs(self, resource_id: str) -> Json:
        """Return the inputs that an ARM id tells: the reverse of :meth:`resource_id`.

        Raises:
            ValueError: the id is none of this type.
        """
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.sub(r"^\{(\w+)\}", r"(?P<\1>/.+)", self.path))
        match = re.fullmatch(pattern, resource_id, flags=re.IGNORECASE)
        if match is None:
            raise ValueError(f"{resource_id} does not have the form {self.path}")
        return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}


@dataclass(frozen=True, kw_only=True)
class FunctionRow(_Row):
    """One function: an action on a resource, or reading it."""

    resource: str
    action: str | None = None
    """What is POSTed; without one the resource is read."""


@dataclass(frozen=True)
class _Table:
    resources: dict[str, ResourceRow]
    functions: dict[str, FunctionRow]


@cache
def _table() -> _Table:
    facts = load_facts("resource_types")
    return _Table(
        resources={token: ResourceRow.of({"token": token, **row}) for token, row in facts["resources"].items()},
        functions={token: FunctionRow.of(row) for token, row in facts["functions"].items()},
    )


def resource_rows() -> dict[str, ResourceRow]:
    """Return every known resource type by its token."""
    return _table().resources


def resource_row(token: str) -> ResourceRow:
    """Return the row of a resource type.

    Raises:
        UnknownTypeError: the type is not in the table.
    """
    row = _table().resources.get(token)
    if row is None:
        raise UnknownTypeError(
            f"the sandbox's azure-native stand-in does not know the resource type {token}; "
            "it knows the types in core/llama_azure_core/facts/resource_types.yaml"
        )
    return row


FUNCTIONS_WITHOUT_A_RESOURCE = (
    "azure-native:authorization:getClientConfig",
    "azure-native:authorization:getClientToken",
)


def function_rows() -> dict[str, FunctionRow]:
    """Return the functions of the table; reading a known type (``getWorkspace``) needs no row."""
    return _table().functions


def function_row(token: str) -> FunctionRow:
    """Return the row of a function.

    Raises:
        UnknownTypeError: the function is not in the table, and reads no type of it.
    """
    row = _table().functions.get(token)
    if row is not None:
        return row
    module, _, name = token.rpartition(":")
    resource = f"{module}:{name.removeprefix('get')}"
    if not name.startswith("get") or resource not in _table().resources:
        raise UnknownTypeError(
            f"the sandbox's azure-native stand-in does not know the function {token}; "
            "it knows the types and functions in core/llama_azure_core/facts/resource_types.yaml"
        )
    return FunctionRow(resource=resource)


def path_parameters(function: str) -> tuple[str, ...]:
    """Return the arguments of a function that are part of its resource's path."""
    if function in FUNCTIONS_WITHOUT_A_RESOURCE:
        return ()
    return resource_row(function_row(function).resource).path_parameters
