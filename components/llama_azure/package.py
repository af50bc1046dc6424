"""The components as a Pulumi package, for programs in other languages.

Pulumi's host for Python components still lies in a module called ``experimental``: this file is its only user.
"""

import inspect
import json
import re
import sys
from importlib import metadata
from typing import Any

import pulumi
from pulumi.errors import InputPropertyError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

import llama_azure
from llama_azure._arguments import ArgumentError

NAME = "llama-azure"
COMPONENTS: list[type[pulumi.ComponentResource]] = [
    one
    for one in (getattr(llama_azure, name) for name in llama_azure.__all__)
    if isinstance(one, type) and issubclass(one, pulumi.ComponentResource)
]
"""Every component that the package's `__init__` hands out."""


NAMESPACE = "llama-azure"
"""The scope of the package's name on npm: `@llama-azure/llama-azure`. Without one it lands in Pulumi's own."""

_REPOSITORY = "https://github.com/example/llama-azure"
_GO: dict[str, Any] = {
    "importBasePath": "github.com/example/llama-azure/sdk/go/llamaazure",
    # Without it the SDK refers to the inputs of a type that only a map holds, and does not have them.
    "generateExtraInputTypes": True,
}
_METADATA: dict[str, Any] = {
    "displayName": "Llama on Azure",
    "publisher": "llama-azure",
    "description": "Components that deploy Meta Llama models on Azure, as deployments of a Foundry resource, as "
    "serverless APIs and on managed compute.",
    "keywords": ["pulumi", "category/cloud", "kind/component", "azure", "llama"],
    "license": "Apache-2.0",
    # Whoever publishes a copy puts their own address here; an SDK that is made of a folder needs none of them.
    "repository": _REPOSITORY,
    "homepage": _REPOSITORY,
    "logoUrl": f"{_REPOSITORY}/raw/main/docs/logo.svg",
}
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


class Package(ComponentProvider):
    """The components behind the engine's protocol: named as other languages see them, in the schema and in errors.

    Attributes:
        inferred: the schema that the host infers, whose texts have the names that Python programs use.
    """

    def __init__(self) -> None:
        super().__init__(COMPONENTS, NAME, NAMESPACE, package_version())
        named = [(one.inputs_mapping, one.outputs_mapping) for one in self._component_defs.values()]
        mappings = [mapping for pair in named for mapping in pair]
        mappings += [one.properties_mapping for one in self._type_defs.values()]
        self._names = {ours: theirs for mapping in mappings for theirs, ours in mapping.items()}
        self.inferred: dict[str, Any] = json.loads(str(self.schema))
        schema = self._spelled(self.inferred) | _METADATA
        schema["language"] = {**schema.get("language", {}), "go": _GO}
        self.schema = json.dumps(schema)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Make a component.

        Raises:
            InputPropertyError: an input is wrong, which is told by its name in the schema and without a traceback.
        """
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            wrong = error.inner
            if not isinstance(wrong, ArgumentError):
                raise
            path = ".".join(self._names.get(part, part) for part in wrong.path.split("."))
            raise InputPropertyError(path, self._spelled(wrong.reason)) from None

    def _spelled(self, value: Any) -> Any:
        """Return a text, or all texts of a schema, with the names of inputs and outputs as the schema has them."""
        if isinstance(value, str):
            return _SNAKE.sub(lambda match: self._names.get(match[0], match[0]), inspect.cleandoc(value))
        if isinstance(value, list):
            return [self._spelled(one) for one in value]
        if isinstance(value, dict):
            return {name: self._spelled(one) for name, one in value.items()}
        return value


def package_version() -> str:
    """Return the package's version: the one in pyproject.toml, where it stands once."""
    return metadata.version(NAME)


def package_schema() -> dict[str, Any]:
    """Return the Pulumi schema of the components, with all that other languages are to know of the package."""
    schema: dict[str, Any] = json.loads(str(Package().schema))
    return schema


def host() -> None:
    """Serve the components to the engine that started this process, until it ends."""
    main(Package(), sys.argv[1:])
