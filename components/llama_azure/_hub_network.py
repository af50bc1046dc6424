"""The network that Azure manages for a hub's compute, and the ways out of it."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import machinelearningservices

from llama_azure._arguments import ArgumentError
from llama_azure._options import child_options
from llama_azure_core.azure_enums import IsolationMode


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


def require_usable_network(network: HubManagedNetwork) -> None:
    """Refuse a network that contradicts itself.

    Raises:
        ArgumentError: it does; the message names the argument.
    """
    place, rules = "AiHub: managed_network", network.get("outbound_rules", {})
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


def add_outbound_rules(
    component: pulumi.Resource,
    name: str,
    resource_group_name: pulumi.Input[str],
    hub: machinelearningservices.Workspace,
    network: HubManagedNetwork,
) -> None:
    """Declare a hub's outbound rules, each after the one before."""
    previous: pulumi.Resource = hub
    for rule_name, rule in network.get("outbound_rules", {}).items():
        previous = machinelearningservices.ManagedNetworkSettingsRule(
            f"{name}-rule-{rule_name}",
            resource_group_name=resource_group_name,
            workspace_name=hub.name,
            rule_name=rule_name,
            properties=_properties(rule),
            opts=child_options(component, depends_on=[previous]),
        )


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
