"""Requests that somebody got wrong: good ones with one value, or some, replaced by anything that JSON can say."""

import copy
import json
import random
import time
from typing import Any

from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import (
    LLAMA_8B,
    account_body,
    endpoint_body,
    hub_body,
    make_project,
    project_body,
    registry_body,
    serverless_endpoint,
    subscribe,
    vault_body,
    workspace,
)
from tests.support.online import CHAT_MODEL, online_endpoint
from tests.support.online import endpoint_body as online_endpoint_body

GROUP = "rg-mutated"
_PROVIDERS = f"/resourceGroups/{GROUP}/providers"
_HUB_ID = f"{SUBSCRIPTION}{workspace(GROUP, 'hub')}"
_READER = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"

ODD_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 1.5, 2**53, 2**70, 1e300, "", "x", "x" * 5000, "\u0000", "é\U0001f600", "[x]", "[json('[')]",
    "2024-13-45", "/subscriptions/x", "azureml://registries/x", [], ["x"], [None], [[]], [{}], {}, {"": ""},
    {"x": None}, {"x": {"x": {"x": []}}},
)  # fmt: skip

# One good request for each kind of body that the sandbox reads something of.
BASES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("PUT", "/resourceGroups/rg-another", {"location": "eastus2", "tags": {"a": "b"}}),
    ("PUT", f"{_PROVIDERS}/Microsoft.Storage/storageAccounts/stmutated", account_body()),
    ("PUT", f"{_PROVIDERS}/Microsoft.KeyVault/vaults/kv-mutated", vault_body()),
    ("PUT", f"{_PROVIDERS}/Microsoft.ContainerRegistry/registries/crmutated", registry_body()),
    ("PUT", f"{_PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/id", {"location": "eastus2"}),
    ("PUT", workspace(GROUP, "hub-two"), hub_body()),
    ("PUT", workspace(GROUP, "two"), project_body(GROUP)),
    ("PATCH", workspace(GROUP, "project"), {"tags": {"a": "b"}, "properties": {"description": "d"}}),
    (
        "PUT",
        f"{workspace(GROUP, 'project')}/marketplaceSubscriptions/again",
        {"properties": {"modelId": LLAMA_8B.replace("8B", "70B")}},
    ),
    (
        "PUT",
        serverless_endpoint(GROUP, "project", "mutated"),
        {
            **endpoint_body(),
            "properties": {**endpoint_body()["properties"], "contentSafety": {"contentSafetyStatus": "Enabled"}},
        },
    ),
    ("PUT", online_endpoint(GROUP, "mutated"), online_endpoint_body("Key")),
    (
        "PUT",
        f"{online_endpoint(GROUP, 'field')}/deployments/blue",
        {
            "location": "eastus2",
            "sku": {"name": "Default", "capacity": 1},
            "properties": {
                "endpointComputeType": "Managed",
                "model": CHAT_MODEL,
                "instanceType": "Standard_NC24s_v3",
                "requestSettings": {"requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 2},
                "dataCollector": {"collections": {"model_inputs": {"dataCollectionMode": "Enabled"}}},
                "environmentVariables": {"A": "b"},
            },
        },
    ),
    (
        "PUT",
        f"{workspace(GROUP, 'project')}/connections/mutated",
        {
            "properties": {
                "authType": "ApiKey",
                "category": "Serverless",
                "target": "https://llama.example",
                "credentials": {"key": "k"},
            }
        },
    ),
    (
        "PUT",
        "/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000f1",
        {
            "properties": {
                "roleName": "Mutated",
                "permissions": [{"actions": ["*/read"], "notActions": []}],
                "assignableScopes": [SUBSCRIPTION],
            }
        },
    ),
    (
        "PUT",
        f"/resourceGroups/{GROUP}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-0000000000f2",
        {
            "properties": {
                "roleDefinitionId": _READER,
                "principalId": "00000000-0000-4000-8000-0000000000f3",
                "principalType": "ServicePrincipal",
            }
        },
    ),
    (
        "PUT",
        f"/resourceGroups/{GROUP}/providers/Microsoft.Authorization/locks/mutated",
        {"properties": {"level": "CanNotDelete", "notes": "n"}},
    ),
    (
        "PUT",
        f"{_PROVIDERS}/Microsoft.Resources/deployments/mutated",
        {
            "properties": {
                "mode": "Incremental",
                "parameters": {"name": {"value": "stdeployed"}},
                "template": {
                    "parameters": {"name": {"type": "string", "minLength": 3, "allowedValues": ["stdeployed"]}},
                    "variables": {"copy": [{"name": "v", "count": 2, "input": "[copyIndex('v')]"}], "w": "x"},
                    "resources": [
                        {
                            "type": "Microsoft.Storage/storageAccounts",
                            "apiVersion": "2023-05-01",
                            "name": "[parameters('name')]",
                            "condition": True,
                            "copy": {"name": "c", "count": 1, "mode": "serial", "batchSize": 1},
                            "dependsOn": [],
                            **account_body(),
                        }
                    ],
                    "outputs": {"o": {"type": "int", "value": "[length(variables('v'))]"}},
                },
            }
        },
    ),
    ("POST", f"{workspace(GROUP, 'project')}/onlineEndpoints/field/regenerateKeys", {"keyType": "Primary"}),
    ("POST", "/providers/Microsoft.Storage/checkNameAvailability", {"name": "stfree", "type": "x"}),
    ("POST", "/providers/Microsoft.KeyVault/checkNameAvailability", {"name": "kv-free", "type": "x"}),
)


