"""Deployments of templates to a resource group: watched, refused, failed, nested, and resumed after a restart."""

import json
import sqlite3
from typing import Any

import httpx
import pytest

from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, stop
from tests.support.arm import SUBSCRIPTION, Arm, sign_in
from tests.support.estates import wait_until
from tests.support.refusals import refusal

GROUP = "/resourceGroups/rg-deploy"
VERSION = "2024-03-01"
QUERY = {"api-version": VERSION}
STORAGE_ID = "resourceId('Microsoft.Storage/storageAccounts', parameters('name'))"
STORAGE = {
    "type": "Microsoft.Storage/storageAccounts",
    "apiVersion": "2023-05-01",
    "name": "[parameters('name')]",
    "location": "[resourceGroup().location]",
    "sku": {"name": "Standard_LRS"},
    "kind": "StorageV2",
    "properties": {},
}
LOGS = {
    "type": "Microsoft.OperationalInsights/workspaces",
    "apiVersion": "2023-09-01",
    "name": "[concat('log-', parameters('name'))]",
    "location": "[resourceGroup().location]",
    "dependsOn": [f"[{STORAGE_ID}]"],
    "properties": {"retentionInDays": 30},
}
HUBLESS = {
    "type": "Microsoft.MachineLearningServices/workspaces",
    "apiVersion": "2024-10-01",
    "name": "hubless",
    "location": "swedencentral",
    "kind": "Project",
    "identity": {"type": "SystemAssigned"},
    "properties": {"hubResourceId": "[resourceId('Microsoft.MachineLearningServices/workspaces', 'nobody')]"},
}


TEXT = {"type": "string"}
DEEP = "[" + "concat(" * 2000 + "'x'" + ")" * 2000 + "]"
# Twenty lines that are a million times what the first one is, and 2 to the 60th evaluations of it.
BOMB: Any = {
    "variables": {
        "v0": "0123456789",
        **{f"v{i + 1}": f"[concat(variables('v{i}'), variables('v{i}'))]" for i in range(20)},
    },
    "name": "[variables('v20')]",
}


def deployment(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Resources/deployments/{name}"


def body(*resources: Any, given: dict[str, Any] | None = None, **template: Any) -> dict[str, Any]:
    parameters = {name: {"type": "string"} for name in given or {}}
    return {
        "properties": {
            "mode": "Incremental",
            "template": {"parameters": parameters, "resources": list(resources), **template},
            "parameters": {name: {"value": value} for name, value in (given or {}).items()},
        }
    }


def put(arm: Arm, name: str, content: dict[str, Any]) -> httpx.Response:
    return arm.call("PUT", deployment(name), content, None, **QUERY)


def state(arm: Arm, name: str) -> str:
    shown: str = arm.call("GET", deployment(name), None, None, **QUERY).json()["properties"]["provisioningState"]
    return shown


def error_of(arm: Arm, name: str) -> dict[str, Any]:
    wait_until(lambda: state(arm, name) == "Failed")
    error: dict[str, Any] = arm.call("GET", deployment(name), None, None, **QUERY).json()["properties"]["error"]
    return error


@pytest.fixture(scope="module", autouse=True)
def group(arm: Arm) -> None:
    arm.call("PUT", GROUP, {"location": "swedencentral"})


@pytest.mark.feature("ARM templates", "dependencies, and watching the operations")
def test_a_template_is_deployed_in_the_order_of_its_dependencies_and_can_be_watched(arm: Arm) -> None:
    outputs = {
        "id": {"type": "string", "value": "[resourceId('Microsoft.Storage/storageAccounts', parameters('name'))]"}
    }
    accepted = put(arm, "first", body(LOGS, STORAGE, given={"name": "stfirst"}, outputs=outputs))
    assert (accepted.status_code, accepted.json()["properties"]["provisioningState"]) == (201, "Running")
    url = accepted.headers["Azure-AsyncOperation"]
    wait_until(lambda: arm.client.get(url).json()["status"] == "Succeeded")
    shown = arm.call("GET", deployment("first")).json()
    assert shown["properties"]["outputs"]["id"]["value"].endswith("/storageAccounts/stfirst")
    assert len(shown["properties"]["outputResources"]) == 2
    operations = arm.call("GET", f"{GROUP.lower()}/deployments/first/operations").json()["value"]
    by_type = {one["properties"]["targetResource"]["resourceType"]: one["properties"] for one in operations}
    assert list(by_type) == [LOGS["type"], STORAGE["type"]]
    assert by_type[STORAGE["type"]]["timestamp"] <= by_type[LOGS["type"]]["timestamp"]
    assert "/resourceGroups/" in by_type[LOGS["type"]]["targetResource"]["id"]
    made = arm.call("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stfirst").json()
    assert made["location"] == "swedencentral"
    assert "first" in [one["name"] for one in arm.call("GET", deployment("").rstrip("/")).json()["value"]]


def test_an_output_may_ask_for_what_was_deployed(arm: Arm) -> None:
    blob = f"[reference({STORAGE_ID}).primaryEndpoints.blob]"
    full = f"[reference({STORAGE_ID}, '2023-05-01', 'Full').location]"
    outputs = {"blob": {"type": "string", "value": blob}, "place": {"type": "string", "value": full}}
    put(arm, "asking", body(STORAGE, given={"name": "stasking"}, outputs=outputs))
    wait_until(lambda: state(arm, "asking") == "Succeeded")
    told = arm.call("GET", deployment("asking")).json()["properties"]["outputs"]
    assert told["blob"]["value"].startswith("https://stasking.blob.")
    assert told["place"]["value"] == "swedencentral"


@pytest.mark.feature("ARM templates", "nested templates")
def test_a_nested_template_is_a_deployment_of_its_own(arm: Arm) -> None:
    inner = body(STORAGE, given={"name": "stnested"})["properties"]
    options = {"expressionEvaluationOptions": {"scope": "inner"}}
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": VERSION,
        "name": "inner",
        "properties": {**inner, **options},
    }
    put(arm, "outer", body(nested))
    wait_until(lambda: state(arm, "outer") == "Succeeded")
    assert state(arm, "inner") == "Succeeded"
    assert arm.call("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stnested").status_code == 200


