"""Online endpoints put together by plain ARM calls."""

from typing import Any

from tests.support.arm import SUBSCRIPTION, Arm
from tests.support.data_plane import MODEL
from tests.support.estates import put_and_wait, workspace

CHAT_MODEL = f"{MODEL}/Llama-2-7b-chat/versions/27"
TEXT_MODEL = f"{MODEL}/Llama-2-7b/versions/23"


def online_endpoint(group: str, name: str) -> str:
    return f"{workspace(group, 'project')}/onlineEndpoints/{name}"


def make_online_endpoint(arm: Arm, group: str, name: str, auth_mode: str = "Key") -> dict[str, str]:
    """Make an online endpoint without deployments, and return its URI and, where it has them, its keys."""
    path = online_endpoint(group, name)
    put_and_wait(arm, path, endpoint_body(auth_mode))
    uri = arm.call("GET", path).json()["properties"]["scoringUri"].removesuffix("/score")
    keys = arm.call("POST", f"{path}/listKeys").json() if auth_mode == "Key" else {}
    return {"uri": uri, **keys}


def make_online_deployment(
    arm: Arm, group: str, endpoint: str, name: str, model: str = CHAT_MODEL, **properties: Any
) -> str:
    """Make a deployment of a model, and return its resource id."""
    path = f"{online_endpoint(group, endpoint)}/deployments/{name}"
    body = {
        "location": "eastus2",
        "sku": {"name": "Default", "capacity": 1},
        "properties": {
            "endpointComputeType": "Managed",
            "model": model,
            "instanceType": "Standard_NC24s_v3",
            **properties,
        },
    }
    put_and_wait(arm, path, body)
    return f"{SUBSCRIPTION}{path}"


def set_traffic(arm: Arm, group: str, name: str, traffic: dict[str, int], mirror: dict[str, int] | None = None) -> None:
    """Give an endpoint's deployments their shares."""
    body = endpoint_body("Key")
    body["properties"] |= {"traffic": traffic, "mirrorTraffic": mirror or {}}
    put_and_wait(arm, online_endpoint(group, name), body)


def endpoint_body(auth_mode: str) -> dict[str, Any]:
    return {"location": "eastus2", "identity": {"type": "SystemAssigned"}, "properties": {"authMode": auth_mode}}
