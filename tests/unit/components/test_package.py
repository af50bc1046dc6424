"""The component package that other languages see."""

import gc
import inspect
import json
import re
import subprocess
import sys
import tomllib
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.errors import InputPropertyError

import llama_azure
from llama_azure.package import COMPONENTS, Package, package_schema
from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.component_schema import SCHEMA_FILE, schema_text

SCHEMA = package_schema()
RESOURCES = {token.rsplit(":", 1)[-1]: resource for token, resource in SCHEMA["resources"].items()}
# Every place that takes inputs: the components, and the types of their nested values.
TAKERS: dict[str, tuple[dict[str, Any], list[str]]] = {
    **{name: (one["inputProperties"], one.get("requiredInputs", [])) for name, one in RESOURCES.items()},
    **{token: (one["properties"], one.get("required", [])) for token, one in SCHEMA["types"].items()},
}
each_taker = pytest.mark.parametrize("taker", sorted(TAKERS))


def test_the_schema_is_the_one_that_was_reviewed() -> None:
    # Pulumi reads the sources of the classes. A traceback of what an earlier test left, told while it does, reads them
    # too, and the class at hand is then without its descriptions.
    gc.collect()
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run `make component-schema` and review the change"


def test_every_component_is_in_the_package() -> None:
    public = {name for name in llama_azure.__all__ if not name.endswith("Args")}
    assert RESOURCES.keys() == public


def test_the_version_is_that_of_the_python_package() -> None:
    pyproject = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert SCHEMA["version"] == pyproject["project"]["version"]


def test_the_package_asks_for_the_same_cli_as_the_program() -> None:
    wanted = [
        yaml.safe_load((PROJECT_ROOT / name).read_text(encoding="utf-8"))["requiredPulumiVersion"]
        for name in ("Pulumi.yaml", "components/PulumiPlugin.yaml")
    ]
    assert wanted[0] == wanted[1]


def test_no_types_name_ends_as_those_of_the_go_sdks_inputs_do() -> None:
    assert [token for token in SCHEMA["types"] if token.endswith("Args")] == []


def test_the_package_lands_in_a_scope_of_its_own_and_says_what_it_is() -> None:
    for name in ("namespace", "publisher", "description", "repository", "license", "keywords", "homepage", "logoUrl"):
        assert SCHEMA[name], name
    assert SCHEMA["namespace"] != "pulumi"
    assert SCHEMA["language"]["go"]["importBasePath"].startswith(SCHEMA["repository"].removeprefix("https://"))
    assert (PROJECT_ROOT / SCHEMA["logoUrl"].partition("/raw/main/")[2]).is_file()


def test_texts_of_the_schema_speak_of_inputs_by_their_names_in_it() -> None:
    told = json.dumps(SCHEMA)
    names = {name for _, one in TAKERS.items() for name in one[0]} | {
        name for one in RESOURCES.values() for name in one["properties"]
    }
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in names}
    assert [name for name in sorted(snake) if "_" in name and re.search(rf"\b{name}\b", told)] == []


def test_an_argument_that_is_wrong_is_told_by_its_name_in_the_schema() -> None:
    with pytest.raises(InputPropertyError) as told:
        Package().construct(
            "hub", "llama-azure:index:AiHub", {"resourceGroupName": "rg", "location": "x", "hubName": "h"}
        )
    assert told.value.property_path == "applicationInsightsName"
    assert told.value.reason.startswith(
        "give applicationInsightsName, to have it made, or applicationInsightsId, to use"
    )


@each_taker
def test_every_input_says_whether_it_is_required_and_that_is_so(taker: str) -> None:
    properties, required = TAKERS[taker]
    for name, one in properties.items():
        word = one["description"].split(".", 1)[0]
        assert word in ("Required", "Optional", "Conditional"), name
        assert (word == "Required") == (name in required), name


@each_taker
def test_no_number_is_asked_for_that_may_be_an_output(taker: str) -> None:
    # The host converts an integer before an output is known, and so refuses every one.
    properties, _ = TAKERS[taker]
    assert [name for name, one in properties.items() if one.get("type") == "integer" and not one.get("plain")] == []


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_every_output_is_described(component: type[pulumi.ComponentResource]) -> None:
    resource = RESOURCES[component.__name__]
    assert len(resource["properties"]) == len(inspect.get_annotations(component))
    assert all(one.get("description") for one in resource["properties"].values())
    assert resource["description"]


def test_a_program_loads_only_those_modules_of_the_sdk_that_it_uses() -> None:
    # Each is tens of megabytes and a good part of a second, in every program and every start of the package.
    program = """
import sys, llama_azure
from pulumi_azure_native import machinelearningservices
machinelearningservices.ServerlessEndpoint
print({name.split('.')[1] for name in sys.modules if name.startswith('pulumi_azure_native.') and name.count('.') > 1})
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "{'machinelearningservices'}"
