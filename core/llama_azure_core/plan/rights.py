"""What whoever deploys a plan may do in Azure, and no more than that.

The stack in ``bootstrap/`` gives the identity of a pipeline just this. A condition holds a right to give roles back to
the roles that the plan gives, and to those whom it gives them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.conditions import Grantable
from llama_azure_core.deployer_roles import deployer_role_actions, is_at_subscription
from llama_azure_core.foundry import account_facts
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.plan.items import Gateway, Owner
from llama_azure_core.plan.stack import Plan
from llama_azure_core.rbac import built_in_role, deployer_permissions, project_creator_permissions
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import (
    ACTION_GROUP,
    AI_SERVICES_ACCOUNT,
    API_MANAGEMENT,
    BLOCKLIST,
    BUDGET,
    CONTAINER_APP,
    CONTAINER_APPS_ENVIRONMENT,
    CONTAINER_APPS_JOB,
    CONTENT_FILTER,
    DIAGNOSTIC_SETTING,
    FOUNDRY_DEPLOYMENT,
    FOUNDRY_PROJECT,
    KEY_VAULT,
    LOCK,
    LOG_ANALYTICS_WORKSPACE,
    MANAGED_REDIS,
    POSTGRES_SERVER,
    PRIVATE_DNS_ZONE,
    PRIVATE_ENDPOINT,
    ROLE_ASSIGNMENT,
    SUBNET,
    USER_ASSIGNED_IDENTITY,
    VIRTUAL_NETWORK,
    VIRTUAL_NETWORK_LINK,
    WORKBOOK,
    WORKSPACE,
)

_JOIN_SUBNET = f"{SUBNET}/join/action"
_JOIN_NETWORK = f"{VIRTUAL_NETWORK}/join/action"
_ASSIGN_IDENTITY = f"{USER_ASSIGNED_IDENTITY}/assign/action"
"""What giving a resource an identity that is there takes (source S276)."""
_SEND_LOGS = f"{LOG_ANALYTICS_WORKSPACE}/sharedKeys/action"
"""What a diagnostic setting takes at the workspace that it names (source S275)."""
_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
"""What actions call a resource group."""
_JOIN_ZONE = f"{PRIVATE_DNS_ZONE}/join/action"
_LINK_ZONE = tuple(f"{VIRTUAL_NETWORK_LINK}/{verb}" for verb in ("delete", "read", "write"))
_PURGE_ACCOUNT = "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete"
_LOCKS = (f"{LOCK}/delete", f"{LOCK}/write")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a deployment of a plan takes beside a role in the stack's resource group and reading for preflight."""

    role_actions: tuple[str, ...]
    """What that role lets do, sorted, by the types of what the stack makes; empty where it is Contributor, without
    which no hub is made (source S19, S20)."""

    subscription_actions: tuple[str, ...]
    """At the subscription, sorted."""
    group_actions: tuple[str, ...]
    """In the resource group, of what Contributor may not do, sorted."""
    actions_elsewhere: Mapping[str, tuple[str, ...]]
    """By the id of a resource that is not the stack's: what the plan does to it, sorted."""
    grants: Mapping[str, tuple[Grantable, ...]]
    """By scope: the roles that are given there or below, and to whom."""
    calls_with_tokens: bool
    """Whether asking an endpoint of the stack's own Foundry resource takes the role of a caller."""
    problem: str = ""
    """Why the plan takes more than an identity of a pipeline ought to have; empty where it does not."""


def rights(plan: Plan) -> Rights:
    """Return what deploying a plan takes."""
    grants: dict[str, list[Grantable]] = {}
    for scope, one in (*_callers(plan), *_encryption(plan), *_approval(plan), *_front(plan), *_deployers(plan)):
        grants.setdefault(scope, []).append(one)
    account = None if plan.foundry is None else plan.foundry.arguments
    subscription = [
        *(deployer_permissions().subscription if plan.buys else ()),
        *([_PURGE_ACCOUNT] if account and account.get("purge_on_delete") else ()),
    ]
    elsewhere: dict[str, set[str]] = {}
    for scope, action in _elsewhere(plan):
        elsewhere.setdefault(scope, set()).add(action)
    return Rights(
        role_actions=tuple(sorted(_in_group(plan))),
        subscription_actions=tuple(sorted(subscription)),
        group_actions=_LOCKS if plan.hub.arguments.get("locks") else (),
        actions_elsewhere={scope: tuple(sorted(actions)) for scope, actions in elsewhere.items()},
        grants={scope: tuple(dict.fromkeys(found)) for scope, found in grants.items()},
        calls_with_tokens=plan.foundry is not None and bool(plan.foundry.endpoints),
        problem=_problem(plan),
    )


