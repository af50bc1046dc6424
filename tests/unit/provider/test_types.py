"""The stand-in's table against the SDK that users' programs are written with."""

import importlib
import inspect
import json
import re

import pulumi
import pytest

from llama_azure_sandbox.provider.shapes import inputs_of, package_schema
from llama_azure_sandbox.provider.types import (
    UnknownTypeError,
    function_row,
    function_rows,
    resource_row,
    resource_rows,
)

TOKENS = sorted(resource_rows())


def sdk_class(token: str) -> type[pulumi.CustomResource]:
    _, module, name = token.split(":")
    found: type[pulumi.CustomResource] = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    return found


def sdk_inputs(token: str) -> set[str]:
    """Return the wire names of a type's inputs."""
    module = importlib.import_module(sdk_class(token).__module__)
    name = sdk_class(token).__name__
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    members = inspect.getmembers(arguments, lambda member: isinstance(member, property))
    return {getattr(member.fget, "_pulumi_name", name) for name, member in members}


@pytest.mark.parametrize("token", TOKENS)
def test_the_token_is_the_sdks(token: str) -> None:
    assert getattr(sdk_class(token), "pulumi_type") == token  # noqa: B009 - not part of the class's type


@pytest.mark.parametrize("token", TOKENS)
def test_the_api_version_is_the_sdks_default(token: str) -> None:
    said = re.search(r"Uses Azure REST API version ([\w-]+)\.", inspect.getdoc(sdk_class(token).__init__) or "")
    if said is None:
        said = re.search(r"Uses Azure REST API version ([\w-]+)\.", inspect.getsource(sdk_class(token)))
    assert said is not None
    assert resource_row(token).api_version == said[1]


@pytest.mark.parametrize("token", TOKENS)
def test_every_input_that_the_table_names_is_one(token: str) -> None:
    row = resource_row(token)
    inputs = sdk_inputs(token)
    assert set(row.path_parameters) <= inputs
    assert {path.split(".")[0] for path in row.replace_on} <= inputs
    own = inputs if row.properties == "flattened" else {"properties"}
    renamed = {path.split(".")[0] for path in row.renames} if row.properties == "flattened" else set()
    assert renamed | set(row.in_properties) <= own | inputs


@pytest.mark.parametrize("token", TOKENS)
def test_every_input_beside_the_table_is_the_schemas(token: str) -> None:
    row = resource_row(token)
    assert set(inputs_of(token)) == sdk_inputs(token)
    assert {*row.nested, *row.maintained, *row.limits} - {path for path in row.limits if "." in path} <= sdk_inputs(
        token
    )


@pytest.mark.parametrize("token", sorted(function_rows()))
def test_every_function_of_the_table_is_the_sdks(token: str) -> None:
    assert token in json.loads(package_schema())["functions"]


@pytest.mark.parametrize("token", TOKENS)
def test_properties_are_kept_where_the_sdk_keeps_them(token: str) -> None:
    row = resource_row(token)
    assert (row.properties == "kept") == ("properties" in sdk_inputs(token) - set(row.in_properties))


@pytest.mark.parametrize("token", TOKENS)
def test_an_id_tells_the_inputs_it_was_made_of(token: str) -> None:
    row = resource_row(token)
    anywhere = re.match(r"\{(\w+)\}", row.path)
    inputs = {name: f"my-{name}" for name in row.path_parameters}
    if anywhere is not None:
        inputs[anywhere[1]] = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Any/things/one"
    assert row.path_inputs(row.resource_id(inputs, "sub")) == inputs


def test_an_unknown_type_is_refused_with_its_name() -> None:
    with pytest.raises(UnknownTypeError, match="azure-native:network:NatGateway"):
        resource_row("azure-native:network:NatGateway")
    with pytest.raises(UnknownTypeError, match="azure-native:storage:listNonsense"):
        function_row("azure-native:storage:listNonsense")
