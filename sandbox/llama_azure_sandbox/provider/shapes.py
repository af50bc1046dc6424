"""What the SDK says of each type's inputs and outputs; and values shaped after it.

The SDK's classes are read once on a machine, by a process of its own, and what they say is kept in the user's cache
folder: a preview loads the shapes in milliseconds, and nothing of the SDK.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from llama_azure_sandbox.engine.find import cache_folder
from llama_azure_sandbox.provider.types import UNKNOWN, Json

_REFERENCE = "#/types/"
_BUILD_SECONDS = 120
_reading = threading.Lock()


class ShapesError(Exception):
    """The SDK could not be read; the message says why."""


def package_schema() -> str:
    """Return the package's Pulumi schema as JSON.

    Raises:
        ShapesError: the installed SDK cannot be read.
    """
    return (_folder() / "schema.json").read_text(encoding="utf-8")


def inputs_of(token: str) -> Json:
    """Return the schema of each input of a resource type, by its name."""
    inputs: Json = _of("resources", token)["inputProperties"]
    return inputs


def required_inputs(token: str) -> list[str]:
    """Return the inputs without which a resource of a type cannot be."""
    required: list[str] = _of("resources", token)["requiredInputs"]
    return required


def outputs_of(token: str) -> Json:
    """Return the schema of each output of a resource type, by its name."""
    outputs: Json = _of("resources", token)["properties"]
    return outputs


def object_shape(spec: Json) -> Json | None:
    """Return the properties and required names of the object type that a schema refers to; ``None`` for others."""
    reference = spec.get("$ref", "")
    if not reference.startswith(_REFERENCE):
        return None
    shape: Json = _of("types", reference.removeprefix(_REFERENCE))
    return None if "enum" in shape else shape


def is_enumeration(spec: Json) -> bool:
    """Whether a schema refers to an enumeration."""
    reference = spec.get("$ref", "")
    return reference.startswith(_REFERENCE) and "enum" in _of("types", reference.removeprefix(_REFERENCE))


def projected(properties: Json, values: Json) -> Json | None:
    """Return values reduced to properties: outputs to what can be said by inputs.

    ``None`` where a constant differs: the values are of another kind of the same union.
    """
    result: Json = {}
    for name, spec in properties.items():
        if values.get(name) is None:
            continue
        if "const" in spec and values[name] != spec["const"]:
            return None
        result[name] = _projected_value(spec, values[name])
    return result


def _projected_value(spec: Json, value: Any) -> Any:
    if isinstance(value, dict):
        for member in spec.get("oneOf", ()):
            shape = object_shape(member)
            of_member = None if shape is None else projected(shape["properties"], value)
            if of_member is not None:
                return of_member
        shape = object_shape(spec)
        if shape is not None:
            return projected(shape["properties"], value)
        if "additionalProperties" in spec:
            return {name: _projected_value(spec["additionalProperties"], member) for name, member in value.items()}
        # ARM shows an object by id where the SDK takes a list of ids, as for user-assigned identities.
        return list(value) if spec.get("type") == "array" else value
    if isinstance(value, list) and "items" in spec:
        return [_projected_value(spec["items"], member) for member in value]
    return value


def previewed(properties: Json, inputs: Json) -> Json:
    """Return outputs before Azure has answered: what the inputs say, and everything else unknown."""
    return {
        name: _previewed_value(spec, inputs[name]) if inputs.get(name) is not None else spec.get("const", UNKNOWN)
        for name, spec in properties.items()
    }


def _previewed_value(spec: Json, value: Any) -> Any:
    if "const" in spec:
        return spec["const"]
    if isinstance(value, list):
        return [_previewed_value(spec["items"], member) for member in value] if "items" in spec else UNKNOWN
    if isinstance(value, dict):
        shape = object_shape(spec)
        if shape is not None:
            return previewed(shape["properties"], value)
        if "additionalProperties" in spec:
            return {name: _previewed_value(spec["additionalProperties"], member) for name, member in value.items()}
        return value if "oneOf" in spec or spec.get("$ref") == "pulumi.json#/Any" else UNKNOWN
    return value


@cache
def _shapes(module: str) -> Json:
    shapes: Json = json.loads((_folder() / f"shapes-{module}.json").read_bytes())
    return shapes


def _of(kind: str, token: str) -> Json:
    found: Json = _shapes(token.split(":")[1])[kind][token]
    return found


@cache
def _folder() -> Path:
    """Return the folder with what was read of the installed SDK for the present table; read it first where missing."""
    digest = hashlib.sha256(version("pulumi-azure-native").encode())
    digest.update(files("llama_azure_core").joinpath("facts", "resource_types.yaml").read_bytes())
    digest.update(files(__package__).joinpath("sdk_schema.py").read_bytes())
    folder = cache_folder().parent / "azure-native" / digest.hexdigest()[:16]
    with _reading:  # the engine asks about many resources at once
        if not folder.exists():
            _fill(folder)
    return folder


def _fill(folder: Path) -> None:
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        built = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    except OSError as error:
        raise ShapesError(f"what the SDK says cannot be kept in {folder.parent}: {error.strerror}") from None
    try:
        _read_sdk(built)
        built.replace(folder)
    except OSError as error:
        if not folder.exists():  # else another process was faster
            raise ShapesError(f"what the SDK says cannot be kept in {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _read_sdk(folder: Path) -> None:
    command = [sys.executable, "-m", "llama_azure_sandbox.provider.sdk_schema", str(folder)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=_BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ShapesError(f"the installed pulumi-azure-native was not read within {_BUILD_SECONDS} s") from None
    if answer.returncode != 0:
        reason = answer.stderr.strip().splitlines()[-1:] or ["no reason was given"]
        raise ShapesError(f"the installed pulumi-azure-native could not be read: {reason[0]}")