def _problem(plan: Plan) -> str:
    if plan.deployers is None or "role_definition_ids" in plan.deployers.arguments:
        return ""
    return (
        "llama-azure:deployers: the stack defines the deployers' roles, and who may define roles may give themselves "
        "any right; set llama-azure:existingDeployerRoles to true, and they are defined here"
    )


def _callers(plan: Plan) -> Iterator[tuple[str, Grantable]]:
    if plan.foundry is None:
        return
    role = _role_id(account_facts().caller_role)
    scope = plan.group_id if plan.foundry.owner is Owner.STACK else plan.foundry.id
    asked = [plan.foundry.arguments, *(project.arguments for project in plan.foundry.projects)]
    for arguments in asked:
        for caller in arguments.get("callers", {}).values():
            yield scope, Grantable(role, (caller["principal_id"].casefold(),), caller["principal_type"])


def _encryption(plan: Plan) -> Iterator[tuple[str, Grantable]]:
    """The account's identity, which is not known before it is there, may use the vault of a customer-managed key."""
    wanted = None if plan.foundry is None else plan.foundry.arguments.get("encryption")
    if wanted:
        yield wanted["key_vault_id"], Grantable(_role_id(account_facts().encryption_role), (), "ServicePrincipal")


def _approval(plan: Plan) -> Iterator[tuple[str, Grantable]]:
    """The hub's identity, which is not known before it is there, may approve what its managed network reaches."""
    network: Mapping[str, Any] = plan.hub.arguments.get("managed_network") or {}
    if not network.get("approve_connections"):
        return
    role = Grantable(_role_id(load_facts("roles")["managedEndpointApprover"]["role"]), (), "ServicePrincipal")
    yield plan.group_id, role
    for rule in network.get("outbound_rules", {}).values():
        if rule.get("private_endpoint_id"):
            yield rule["private_endpoint_id"], role


def _front(plan: Plan) -> Iterator[tuple[str, Grantable]]:
    """The identities of what stands in front of the endpoints, not known before either, may call them; that of a
    gateway reads its keys."""
    caller = Grantable(_role_id(account_facts().caller_role), (), "ServicePrincipal")
    for front in (plan.gateway, plan.api_management):
        accounts: list[str] = [] if front is None else front.arguments.get("account_ids", [])
        yield from ((_scope_of(one, plan), caller) for one in accounts)
    if plan.gateway is not None:
        reader = Grantable(_role_id(gateway_facts("containerApps")["secretReaderRole"]), (), "ServicePrincipal")
        yield from ((_scope_of(one.id, plan), reader) for one in plan.gateway.stands_on if one.type == KEY_VAULT)


def _scope_of(resource_id: str, plan: Plan) -> str:
    """Return the scope of the right to give a role at a resource: the group, for what lies in it."""
    return plan.group_id if _is_inside(resource_id, plan) else resource_id


def _is_inside(resource_id: str, plan: Plan) -> bool:
    return resource_id.casefold().startswith(f"{plan.group_id}/".casefold())


def _deployers(plan: Plan) -> Iterator[tuple[str, Grantable]]:
    if plan.deployers is None:
        return
    there: Mapping[str, str] = plan.deployers.arguments.get("role_definition_ids", {})
    wanted_by = {"subscription": "may_subscribe", "preflight": "may_run_preflight"}
    for kind, role_id in there.items():
        scope = plan.subscription_id if is_at_subscription(kind) else plan.group_id
        for deployer in plan.deployers.arguments["deployers"].values():
            if kind not in wanted_by or deployer[wanted_by[kind]]:
                principal = deployer["principal_id"].casefold()
                yield scope, Grantable(name_of(role_id), (principal,), deployer["principal_type"])