def test_copies_locks_keys_and_what_is_told_of_the_cloud(arm: Arm) -> None:
    account = {key: value for key, value in STORAGE.items() if key != "name"}
    template = {
        "parameters": {"made": {"type": "string", "defaultValue": "[utcNow('yyyy')]"}},
        "variables": {"names": "[createArray('stcopya', 'stcopyb')]"},
        "resources": [
            {
                **account,
                "name": "[variables('names')[copyIndex()]]",
                "copy": {"name": "accounts", "count": "[length(variables('names'))]", "mode": "serial"},
                "tags": {"year": "[parameters('made')]", "first": "[string(equals(copyIndex(), 0))]"},
            },
            {
                "type": "Microsoft.Authorization/locks",
                "apiVersion": "2020-05-01",
                "name": "kept",
                "scope": "[resourceId('Microsoft.Storage/storageAccounts', 'stcopya')]",
                "dependsOn": ["accounts"],
                "properties": {
                    "level": "CanNotDelete",
                    "notes": "[reference('stcopyb').primaryEndpoints.blob]",
                },
            },
        ],
        "outputs": {
            "key": {"type": "securestring", "value": "[listKeys('stcopya', '2023-05-01').keys[0].value]"},
            "keyNames": {
                "type": "array",
                "copy": {"count": 2, "input": "[listKeys('stcopya', '2023-05-01').keys[copyIndex()].keyName]"},
            },
            "blob": {"type": "string", "value": "[reference('stcopyb').primaryEndpoints.blob]"},
            "cloud": {"type": "string", "value": "[environment().name]"},
            "deployment": {"type": "string", "value": "[deployment().name]"},
        },
    }
    content = {"properties": {"mode": "Incremental", "template": template}}
    assert put(arm, "copies", content).status_code == 201
    wait_until(lambda: state(arm, "copies") in ("Succeeded", "Failed"))
    shown = arm.call("GET", deployment("copies")).json()["properties"]
    assert "error" not in shown
    told = {name: output.get("value") for name, output in shown["outputs"].items()}
    assert (told["keyNames"], told["cloud"], told["deployment"]) == (["key1", "key2"], "Sandbox", "copies")
    assert told["key"] is None
    lock = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stcopya/providers/Microsoft.Authorization/locks/kept"
    assert arm.call("GET", lock).json()["properties"]["notes"] == told["blob"]
    tags = [
        arm.call("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{name}").json()["tags"]
        for name in ("stcopya", "stcopyb")
    ]
    assert [one["first"] for one in tags] == ["True", "False"]


def test_a_resource_that_is_refused_fails_the_deployment_with_its_reason(arm: Arm) -> None:
    assert put(arm, "refused", body(HUBLESS)).status_code == 201
    error = error_of(arm, "refused")
    assert error["code"] == "DeploymentFailed"
    assert "list deployment operations" in error["message"]
    assert "nobody" in error["details"][0]["message"]
    operations = arm.call("GET", f"{deployment('refused')}/operations").json()["value"]
    assert operations[0]["properties"]["statusMessage"]["error"] == error["details"][0]


