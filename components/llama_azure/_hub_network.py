"""The network that Azure manages for a hub's compute, and the ways out of it."""

import uuid
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import ArgumentError
from llama_azure._azure_native import authorization, machinelearningservices
from llama_azure._options import child_options
from llama_azure.private_endpoint import PrivateEndpoint, PrivateEndpointArgs
from llama_azure_core._facts import load_facts
from llama_azure_core.azure_enums import IsolationMode, StorageSubresource
from llama_azure_core.private_link import dns_zones, subresources
from llama_azure_core.rbac import built_in_role
from llama_azure_core.resource_types import ROLE_DEFINITION, STORAGE_ACCOUNT

# The root of the GUIDs that Azure wants as names of assignments; it never changes.
_NAMES = uuid.UUID("6e1b52f0-0b7c-5f7e-8a52-3d2f4b9c7d10")


class HubOutboundRule(TypedDict):
    """One way out of a managed network: a host name, or a private endpoint to a resource."""

    fqdn: NotRequired[str]
    """Conditional. A host name such as `packages.example.com`; this or `private_endpoint_id`."""
    private_endpoint_id: NotRequired[str]
    """Conditional. The id of the resource that a private endpoint leads to; this or `fqdn`."""
    subresource: NotRequired[str]
    """Conditional. With `private_endpoint_id`: what of the resource is reached, such as `blob`."""


class HubManagedNetwork(TypedDict):
    """The isolation of a hub's compute."""

    isolation_mode: str
    """Required. Disabled, AllowInternetOutbound or AllowOnlyApprovedOutbound."""
    outbound_rules: NotRequired[dict[str, HubOutboundRule]]
    """Optional. By rule name: what may be reached beside what Azure needs."""
    provision_now: NotRequired[bool]
    """Optional. Whether Azure makes the network together with the hub, which takes minutes, and not with the first
    compute. Default: false."""
    approve_connections: NotRequired[bool]
    """Optional. Whether the hub may approve the private endpoints that Azure makes in this network, to what the hub
    makes to stand on and to the resources of `outbound_rules`: its identity gets a role there. Default: false."""


