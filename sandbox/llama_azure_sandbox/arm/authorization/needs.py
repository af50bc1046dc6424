"""What a request takes: actions at scopes, before anything is looked at that the caller may not see.

GET needs ``read``, PUT and PATCH ``write``, DELETE ``delete``, POST the action that it names. Beside that, a new
project joins its hub, and a new Marketplace subscription needs the document's permissions at the subscription and in
the resource group (facts/roles.yaml, source S0, S3, S4), once per project and offer. What is written with another
resource's id in it takes an action there: an identity is assigned (source S276), a subnet, a network or a zone is
joined (source S274), a workspace is sent logs (source S275).
"""

from dataclasses import dataclass
from typing import Any

from llama_azure_core.catalogue import model_of_registry_id
from llama_azure_core.rbac import deployer_permissions, project_creator_permissions
from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import (
    DIAGNOSTIC_SETTING,
    LOG_ANALYTICS_WORKSPACE,
    MARKETPLACE_SUBSCRIPTION,
    PRIVATE_DNS_ZONE,
    PRIVATE_DNS_ZONE_GROUP,
    PRIVATE_ENDPOINT,
    RESOURCE_GROUP,
    SUBNET,
    USER_ASSIGNED_IDENTITY,
    VIRTUAL_NETWORK,
    VIRTUAL_NETWORK_LINK,
    WORKSPACE,
)
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import ArmPath, parse_path
from llama_azure_sandbox.arm.providers import resource_type
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
# What the providers' lists of operations call a read, in spite of the POST (source S91, S126).
_READ_BY_POST = {"checknameavailability", "diagnose", "listnotebookaccesstoken", "listnotebookkeys"}
_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
# The document and its successors grant this spelling, which is not an ARM type. Roles with either one pass:
# whether Azure maps them could not be verified, and the documents say that their role is enough.
_MARKETPLACE_IN_DOCUMENTS = f"{WORKSPACE}/marketplaceModelSubscriptions"


@dataclass(frozen=True, slots=True)
class Need:
    """An action that the caller must be permitted at a scope."""

    action: str
    scope: str
    alternative: str | None = None
    """Another spelling of the action that is as good."""
    linked: bool = False
    """Whether the scope is that of another resource, which the request refers to."""


def needs(method: str, path: str, body: Any, store: Store) -> list[Need]:
    """Return what a request takes, the action on its own resource first; nothing for what everyone may ask.

    Raises:
        ArmError: 404, the subscription is not there.
    """
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["subscriptions"] and len(parts) > 1 and parts[1].lower() != SUBSCRIPTION_ID:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{parts[1]}' could not be found.")
    if not _is_protected([part.lower() for part in parts]):
        return []
    try:
        parsed = parse_path(path)
    except ArmError:
        return [_need_of_unusual_path(method, parts)]
    own = _need(method, parsed)
    resource_id = parsed.id
    if method != "PUT" or resource_id is None or parsed.collection is not None:
        return [own]
    content = body if isinstance(body, dict) else {}
    properties = content.get("properties")
    linked = _linked_needs(resource_id, properties if isinstance(properties, dict) else {}, store)
    return [own, *linked, *_needs_of_named(resource_id.type, content)]


def _is_protected(parts: list[str]) -> bool:
    match parts:
        case ["subscriptions"] | ["tenants"]:
            return False  # everyone sees the list of what is theirs
        case ["subscriptions", _, "providers", _, "locations", _, "operationsstatus" | "operationresults", _]:
            return False  # who knows an operation's id began it
        case [*_, "providers", "microsoft.authorization", "permissions"]:
            return False  # the caller's own
        case ["providers", *_]:
            return False  # the tenant's built-in roles; nothing else of the tenant is there
    return True


def _need(method: str, path: ArmPath) -> Need:
    scope = f"/subscriptions/{path.subscription}" if path.id is None else str(path.id)
    verb = _VERBS.get(method, "action")
    if path.collection == "*":
        kind = "Microsoft.Resources/subscriptions" if path.id is None else _GROUPS
        return Need(f"{kind}/resources/{verb}", scope)
    if path.action is not None and path.action.lower() in _READ_BY_POST and not _is_called_action(path):
        verb = "read"
    if path.collection is not None:
        return Need(f"{_spelled(path.collection)}/{verb}", scope)
    if path.id is None:
        raise AssertionError(f"a path of no resource: {path}")
    kind = _spelled(path.id.type)
    alternative = f"{_MARKETPLACE_IN_DOCUMENTS}/{verb}" if kind == MARKETPLACE_SUBSCRIPTION else None
    return Need(f"{kind}/{verb}", scope, alternative)