def test_a_nested_deployment_that_fails_fails_the_outer_one_and_holds_back_what_waits_for_it(arm: Arm) -> None:
    inner = {"mode": "Incremental", "template": {"resources": [HUBLESS]}}
    nested = {
        "type": "Microsoft.Resources/deployments",
        "apiVersion": VERSION,
        "name": "inner-fails",
        "properties": inner,
    }
    waiting = {**STORAGE, "dependsOn": ["inner-fails"]}
    put(arm, "outer-fails", body(nested, waiting, given={"name": "stwaits"}))
    error = error_of(arm, "outer-fails")
    assert error["details"][0]["code"] == "ResourceDeploymentFailure"
    assert error["details"][0]["details"][0]["code"] == "DeploymentFailed"
    assert arm.call("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stwaits").status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (body({**STORAGE, "name": "[nothing()]"}), "'nothing' is not valid here, or is none"),
        (body(outputs={"o": {"value": "x"}}), "output 'o' has the unknown type"),
        (body(outputs=[None]), "outputs of the template must be an object"),
        (body(outputs={"o": None}), "must be an object with a type"),
        (body(variables={"a": "[variables('a')]"}, outputs={"o": TEXT | {"value": "[variables('a')]"}}), "on itself"),
        (body({"type": "Microsoft.Resources/deployments", "apiVersion": VERSION, "name": "n"}), "needs properties"),
        (body({**STORAGE, "name": DEEP}), "deep in each other"),
        (body({**STORAGE, "name": "[json('" + "[" * 2000 + "')]"}), "does not take these arguments"),
        (body({**STORAGE, "name": "[format('{0:D2000000000}', 1)]"}), "the format 'D2000000000'"),
        (body({**STORAGE, "name": "[padLeft('x', 2000000000)]"}), "larger than"),
        (body({**STORAGE, "name": BOMB["name"]}, variables=BOMB["variables"]), "more work than"),
        (body({**STORAGE, "copy": {"name": "c", "count": 20000}}), "cannot exceed '800'"),
        (body(*[{**STORAGE, "name": f"st{i}"} for i in range(801)]), "template resources limit exceeded"),
        (body({**STORAGE, "name": "[concat('" + "x" * 24_576 + "')]"}), "length limit exceeded. Limit: '24576'"),
        ({"properties": {"template": {"resources": [STORAGE]}}}, "parameter 'name' is not found"),
        ({"properties": {}}, "a list of resources"),
    ],
)
def test_a_template_that_is_wrong_is_refused_before_anything_is_made(
    arm: Arm, content: dict[str, Any], says: str
) -> None:
    answer = put(arm, "wrong", content)
    code = "NotSupported" if "the format" in says else "InvalidTemplate"
    assert says in refusal(answer, 400, code)
    validated = arm.call("POST", f"{deployment('wrong')}/validate", content)
    assert says in refusal(validated, 400, code)
    assert arm.call("GET", deployment("wrong")).status_code == 404
    assert answer.elapsed.total_seconds() < 5  # a second of work, on a machine that does other things too


@pytest.mark.feature("ARM templates", "validation")
def test_validation_says_what_would_be_made_and_makes_nothing(arm: Arm) -> None:
    answer = arm.call("POST", f"{deployment('tried')}/validate", body(STORAGE, given={"name": "sttried"}))
    assert answer.status_code == 200
    assert answer.json()["properties"]["validatedResources"][0]["id"].endswith("/storageAccounts/sttried")
    assert arm.call("GET", f"{GROUP}/providers/Microsoft.Storage/storageAccounts/sttried").status_code == 404


@pytest.mark.feature("ARM templates", "what is not taken is refused by its name")
@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", f"{deployment('x')}/whatIf", body(STORAGE)),
        ("PUT", deployment("x"), {"properties": {"mode": "Complete", "template": {"resources": []}}}),
        ("PUT", deployment("x"), {"properties": {"templateLink": {"uri": "https://example.com"}}}),
        ("PUT", "/providers/Microsoft.Resources/deployments/x", body(STORAGE)),
    ],
)
def test_what_the_sandbox_does_not_know_is_refused_and_not_pretended(
    arm: Arm, method: str, path: str, content: dict[str, Any]
) -> None:
    assert "sandbox" in refusal(arm.call(method, path, content), 400, "NotSupported")


