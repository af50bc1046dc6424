"""Between a sandbox's store and the readable form of its state."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import parse_path
from llama_azure_sandbox.arm.operation_faults import is_failure
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.registrations import REGISTRATIONS
from llama_azure_sandbox.arm.shapes import require_shape
from llama_azure_sandbox.arm.store import OperationKind, OperationStatus, Store, StoredOperation, StoredResource
from llama_azure_sandbox.arm.templates.template import NESTED_TYPE
from llama_azure_sandbox.arm.world import PRINCIPAL_ID
from llama_azure_sandbox.arm.world_settings import WorldSettings
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.identity.credentials import digest, secret_name
from llama_azure_sandbox.identity.principals import PRINCIPAL_TYPE
from llama_azure_sandbox.snapshots.document import (
    SCHEMA_VERSION,
    Document,
    DocumentError,
    OperationEntry,
    ResourceEntry,
)

_WORLD = "world"


def exported(store: Store, as_of: str | None, *, secrets: bool) -> Document:
    """Return the state of a store.

    Left out are the owner, who is there from the start, and, without ``secrets``, every key and the record of
    deployments, whose templates may hold some.
    """
    with store.transaction():
        entries = [_entry(one, secrets=secrets) for one in _kept(store, secrets=secrets)]
        operations = [
            OperationEntry(id=one.id, resource=one.resource, kind=one.kind.value, due=one.due)
            for one in store.running_operations()
        ]
        settings = store.all_settings()
    return Document(
        schema_version=SCHEMA_VERSION,
        as_of=as_of,
        settings=settings,
        resources=tuple(entries),
        operations=tuple(operations),
    )


def import_into(home: SandboxHome, store: Store, document: Document) -> int:
    """Add a state to a store: what has the same id is replaced, what else is there stays. All of it or nothing.

    Returns:
        How many resources the state holds.

    Raises:
        DocumentError: a resource or a setting is wrong.
    """
    with store.transaction():
        for name, value in document.settings.items():
            store.keep_setting(name, _checked_setting(name, value))
        # What costs money for being there does so from now on, by the clock of the world that is read.
        ahead = WorldSettings.model_validate(store.setting(_WORLD) or {}).clock_offset_seconds
        store.clock = lambda: time.time() + ahead
        for entry in document.resources:
            store.save(_stored(home, store, entry))
        for one in document.operations:
            kind = _operation_kind(one.kind)
            store.restore_operation(StoredOperation(one.id, one.resource, kind, OperationStatus.IN_PROGRESS, one.due))
    return len(document.resources)


def _operation_kind(name: str) -> OperationKind:
    try:
        return OperationKind(name)
    except ValueError:
        known = ", ".join(one.value for one in OperationKind)
        raise DocumentError(f"operations: there is no kind {name!r} of operation; there are {known}") from None


def _kept(store: Store, *, secrets: bool) -> Iterator[StoredResource]:
    for stored in store.all_resources():
        is_owner = stored.type == PRINCIPAL_TYPE and stored.instance == PRINCIPAL_ID
        if not is_owner and (secrets or stored.type != NESTED_TYPE):
            yield stored


def _entry(stored: StoredResource, *, secrets: bool) -> ResourceEntry:
    return ResourceEntry(
        id=stored.id,
        type=stored.type,
        parent=stored.parent,
        instance=stored.instance,
        body=stored.body,
        secrets=stored.secrets if secrets and stored.secrets else None,
    )


def _stored(home: SandboxHome, store: Store, entry: ResourceEntry) -> StoredResource:
    """Return the resource of an entry, with what the entry leaves out."""
    existing = store.resource(entry.id.lower())
    kind, parent = entry.type, entry.parent
    if kind is None:
        kind, parent = _read_id(entry.id)
    try:
        require_shape(kind, entry.body)
    except ArmError as error:
        raise DocumentError(f"{entry.id}: {error.message}") from None
    secrets = entry.secrets
    if secrets is None:
        secrets = existing.secrets if existing is not None else _new_secrets(home, kind, entry)
    properties = {"provisioningState": "Succeeded", **(entry.body.get("properties") or {})}
    return StoredResource(
        key=entry.id.lower(),
        id=entry.id,
        type=kind,
        parent=parent,
        instance=entry.instance or str(uuid.uuid4()),
        body={**entry.body, "properties": properties},
        secrets=secrets,
    )


def _read_id(resource_id: str) -> tuple[str, str | None]:
    try:
        found = parse_path(resource_id).id
    except ArmError as error:
        raise DocumentError(f"{resource_id} is not a resource id: {error.message}") from None
    if found is None or str(found).lower() != resource_id.lower():
        raise DocumentError(f"{resource_id} is the id of no resource")
    return resource_type(found.type).name, found.parent_key


def _new_secrets(home: SandboxHome, kind: str, entry: ResourceEntry) -> dict[str, str]:
    if kind == PRINCIPAL_TYPE:
        name = str((entry.body.get("properties") or {}).get("displayName", ""))
        if not name:
            raise DocumentError(f"{entry.id}: a principal needs properties.displayName")
        return {"digest": digest(home.secret(secret_name(name)))}
    return resource_type(kind).new_secrets()


def _checked_setting(name: str, value: Any) -> Any:
    if name == _WORLD:
        try:
            WorldSettings.model_validate(value)
        except ValueError as error:
            raise DocumentError(f"settings.{name}: {error}") from None
        return value
    if name == REGISTRATIONS:
        wanted = isinstance(value, dict) and all(isinstance(due, int | float) for due in value.values())
    else:
        wanted = is_failure(name, value)
    if not wanted:
        raise DocumentError(f"settings.{name}: there is no such setting, or it takes no such value")
    return value