def _is_called_action(path: ArmPath) -> bool:
    return str(path.collection).lower().startswith("microsoft.dbforpostgresql/")  # its name check is an action (S305)


def _need_of_unusual_path(method: str, parts: list[str]) -> Need:
    """Return what a path takes that is none of a resource: a subscription, its providers, a group's deployments."""
    subscription = f"/subscriptions/{parts[1]}" if len(parts) > 1 else "/"
    scope, kind, rest = subscription, "Microsoft.Resources/subscriptions", parts[2:]
    if len(rest) > 1 and rest[0].lower() == "resourcegroups":
        scope, kind, rest = str(resource_group_id(parts[1], rest[1])), _GROUPS, rest[2:]
    return Need("/".join([kind, *rest[0::2], _VERBS.get(method, "action")]), scope)


def _linked_needs(resource_id: ResourceId, properties: dict[str, Any], store: Store) -> list[Need]:
    kind = resource_id.type.lower()
    if kind == WORKSPACE.lower() and properties.get("hubResourceId") and store.resource(resource_id.key) is None:
        hub = str(properties["hubResourceId"])
        return [Need(action, hub, linked=True) for action in project_creator_permissions()]
    if kind == MARKETPLACE_SUBSCRIPTION.lower() and not _is_subscribed(resource_id, properties, store):
        subscription = f"/subscriptions/{resource_id.subscription}"
        group = str(resource_group_id(resource_id.subscription, str(resource_id.resource_group)))
        deployer = deployer_permissions()
        return [
            *(Need(action, subscription) for action in deployer.subscription),
            *(Need(action, group) for action in deployer.resource_group),
        ]
    return []


_JOIN = "join/action"
_NAMED = {
    DIAGNOSTIC_SETTING: (("workspaceId",), f"{LOG_ANALYTICS_WORKSPACE}/sharedKeys/action"),
    PRIVATE_ENDPOINT: (("subnet", "id"), f"{SUBNET}/{_JOIN}"),
    VIRTUAL_NETWORK_LINK: (("virtualNetwork", "id"), f"{VIRTUAL_NETWORK}/{_JOIN}"),
    PRIVATE_DNS_ZONE_GROUP: (
        ("privateDnsZoneConfigs", "properties", "privateDnsZoneId"),
        f"{PRIVATE_DNS_ZONE}/{_JOIN}",
    ),
}
"""By type: where in its properties it names another resource, and the action that this takes there."""
_NAMED_BY_TYPE = {kind.lower(): row for kind, row in _NAMED.items()}


def _needs_of_named(kind: str, body: dict[str, Any]) -> list[Need]:
    """Return what naming other resources in a body takes there."""
    named = [(one, f"{USER_ASSIGNED_IDENTITY}/assign/action") for one in _identities(body)]
    if (row := _NAMED_BY_TYPE.get(kind.lower())) is not None:
        path, action = row
        named += [(one, action) for one in _texts(body.get("properties"), path)]
    # What is no id of a resource is refused by whoever reads it.
    return [Need(action, one, linked=True) for one, action in named if one.startswith("/subscriptions/")]


def _identities(body: dict[str, Any]) -> list[str]:
    identity = body.get("identity")
    given = identity.get("userAssignedIdentities") if isinstance(identity, dict) else None
    return [str(one) for one in given] if isinstance(given, dict) else []


def _texts(value: Any, path: tuple[str, ...]) -> list[str]:
    """Return the texts that a path leads to; it leads through every member of a list."""
    if isinstance(value, list):
        return [text for member in value for text in _texts(member, path)]
    if path:
        return _texts(value.get(path[0]), path[1:]) if isinstance(value, dict) else []
    return [value] if isinstance(value, str) else []


def _is_subscribed(resource_id: ResourceId, properties: dict[str, Any], store: Store) -> bool:
    """Whether the project already subscribes to the offer: then a subscription is no new purchase."""
    wanted = _offer(properties.get("modelId"))
    return any(
        _offer(sibling.body["properties"].get("modelId")) == wanted
        for sibling in store.children(str(resource_id.parent_key))
        if sibling.type.lower() == MARKETPLACE_SUBSCRIPTION.lower()
    )


def _offer(model_id: Any) -> str:
    model = model_of_registry_id(str(model_id))
    if model is not None and model.marketplace is not None:
        return model.marketplace.offer_id
    return str(model_id).lower()


def _spelled(kind: str) -> str:
    """Return a type as Azure spells it, where it is known; resource groups as actions spell them."""
    if kind.lower() == RESOURCE_GROUP.lower():
        return _GROUPS
    parent, _, last = kind.rpartition("/")
    known = resource_type(kind).name
    return known if known != kind or "/" not in parent else f"{resource_type(parent).name}/{last}"