def make_world(arm: Arm) -> None:
    """Make what the requests of ``BASES`` need."""
    make_project(arm, GROUP)
    subscribe(arm, GROUP, "project")
    assert arm.call("PUT", online_endpoint(GROUP, "field"), online_endpoint_body("Key")).is_success


def mutated(choose: random.Random) -> tuple[str, str, Any]:
    """Return a request of ``BASES`` with one to three of its values replaced, removed or put elsewhere."""
    method, path, body = choose.choice(BASES)
    body = copy.deepcopy(body)
    for _ in range(choose.randint(1, 3)):
        holder, key = choose.choice(list(_places(body)))
        match choose.randrange(4):
            case 0 if isinstance(holder, dict):
                holder.pop(key)
            case 1 if isinstance(holder, dict):
                holder[choose.choice(["x", "properties", "copy", "NAME"])] = copy.deepcopy(choose.choice(ODD_VALUES))
            case _:
                holder[key] = copy.deepcopy(choose.choice(ODD_VALUES))
        if not any(True for _ in _places(body)):
            break
    return method, path, body


def _places(value: Any) -> Any:
    """Yield every place of a body: the object or array, and the key."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in list(items):
        yield value, key
        if isinstance(item, dict | list):
            yield from _places(item)


def attack(arm: Arm, endpoint_uri: str, choose: random.Random) -> None:
    """Send one wrong request and see that it is answered, and that everything else still is.

    Raises:
        AssertionError: an answer is a 5xx, or later requests are not answered.
    """
    method, path, body = mutated(choose)
    answer = arm.call(method, path, body)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code} of {json.dumps(body)[:2000]}"
    if answer.is_success:
        for looked in ("/resources", "/resourceGroups", f"/resourceGroups/{GROUP}/providers/{_ROLES}", path):
            after = arm.call("GET", looked)
            assert after.status_code < 500, f"GET {looked}: {after.status_code} after {method} {path} {body}"
        served = arm.client.get(f"{endpoint_uri}/info")
        assert served.status_code < 500, f"the data plane: {served.status_code} after {method} {path} {body}"


_ROLES = "Microsoft.Authorization/roleDefinitions"
_FUNCTIONS = (
    "concat", "union", "json", "string", "format", "replace", "padLeft", "range", "split", "join", "substring",
    "take", "skip", "createArray", "createObject", "intersection", "items", "if", "equals", "contains", "length",
    "first", "add", "mul", "div", "mod", "int", "float", "bool", "base64", "base64ToJson", "uri", "uriComponent",
    "dateTimeAdd", "guid", "resourceId", "variables", "parameters", "copyIndex", "deployment", "environment",
    "flatten", "tryGet", "max", "min", "reference", "listKeys", "utcNow", "shallowMerge", "objectKeys", "lambda",
    "map", "uniqueString", "extensionResourceId",
)  # fmt: skip


def expression(choose: random.Random, depth: int = 0) -> str:
    """Return something that looks like an expression of a template, without its brackets."""
    if depth > 4 or choose.random() < 0.3:
        return choose.choice(
            ["'a'", "''", "'{0}{1:D3}'", "1", "-3", "9999999999", "'2024-01-01'", "'P1D'", "true()", "null()", "'x,y'",
             "createArray(1, 2)", "createObject('a', 1)", "variables('v')", "'é\U0001f600'", "?", "x", ")"]
        )  # fmt: skip
    arguments = ", ".join(expression(choose, depth + 1) for _ in range(choose.randint(0, 3)))
    tail = choose.choice(["", "", "", ".a", "[0]", "['a']", "[-1]"])
    return f"{choose.choice(_FUNCTIONS)}({arguments}){tail}"


def attack_by_template(arm: Arm, choose: random.Random, name: str = "fuzzed") -> None:
    """Deploy one template of expressions that mean little as the deployment NAME, and see that it ends and that
    Resource Manager answers as before. Who attacks at the same time takes another name: Azure refuses to overwrite a
    deployment that still runs.

    Raises:
        AssertionError: the answer is none of Resource Manager's, or another request is not answered.
    """
    kind, value = choose.choice(["string", "object", "array", "int"]), f"[{expression(choose)}]"
    template = {
        "resources": [],
        "variables": {"v": f"[{expression(choose)}]"},
        "outputs": {"o": {"type": kind, "value": value}},
    }
    path = f"{_PROVIDERS}/Microsoft.Resources/deployments/{name}"
    answer = arm.call("PUT", path, {"properties": {"mode": "Incremental", "template": template}})
    assert answer.status_code in (200, 201, 400), f"{answer.text} to {template}"
    for looked in ("/resources", path):
        assert arm.call("GET", looked).status_code in (200, 404), f"GET {looked} after {template}"
    if answer.is_success:
        assert has_ended(arm, path), f"it still runs: {template}"


def has_ended(arm: Arm, path: str) -> bool:
    """Return whether a deployment ends within half a minute."""
    for _ in range(300):
        if arm.call("GET", path).json()["properties"]["provisioningState"] not in ("Accepted", "Running"):
            return True
        time.sleep(0.1)
    return False
