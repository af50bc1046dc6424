"""Azure Resource Manager over HTTPS: resources, their ids, and what is refused."""

from typing import Any

import pytest

from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import (
    LLAMA_8B,
    account_body,
    endpoint_body,
    hub_body,
    make_project,
    put_and_wait,
    serverless_endpoint,
    vault_body,
    workspace,
)

STORAGE = "/resourceGroups/rg-storage/providers/Microsoft.Storage/storageAccounts"


@pytest.fixture(scope="module", autouse=True)
def groups(arm: Arm) -> None:
    put_and_wait(arm, "/resourcegroups/rg-storage", {"location": "eastus2"})
    make_project(arm, "rg-project")
    make_project(arm, "rg-far", location="westeurope")


def error_of(answer: object) -> dict[str, object]:
    error: dict[str, object] = answer.json()["error"]  # type: ignore[attr-defined]
    return error


def test_a_resource_group_is_created_once_and_shown_as_it_was_put(arm: Arm) -> None:
    created = arm.call("PUT", "/resourcegroups/rg-one", {"location": "eastus2", "tags": {"a": "b"}})
    again = arm.call("PUT", "/resourcegroups/rg-one", {"location": "eastus2", "tags": {"a": "b"}})
    assert (created.status_code, again.status_code) == (201, 200)
    assert again.json() == {
        "id": f"{SUBSCRIPTION}/resourceGroups/rg-one",
        "name": "rg-one",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "eastus2",
        "tags": {"a": "b"},
        "properties": {"provisioningState": "Succeeded"},
    }


def test_ids_are_the_same_in_any_case_and_keep_their_first_spelling(arm: Arm) -> None:
    path = "/resourceGroups/rg-storage/providers/Microsoft.KeyVault/vaults/kv-Spelling"
    put_and_wait(arm, path, vault_body())
    shown = arm.call("GET", path.lower())
    assert shown.json()["id"] == f"{SUBSCRIPTION}{path}"


def test_a_patch_changes_what_it_names_and_takes_away_what_is_null(arm: Arm) -> None:
    put_and_wait(arm, f"{STORAGE}/stpatch", {**account_body(), "tags": {"a": "1", "b": "2"}})
    patched = arm.call("PATCH", f"{STORAGE}/stpatch", {"tags": {"a": None, "c": "3"}})
    assert patched.status_code == 200
    assert patched.json()["tags"] == {"b": "2", "c": "3"}


def test_lists_hold_what_is_below_and_nothing_else(arm: Arm) -> None:
    put_and_wait(arm, f"{STORAGE}/stlist", account_body())
    accounts = arm.call("GET", STORAGE).json()["value"]
    assert "stlist" in {account["name"] for account in accounts}
    everywhere = arm.call("GET", "/providers/Microsoft.MachineLearningServices/workspaces").json()["value"]
    here = arm.call("GET", workspace("rg-project", "").rstrip("/")).json()["value"]
    assert {w["name"] for w in here} == {"hub", "project"}
    assert len(everywhere) == 4
    assert {r["type"] for r in arm.call("GET", "/resourceGroups/rg-project/resources").json()["value"]} == {
        "Microsoft.MachineLearningServices/workspaces"
    }


def test_an_identity_belongs_to_its_resource(arm: Arm) -> None:
    principals = {
        arm.call("GET", workspace("rg-project", name)).json()["identity"]["principalId"] for name in ("hub", "project")
    }
    assert len(principals) == 2


def test_a_type_without_a_module_of_its_own_is_kept_as_it_comes(arm: Arm) -> None:
    path = "/resourceGroups/rg-storage/providers/Microsoft.Network/virtualNetworks/vnet"
    body: dict[str, Any] = {"location": "eastus2", "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}}
    assert arm.call("PUT", path, body).status_code == 201
    shown = arm.call("GET", path).json()
    assert shown["type"] == "Microsoft.Network/virtualNetworks"
    assert shown["properties"]["addressSpace"] == body["properties"]["addressSpace"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/resourceGroups/none", "ResourceGroupNotFound"),
        (f"{STORAGE}/none", "ResourceNotFound"),
        ("/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/none", "ResourceGroupNotFound"),
        ("/nonsense", "InvalidResourcePath"),
    ],
)
def test_what_is_not_there_is_not_found_by_its_name(arm: Arm, path: str, code: str) -> None:
    answer = arm.call("GET", path)
    assert (answer.status_code, error_of(answer)["code"]) == (404, code)


def test_another_subscription_is_not_found(arm: Arm) -> None:
    answer = arm.client.get("/subscriptions/other/resources", params={"api-version": "2021-04-01"})
    assert (answer.status_code, error_of(answer)["code"]) == (404, "SubscriptionNotFound")


def test_a_request_without_an_api_version_is_refused(arm: Arm) -> None:
    answer = arm.client.get(f"{SUBSCRIPTION}/resources")
    assert (answer.status_code, error_of(answer)["code"]) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize("body", [b"{", b"[]", b""])
def test_a_body_that_is_no_object_is_refused(arm: Arm, body: bytes) -> None:
    answer = arm.client.put(f"{SUBSCRIPTION}/resourcegroups/rg", content=body, params={"api-version": "2021-04-01"})
    assert (answer.status_code, error_of(answer)["code"]) == (400, "InvalidRequestContent")


def test_a_location_is_required_where_azure_requires_it(arm: Arm) -> None:
    answer = arm.call("PUT", f"{STORAGE}/stnowhere", {"properties": {}})
    assert (answer.status_code, error_of(answer)["code"]) == (400, "LocationRequired")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (serverless_endpoint("rg-far", "project", "llama"), endpoint_body(location="westeurope")),
        (f"{workspace('rg-far', 'project')}/marketplaceSubscriptions/llama", {"properties": {"modelId": LLAMA_8B}}),
    ],
)
def test_a_model_that_the_region_does_not_offer_is_refused_in_azures_words(arm: Arm, path: str, body: object) -> None:
    answer = arm.call("PUT", path, body)
    error = error_of(answer)
    assert (answer.status_code, error["code"]) == (400, "UserError")
    assert error["message"] == f"The requested model {LLAMA_8B} is not available in region West Europe."
    info = {entry["type"]: entry["info"]["value"] for entry in error["additionalInfo"]}  # type: ignore[attr-defined]
    assert info["InnerError"]["innerError"]["code"] == "ServerlessModelNotAvailableInRegion"
    assert arm.call("GET", path).status_code == 404


def test_a_model_that_is_not_in_the_registry_is_refused(arm: Arm) -> None:
    stranger = "azureml://registries/azureml-meta/models/Llama-99"
    answer = arm.call("PUT", serverless_endpoint("rg-project", "project", "x"), endpoint_body(stranger))
    assert answer.status_code == 400
    assert stranger in str(error_of(answer)["message"])


def test_a_child_of_nothing_is_refused(arm: Arm) -> None:
    answer = arm.call("PUT", serverless_endpoint("rg-project", "nobody", "llama"), endpoint_body())
    assert (answer.status_code, error_of(answer)["code"]) == (404, "ParentResourceNotFound")


def test_a_project_needs_its_hub(arm: Arm) -> None:
    answer = arm.call("PUT", workspace("rg-project", "orphan"), {**hub_body(), "kind": "Project"})
    assert answer.status_code == 404
