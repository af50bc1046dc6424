"""Long-running operations that are made to fail or never to end."""

from dataclasses import dataclass

from llama_azure_sandbox.arm.store import Json, StoredOperation
from llama_azure_sandbox.arm.world import World

NEVER = 4102444800.0
"""The first moment of the year 2100, in seconds since the epoch."""


_FAILURE = "failure of operation "


@dataclass(frozen=True, slots=True)
class OperationFault:
    """How an operation is to end: never, or as failed with a code and a message."""

    never_ends: bool
    code: str
    message: str


def remember_fault(world: World, operation: StoredOperation, fault: OperationFault | None) -> None:
    """Keep how an operation is to end, for the one who finishes it."""
    if fault is not None and not fault.never_ends:
        world.store.keep_setting(_name(operation), {"code": fault.code, "message": fault.message})


def failure_of(world: World, operation: StoredOperation) -> Json | None:
    """Return the error that an operation ends with, or ``None`` if it ends well."""
    error: Json | None = world.store.setting(_name(operation))
    return error


def is_failure(name: str, value: object) -> bool:
    """Whether a setting of the store is what ``remember_fault`` keeps."""
    if not name.startswith(_FAILURE) or not isinstance(value, dict):
        return False
    return all(isinstance(value.get(key), str) for key in ("code", "message"))


def _name(operation: StoredOperation) -> str:
    return _FAILURE + operation.id