class HubPrivateEndpoints(TypedDict):
    """Where the private endpoints of a hub lie, and of what it makes to stand on."""

    subnet_id: pulumi.Input[str]
    """Required. The Azure resource id of the subnet."""
    private_dns_zone_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Optional. By name, such as `privatelink.api.azureml.ms`: the Azure resource ids of the private DNS zones. An
    endpoint is written into those of its own names. Default: none; somebody else then has to."""
    storage_subresources: NotRequired[list[str]]
    """Optional. What of the storage account is reached: blob, file, queue, table, dfs. Default: blob and file."""


def require_usable_network(network: HubManagedNetwork) -> None:
    """Refuse a network that contradicts itself.

    Raises:
        ArgumentError: it does; the message names the argument.
    """
    place, rules = "AiHub: managed_network", network.get("outbound_rules", {})
    if network.get("provision_now", False) and network["isolation_mode"] == IsolationMode.DISABLED:
        raise ArgumentError(place, "isolation_mode", "provision_now needs an isolation_mode other than Disabled")
    if network.get("approve_connections", False) and network["isolation_mode"] == IsolationMode.DISABLED:
        raise ArgumentError(place, "isolation_mode", "approve_connections needs an isolation_mode other than Disabled")
    if rules and network["isolation_mode"] == IsolationMode.DISABLED:
        raise ArgumentError(place, "isolation_mode", "outbound_rules need an isolation_mode other than Disabled")
    for name, rule in rules.items():
        has_target = rule.get("private_endpoint_id") is not None
        if (rule.get("fqdn") is not None) == has_target:
            raise ArgumentError(f"{place}: outbound_rules.{name}", "fqdn", "give either fqdn or private_endpoint_id")
        if (rule.get("subresource") is not None) != has_target:
            raise ArgumentError(
                f"{place}: outbound_rules.{name}", "subresource", "subresource goes together with private_endpoint_id"
            )


def add_private_endpoints(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    reached: Mapping[str, tuple[str, pulumi.Input[str] | None]],
) -> None:
    """Declare a hub's private endpoints.

    Args:
        component: the hub's.
        name: the component's.
        args: the component's.
        reached: by ARM type: a word for names, and the id of the resource, ``None`` where the hub does not make it.
    """
    wanted: HubPrivateEndpoints = args["private_endpoints"]
    zones = wanted.get("private_dns_zone_ids", {})
    chosen = wanted.get("storage_subresources", [StorageSubresource.BLOB.value, StorageSubresource.FILE.value])
    tags = {} if args.get("tags") is None else {"tags": args["tags"]}
    for kind, (word, resource_id) in reached.items():
        if resource_id is None:
            continue
        for subresource in subresources(kind):
            if kind == STORAGE_ACCOUNT and subresource not in chosen:
                continue
            what = f"{word}-{subresource}" if kind == STORAGE_ACCOUNT else word
            names = {zone: zones[zone] for zone in dns_zones(kind, subresource) if zone in zones}
            endpoint: dict[str, Any] = {
                "resource_group_name": args["resource_group_name"],
                "location": args["location"],
                "private_endpoint_name": _joined("pe-", args["hub_name"], f"-{what}"),
                "resource_id": resource_id,
                "subresource": subresource,
                "subnet_id": wanted["subnet_id"],
                "private_dns_zone_ids": names,
                **tags,
            }
            PrivateEndpoint(
                f"{name}-{what}", cast(PrivateEndpointArgs, endpoint), pulumi.ResourceOptions(parent=component)
            )


def _joined(before: str, name: pulumi.Input[str], after: str) -> pulumi.Input[str]:
    return f"{before}{name}{after}" if isinstance(name, str) else pulumi.Output.concat(before, name, after)


def add_outbound_rules(
    component: pulumi.Resource,
    name: str,
    resource_group_name: pulumi.Input[str],
    hub: machinelearningservices.Workspace,
    network: HubManagedNetwork,
    made: Mapping[str, pulumi.Input[str]],
) -> None:
    """Declare a hub's outbound rules, each after the one before, and its right to approve their connections.

    Args:
        component: the hub's.
        name: the component's.
        resource_group_name: the hub's.
        hub: the hub.
        network: its managed network.
        made: by a word for names: the ids of what the hub makes to stand on.
    """
    previous: pulumi.Resource = hub
    rights = _approvals(component, name, hub, network, made) if network.get("approve_connections", False) else []
    for rule_name, rule in network.get("outbound_rules", {}).items():
        previous = machinelearningservices.ManagedNetworkSettingsRule(
            f"{name}-rule-{rule_name}",
            resource_group_name=resource_group_name,
            workspace_name=hub.name,
            rule_name=rule_name,
            properties=_properties(rule),
            opts=child_options(component, depends_on=[previous, *rights]),
        )


def _approvals(
    component: pulumi.Resource,
    name: str,
    hub: machinelearningservices.Workspace,
    network: HubManagedNetwork,
    made: Mapping[str, pulumi.Input[str]],
) -> list[pulumi.Resource]:
    """Declare that a hub's identity may approve private endpoints, at each resource that they lead to."""
    role = built_in_role(load_facts("roles")["managedEndpointApprover"]["role"])
    if role is None:
        raise LookupError("facts/roles.yaml has no role that approves managed private endpoints")
    principal = hub.identity.apply(lambda identity: part(identity, "principal_id") or "")
    subscription = hub.id.apply(lambda hub_id: "/".join(hub_id.split("/")[:3]))
    asked = {
        rule_name: rule["private_endpoint_id"]
        for rule_name, rule in network.get("outbound_rules", {}).items()
        if rule.get("private_endpoint_id") is not None
    }
    return [
        authorization.RoleAssignment(
            f"{name}-approves-{what}",
            scope=scope,
            role_assignment_name=pulumi.Output.all(scope, principal).apply(_name_of_assignment),
            role_definition_id=pulumi.Output.concat(subscription, f"/providers/{ROLE_DEFINITION}/{role.id}"),
            principal_id=principal,
            principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
            opts=child_options(component),
        )
        for what, scope in {**made, **{f"rule-{rule_name}": one for rule_name, one in asked.items()}}.items()
    ]


def _name_of_assignment(made_of: list[str]) -> str:
    # Azure lets nothing of an assignment change, so its name changes with whatever it is made of.
    return str(uuid.uuid5(_NAMES, "\0".join(str(one).casefold() for one in made_of)))


def _properties(
    rule: HubOutboundRule,
) -> machinelearningservices.FqdnOutboundRuleArgs | machinelearningservices.PrivateEndpointOutboundRuleArgs:
    category = machinelearningservices.RuleCategory.USER_DEFINED
    if fqdn := rule.get("fqdn"):
        return machinelearningservices.FqdnOutboundRuleArgs(type="FQDN", category=category, destination=fqdn)
    return machinelearningservices.PrivateEndpointOutboundRuleArgs(
        type="PrivateEndpoint",
        category=category,
        destination=machinelearningservices.PrivateEndpointDestinationArgs(
            service_resource_id=rule["private_endpoint_id"],
            subresource_target=rule["subresource"],
            spark_enabled=False,
        ),
    )
