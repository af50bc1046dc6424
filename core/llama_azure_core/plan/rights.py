"""What whoever deploys a plan may do in Azure, and no more than that.

The stack in ``bootstrap/`` gives the identity of a pipeline just this. A condition holds a right to give roles back to
the roles that the plan gives, and to those whom it gives them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from llama_azure_core._facts import load_facts
from llama_azure_core.conditions import Grantable
from llama_azure_core.deployer_roles import deployer_role_actions, is_at_subscription
from llama_azure_core.foundry import account_facts
from llama_azure_core.plan.items import Owner
from llama_azure_core.plan.stack import Plan
from llama_azure_core.rbac import built_in_role, deployer_permissions, project_creator_permissions
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import (
    ACTION_GROUP,
    AI_SERVICES_ACCOUNT,
    BLOCKLIST,
    CONTENT_FILTER,
    FOUNDRY_DEPLOYMENT,
    FOUNDRY_PROJECT,
    LOCK,
    PRIVATE_DNS_ZONE,
    SUBNET,
    VIRTUAL_NETWORK_LINK,
    WORKSPACE,
)

_JOIN_SUBNET = f"{SUBNET}/join/action"
_JOIN_ZONE = f"{PRIVATE_DNS_ZONE}/join/action"
_LINK_ZONE = tuple(f"{VIRTUAL_NETWORK_LINK}/{verb}" for verb in ("delete", "read", "write"))
_PURGE_ACCOUNT = "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts/delete"
_LOCKS = (f"{LOCK}/delete", f"{LOCK}/write")


@dataclass(frozen=True, slots=True)
class Rights:
    """What a deployment of a plan takes beside Contributor in the stack's resource group and reading for preflight."""

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
    for scope, one in (*_callers(plan), *_encryption(plan), *_approval(plan), *_deployers(plan)):
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
        yield from ((one, action) for one in ids if not one.casefold().startswith(f"{plan.group_id}/".casefold()))


def _role_id(name: str) -> str:
    role = built_in_role(name)
    if role is None:
        raise KeyError(name)
    return role.id
