"""Foundry resources put together by plain ARM calls, and callers of their data plane."""

import datetime as dt
from typing import Any

from llama_azure_sandbox.client.principals import NewPrincipal
from llama_azure_sandbox.inference.foundry_access import AUDIENCES
from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.estates import put_and_wait

LLAMA = "Llama-3.3-70B-Instruct"
AS_OF = dt.date(2026, 11, 28)
"""A day on which Foundry sells Llama models."""
VERSION = "9"
SCOPE = f"{AUDIENCES[0]}/.default"


def account(group: str, name: str) -> str:
    return f"/resourceGroups/{group}/providers/Microsoft.CognitiveServices/accounts/{name}"


def account_body(name: str, **properties: Any) -> dict[str, Any]:
    """Return the body of a Foundry resource in East US 2."""
    own = {"customSubDomainName": name, "allowProjectManagement": True, "publicNetworkAccess": "Enabled"}
    return {
        "location": "eastus2",
        "kind": "AIServices",
        "sku": {"name": "S0"},
        "identity": {"type": "SystemAssigned"},
        "properties": {**own, **properties},
    }


def project_body(**properties: Any) -> dict[str, Any]:
    return {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": properties}


def deployment_body(
    model: str = LLAMA, version: str = VERSION, capacity: int = 10, **properties: Any
) -> dict[str, Any]:
    return {
        "sku": {"name": "GlobalStandard", "capacity": capacity},
        "properties": {"model": {"format": "Meta", "name": model, "version": version}, **properties},
    }


def make_account(arm: Arm, group: str, name: str, **properties: Any) -> dict[str, str]:
    """Make a resource group and an account in it; return its id, its URI and, where it has some, its keys."""
    put_and_wait(arm, f"/resourcegroups/{group}", {"location": "eastus2"})
    put_and_wait(arm, account(group, name), account_body(name, **properties))
    shown = arm.call("GET", account(group, name)).json()
    keys = arm.call("POST", f"{account(group, name)}/listKeys")
    uri = shown["properties"]["endpoints"]["AI Foundry API"].rstrip("/")
    return {"id": shown["id"], "uri": uri, **(keys.json() if keys.is_success else {})}


def deploy_model(arm: Arm, group: str, of_account: str, name: str, **body: Any) -> str:
    """Deploy a model to an account; return the path of the deployment."""
    path = f"{account(group, of_account)}/deployments/{name}"
    put_and_wait(arm, path, deployment_body(**body))
    return path


def principals_token(arm: Arm, principal: NewPrincipal, scope: str = SCOPE) -> str:
    """Return an access token that a principal got with its secret."""
    tenant = arm.client.get("/tenants", params={"api-version": "2022-12-01"}).json()["value"][0]["tenantId"]
    form = {
        "grant_type": "client_credentials",
        "client_id": principal.client_id,
        "client_secret": principal.secret,
        "scope": scope,
    }
    return str(arm.client.post(f"/{tenant}/oauth2/v2.0/token", data=form).json()["access_token"])


def make_role(arm: Arm, name: str, guid: str, *data_actions: str) -> None:
    """Make a custom role of data actions of accounts: ``MaaS/*``, say."""
    actions = [f"Microsoft.CognitiveServices/accounts/{one}" for one in data_actions]
    permissions = [{"actions": [], "notActions": [], "dataActions": actions, "notDataActions": []}]
    body = {"properties": {"roleName": name, "assignableScopes": [SUBSCRIPTION], "permissions": permissions}}
    assert arm.call("PUT", f"/providers/Microsoft.Authorization/roleDefinitions/{guid}", body).is_success