def deployer_roles_before(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Return the actions of the deployers' roles that are there before the stack, by kind; none where it has none."""
    if plan.deployers is None or "role_definition_ids" not in plan.deployers.arguments:
        return {}
    kinds = plan.deployers.arguments["role_definition_ids"]
    return deployer_role_actions(
        managed_compute=plan.deployers.arguments["managed_compute"],
        subscribes="subscription" in kinds,
        preflights="preflight" in kinds,
    )


def _elsewhere(plan: Plan) -> Iterator[tuple[str, str]]:
    """What is done to resources that others own."""
    if plan.hub.owner in (Owner.EXISTING, Owner.OTHER_STACK) and plan.hub.id is not None:
        yield from ((plan.hub.id, action) for action in project_creator_permissions())
    yield from ((one.id, f"{one.type}/read") for one in plan.hub.stands_on if one.owner is Owner.EXISTING)
    if plan.alerts is not None and plan.alerts.owner is Owner.EXISTING:
        yield plan.alerts.id, f"{ACTION_GROUP}/read"
    deployer = deployer_permissions()
    in_project = (*deployer.project, *deployer.project_arm_spelling, *deployer.project_managed_compute)
    for project in plan.projects:
        if not project.is_own:
            wanted = (f"{WORKSPACE}/read", f"{WORKSPACE}/connections/*", *in_project)
            yield from ((project.id, action) for action in wanted)
    yield from _network_elsewhere(plan)
    yield from _account_elsewhere(plan)
    yield from _gateway_elsewhere(plan)
    if plan.keys_vault_id is not None:
        yield from ((plan.keys_vault_id, f"{KEY_VAULT}/{what}") for what in _IN_STORES[KEY_VAULT])
    if plan.api_management is not None:
        yield from ((plan.api_management.service_id, action) for action in _IN_API_MANAGEMENT)
    for holder, key in _holders(plan):
        if (used := holder.get(key)) is not None and not _is_inside(used, plan):
            yield used, _ASSIGN_IDENTITY if key == "identity_id" else _SEND_LOGS


def _holders(plan: Plan) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the arguments that may name an identity or a workspace for logs, with the name of the argument."""
    holders: list[Mapping[str, Any]] = [plan.hub.arguments, *(one.arguments for one in plan.projects)]
    holders += [one.arguments for one in plan.endpoints if one.owner is Owner.STACK]
    holders += [one.arguments for one in (plan.foundry, plan.gateway) if one is not None]
    for holder in holders:
        yield holder, "identity_id"
        yield holder, "log_analytics_workspace_id"
        yield holder.get("encryption") or {}, "identity_id"


def _gateway_elsewhere(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.gateway is None:
        return
    for one in plan.gateway.stands_on:
        if one.owner is Owner.EXISTING:
            yield from ((one.id, f"{one.type}/{what}") for what in _IN_STORES[one.type])
    network: Mapping[str, Any] = plan.gateway.arguments["network"]
    adopted = network.get("subnet_id")
    virtual_network = str(network.get("virtual_network_id") or ResourceId.parse(str(adopted)).parent)
    if adopted is not None:
        yield adopted, _JOIN_SUBNET
    elif not _is_inside(virtual_network, plan):
        yield from ((virtual_network, f"{SUBNET}/{verb}") for verb in ("delete", "join/action", "read", "write"))
    if _names_environment(plan.gateway) and not _is_inside(virtual_network, plan):
        yield virtual_network, _JOIN_NETWORK


_IN_STORES: Mapping[str, tuple[str, ...]] = {
    KEY_VAULT: ("read", "secrets/read", "secrets/write"),
    POSTGRES_SERVER: ("read",),
    MANAGED_REDIS: ("read", *(f"databases/accessPolicyAssignments/{verb}" for verb in ("delete", "read", "write"))),
}
"""By type of what a gateway stands on and others own: what is done to it."""
_IN_API_MANAGEMENT = (
    f"{API_MANAGEMENT}/read",
    f"{API_MANAGEMENT}/operationresults/read",
    *(
        f"{API_MANAGEMENT}/{kind}/{verb}"
        for kind in ("apis", "apis/operations", "apis/policies", "backends", "subscriptions")
        for verb in ("delete", "read", "write")
    ),
)


def _in_group(plan: Plan) -> Iterator[str]:
    """What is done in the resource group of a stack that makes no hub: everything, to the types that it makes."""
    if plan.hub.owner is not Owner.NOBODY:
        return
    # Bootstrap makes a group that is not there; a stack that calls it its own sets its tags, and deletes it in the end.
    yield from (f"{_GROUP}/{verb}" for verb in (("delete", "read", "write") if plan.makes_group else ("read",)))
    yield f"{ROLE_ASSIGNMENT}/read"
    yield from (f"{kind}/*" for kind in {*_made_of_foundry(plan), *_made_around(plan), *_made_of_gateway(plan)})


def _made_of_foundry(plan: Plan) -> Iterator[str]:
    account = plan.foundry
    if account is not None:
        if account.owner is Owner.STACK:
            yield AI_SERVICES_ACCOUNT
        if account.arguments.get("private_endpoint"):
            yield PRIVATE_ENDPOINT
        if account.arguments.get("log_analytics_workspace_id"):
            yield DIAGNOSTIC_SETTING


def _made_around(plan: Plan) -> Iterator[str]:
    network, alerts = plan.network, plan.alerts
    if network is not None:
        if network.owner is Owner.STACK:
            yield VIRTUAL_NETWORK
        if any(zone.owner is Owner.STACK for zone in network.zones.values()):
            yield PRIVATE_DNS_ZONE
    if plan.budget is not None:
        yield BUDGET
    if alerts is not None:
        yield WORKBOOK
        if alerts.owner is Owner.STACK:
            yield ACTION_GROUP
        yield from (ResourceId.parse(one.id).type for one in alerts.rules)


def _made_of_gateway(plan: Plan) -> Iterator[str]:
    gateway = plan.gateway
    if gateway is not None:
        made = [one.type for one in gateway.stands_on if one.owner is Owner.STACK]
        yield from (CONTAINER_APP, CONTAINER_APPS_ENVIRONMENT, USER_ASSIGNED_IDENTITY, *made)
        if made:
            yield PRIVATE_ENDPOINT
        if gateway.teams:
            yield CONTAINER_APPS_JOB
        if _names_environment(gateway):
            yield PRIVATE_DNS_ZONE
        if gateway.arguments.get("log_analytics_workspace_id"):
            yield DIAGNOSTIC_SETTING


def _names_environment(gateway: Gateway) -> bool:
    """Whether a private DNS zone of the gateway's own is made and linked with its network."""
    return gateway.access is GatewayAccess.PRIVATE and bool(gateway.arguments["network"]["environment_dns"])


def _network_elsewhere(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.network is None:
        return
    if plan.network.owner is Owner.EXISTING:
        yield plan.network.subnet_id, _JOIN_SUBNET
    linked = plan.network.arguments["linked_private_dns_zone_ids"]
    for zone in plan.network.zones.values():
        if zone.owner is Owner.EXISTING:
            yield zone.id, _JOIN_ZONE
            yield from ((zone.id, action) for action in _LINK_ZONE if zone.id in linked)


def _account_elsewhere(plan: Plan) -> Iterator[tuple[str, str]]:
    account = plan.foundry
    if account is None:
        return
    if account.owner is Owner.EXISTING:
        yield account.id, f"{AI_SERVICES_ACCOUNT}/read"
        for kind in (FOUNDRY_DEPLOYMENT, FOUNDRY_PROJECT, CONTENT_FILTER, BLOCKLIST):
            yield account.id, f"{kind}/*"
        if account.takes_keys:
            yield account.id, f"{AI_SERVICES_ACCOUNT}/listKeys/action"
    private = account.arguments.get("private_endpoint") or {}
    places = {_JOIN_SUBNET: [private["subnet_id"]] if private else [], _JOIN_ZONE: private.get("dns_zone_ids", [])}
    for action, ids in places.items():
        yield from ((one, action) for one in ids if not _is_inside(one, plan))


def _role_id(name: str) -> str:
    role = built_in_role(name)
    if role is None:
        raise KeyError(name)
    return role.id
