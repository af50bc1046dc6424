"""What Azure fills in in a hub's own properties: its projects, and the rules of its managed network.

``containerRegistry``, the third of that kind, is made when Azure first builds an image; nothing here builds one.
"""

from llama_azure_core.resource_types import OUTBOUND_RULE
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


def contents(hub: StoredResource, workspaces: list[StoredResource], world: World) -> Json:
    """Return the properties of a hub that follow from what others wrote.

    Args:
        hub: the hub.
        workspaces: every workspace there is.
        world: where its rules are.
    """
    projects = [one.id for one in workspaces if _hub_of(one) == hub.key]
    shown: Json = {"associatedWorkspaces": projects} if projects else {}
    network, rules = hub.body["properties"].get("managedNetwork"), _rules(hub, world)
    if isinstance(network, dict) and rules:
        shown["managedNetwork"] = {**network, "outboundRules": rules}
    return shown


def without_contents(body: Json) -> Json:
    """Return the body of a PUT without what follows from others: it is taken, and changes nothing."""
    properties = {
        name: value for name, value in (body.get("properties") or {}).items() if name != "associatedWorkspaces"
    }
    network = properties.get("managedNetwork")
    if isinstance(network, dict):
        properties["managedNetwork"] = {name: value for name, value in network.items() if name != "outboundRules"}
    return {**body, "properties": properties}


def _rules(hub: StoredResource, world: World) -> Json:
    return {
        child.id.rsplit("/", 1)[-1]: {"status": "Active", **child.body["properties"]}
        for child in world.store.children(hub.key)
        if child.type.lower() == OUTBOUND_RULE.lower()
    }


def _hub_of(workspace: StoredResource) -> str:
    return str(workspace.body["properties"].get("hubResourceId")).lower()
