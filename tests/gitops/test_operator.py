"""The manifests for the Pulumi Kubernetes Operator have the shape of its resources, and deploy in order."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from llama_azure_core.engine_variables import PARALLEL
from llama_azure_pipelines.environments import environments
from llama_azure_sandbox.home import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "operator"
STACKS = list(environments().environments)
LONGEST_NAME = 42  # the operator makes other names of it


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def stack(name: str) -> dict[str, Any]:
    (document,) = documents(f"{name}.yaml")
    return document


def every_stack() -> list[dict[str, Any]]:
    return [one for path in FOLDER.glob("*.yaml") for one in documents(path.name) if one["kind"] == "Stack"]


def strict(schema: Any) -> Any:
    """Return a schema that refuses fields which are not defined, as a server with strict validation does."""
    if isinstance(schema, list):
        return [strict(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: strict(member) for name, member in schema.items()}
    if "properties" in closed and not closed.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    return closed


@pytest.fixture(scope="module")
def schema(pytestconfig: pytest.Config) -> Any:
    path = Path(pytestconfig.getoption("--crd") or Path(__file__).with_name("stack-crd.yaml"))
    definition = yaml.safe_load(path.read_text(encoding="utf-8"))
    (version,) = [one for one in definition["spec"]["versions"] if one["name"] == "v1"]
    found = strict(version["schema"]["openAPIV3Schema"])
    found["properties"]["metadata"] = {"type": "object"}
    return found


def test_every_stack_has_the_operators_shape(schema: Any) -> None:
    for one in every_stack():
        errors = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(one)]
        assert errors == [], one["metadata"]["name"]


def test_every_stack_waits_for_as_many_operations_as_the_steps_do() -> None:
    for one in every_stack():
        told = {name: one["spec"]["envRefs"][name]["literal"]["value"] for name in PARALLEL}
        assert told == PARALLEL, one["metadata"]["name"]


def test_a_field_that_the_operator_does_not_have_is_found(schema: Any) -> None:
    broken = stack("dev")
    broken["spec"]["policyPack"] = "policies/llama_guardrails"
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(broken))


def test_an_environment_waits_for_the_one_before_it() -> None:
    for before, name in pairwise(STACKS):
        (prerequisite,) = stack(name)["spec"]["prerequisites"]
        assert prerequisite["name"] == stack(before)["metadata"]["name"]
    assert "prerequisites" not in stack(STACKS[0])["spec"]


def test_drift_is_looked_for_in_every_environment_and_changes_nothing() -> None:
    found = {one["spec"]["stack"].rsplit("/", 1)[-1]: one["spec"] for one in documents("drift.yaml")}
    assert list(found) == STACKS
    for name, spec in found.items():
        assert spec["preview"] is True
        assert spec["expectNoRefreshChanges"] is True
        assert spec["continueResyncOnCommitMatch"] is True
        assert spec["serviceAccountName"] == "llama-preview"
        assert spec["prerequisites"] == [{"name": f"llama-{name}"}]


def test_each_environment_is_its_own_identity_and_no_secret_is_kept() -> None:
    accounts = {one["metadata"]["name"] for one in documents("accounts.yaml") if one["kind"] == "ServiceAccount"}
    assert {one["spec"]["serviceAccountName"] for one in every_stack()} == accounts
    for name in STACKS:
        assert stack(name)["spec"]["serviceAccountName"] == f"llama-{name}"
    for one in every_stack():
        assert {reference["type"] for reference in one["spec"]["envRefs"].values()} == {"Literal"}
        assert one["spec"]["destroyOnFinalize"] is False
        assert len(one["metadata"]["name"]) <= LONGEST_NAME


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_is_judged_by_its_environments_policies(name: str) -> None:
    variables = stack(name)["spec"]["envRefs"]
    config = variables["PULUMI_OPTION_POLICY_PACK_CONFIG"]["literal"]["value"]
    assert config == f"policies/config/{name}.json"
    assert (PROJECT_ROOT / config).exists()
    assert (PROJECT_ROOT / variables["PULUMI_OPTION_POLICY_PACK"]["literal"]["value"]).is_dir()