def test_who_may_not_make_a_resource_may_not_deploy_it(home: SandboxHome, arm: Arm) -> None:
    definition = {
        "properties": {
            "roleName": "Deploys templates only",
            "permissions": [{"actions": ["Microsoft.Resources/deployments/*"]}],
            "assignableScopes": [SUBSCRIPTION],
        }
    }
    role = "00000000-0000-4000-8000-0000000000d1"
    arm.call("PUT", f"/providers/Microsoft.Authorization/roleDefinitions/{role}", definition)
    added = add_principal(home, "deployer", role="Deploys templates only", scope=GROUP)
    with sign_in(home, added.secret) as deployer:
        assert put(deployer, "empty", body()).status_code == 201
        message = refusal(put(deployer, "full", body(STORAGE, given={"name": "stdenied"})), 403, "AuthorizationFailed")
    assert "Microsoft.Storage/storageAccounts/write" in message


def test_a_running_deployment_goes_on_after_a_restart_and_is_not_overwritten_meanwhile(
    home: SandboxHome, arm: Arm
) -> None:
    put(arm, "resumed", body(STORAGE, LOGS, given={"name": "stresumed"}))
    busy = put(arm, "resumed", body(STORAGE, given={"name": "stresumed"}))
    assert "still active" in refusal(busy, 409, "DeploymentActive")
    stop(home)
    start(home, StartOptions())
    wait_until(lambda: state(arm, "resumed") == "Succeeded")


def test_a_cancelled_deployment_begins_nothing_more(arm: Arm) -> None:
    put(arm, "cancelled", body(STORAGE, LOGS, given={"name": "stcancel"}))
    assert arm.call("POST", f"{deployment('cancelled')}/cancel").status_code == 204
    assert state(arm, "cancelled") == "Canceled"
    assert "not running any more" in refusal(
        arm.call("POST", f"{deployment('cancelled')}/cancel"), 409, "DeploymentCannotBeCancelled"
    )
    logs = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-stcancel"
    assert arm.call("GET", logs).status_code == 404


def test_deployments_are_no_resources_and_go_with_their_group(arm: Arm) -> None:
    listed = arm.call("GET", "/resources").json()["value"]
    assert [one["id"] for one in listed if "/deployments/" in one["id"]] == []
    arm.call("PUT", "/resourceGroups/rg-gone", {"location": "eastus2"})
    path = "/resourceGroups/rg-gone/providers/Microsoft.Resources/deployments/last"
    assert arm.call("PUT", path, body()).status_code == 201
    arm.call("DELETE", "/resourceGroups/rg-gone")
    wait_until(lambda: arm.call("GET", "/resourceGroups/rg-gone").status_code == 404)
    arm.call("PUT", "/resourceGroups/rg-gone", {"location": "eastus2"})
    assert refusal(arm.call("GET", path), 404, "DeploymentNotFound")


def test_a_deployment_that_an_older_sandbox_left_in_a_bad_state_ends_and_harms_nothing_else(
    home: SandboxHome, arm: Arm
) -> None:
    put(arm, "left", body(STORAGE, LOGS, given={"name": "stleft"}))
    stop(home)
    with sqlite3.connect(home.database) as database:
        key = f"{SUBSCRIPTION}{deployment('left')}".lower()
        (filed,) = database.execute("SELECT secrets FROM resources WHERE key = ?", (key,)).fetchone()
        whole = json.loads(json.loads(filed)["whole"])
        whole["source"]["outputs"] = {"o": {"value": "an output without a type"}}
        spoilt = {"left": json.dumps(whole), "unreadable": "{", "of-another-shape": json.dumps({"steps": [{}]})}
        for name, content in spoilt.items():
            database.execute(
                "INSERT OR REPLACE INTO resources SELECT ?, replace(id, 'left', ?), type, parent, instance, ?, ? "
                "FROM resources WHERE key = ?",
                (
                    key.replace("left", name),
                    name,
                    json.dumps({"properties": {"provisioningState": "Running"}}),
                    json.dumps({"whole": content}),
                    key,
                ),
            )
        database.execute("PRAGMA user_version = 0")  # an older one did not keep what resources are looked up by
    database.close()
    start(home, StartOptions())
    for name in spoilt:
        assert error_of(arm, name)["code"] in ("InvalidTemplate", "InternalServerError")
        assert put(arm, name, body()).status_code == 200
        wait_until(lambda name=name: state(arm, name) == "Succeeded")
    assert arm.call("GET", "/resources").status_code == 200
