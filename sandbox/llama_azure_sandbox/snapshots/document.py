"""The readable form of a sandbox's state: one JSON file, sorted, so that two of them can be compared line by line.

What is written by hand may leave out whatever has a plain default: a resource needs an id and a body. A file of a newer
schema version is refused; one of an older version is read for as long as this says nothing else.
"""

import json
from pathlib import Path
from typing import Any

import pydantic
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from llama_azure_sandbox.arm.json_content import parse_json
from llama_azure_sandbox.home import write_private

SCHEMA_VERSION = 1


class DocumentError(ValueError):
    """A file holds no state that this sandbox can read; the message says where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class ResourceEntry(_Part):
    """A resource. Secrets that are not given are made anew; so is the instance, which tells it from its successors."""

    id: str
    body: dict[str, Any]
    type: str | None = None
    parent: str | None = None
    instance: str | None = None
    secrets: dict[str, str] | None = None


class OperationEntry(_Part):
    """A long-running operation that has not ended."""

    id: str
    resource: str
    kind: str
    due: float


class Document(_Part):
    """A sandbox's state."""

    schema_version: int
    as_of: str | None = None
    """The date that the sandbox believed when it was written; for the reader, and without effect."""
    settings: dict[str, Any] = Field(default_factory=dict)
    resources: tuple[ResourceEntry, ...] = ()
    operations: tuple[OperationEntry, ...] = ()


def read_document(path: Path) -> Document:
    """Read a state from a file.

    Raises:
        DocumentError: it cannot be read, or is not a state, or of a newer schema version.
    """
    try:
        content = parse_json(path.read_bytes())
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise DocumentError(f"{path} is not JSON: {error}") from None
    version = content.get("schemaVersion") if isinstance(content, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise DocumentError(
            f"{path} has schema version {version}, and this sandbox reads up to {SCHEMA_VERSION}; use a newer sandbox"
        )
    try:
        return Document.model_validate(content)
    except pydantic.ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise DocumentError(f"{path}: {wrong}") from None


def write_document(document: Document, path: Path) -> None:
    """Write a state to a file that only its owner reads, whole or not at all."""
    content = document.model_dump(by_alias=True, mode="json", exclude_none=True)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    write_private(path, f"{text}\n".encode())
