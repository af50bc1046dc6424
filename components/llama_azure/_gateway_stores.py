"""What a gateway keeps things in: a vault for its keys, PostgreSQL for teams and spend, Redis for shared counters.

All of them are closed to public networks, and take tokens of the gateway's identity and no password.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import ArgumentError, Origin, origin, whole
from llama_azure._azure_native import dbforpostgresql, keyvault, managedidentity, redisenterprise
from llama_azure._options import child_options
from llama_azure.private_endpoint import PrivateEndpointArgs, declare_private_endpoint
from llama_azure_core.gateway import gateway_facts, postgres_tier
from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT, MANAGED_REDIS, POSTGRES_SERVER

_NAME = "ModelGateway"
_OFF = "Disabled"


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of a gateway is made, and by whom it is used."""

    component: pulumi.Resource
    name: str
    """The component's."""
    resource_group_name: pulumi.Input[str]
    location: pulumi.Input[str]
    tags: pulumi.Input[dict[str, pulumi.Input[str]]] | None
    subscription: pulumi.Output[str]
    tenant: pulumi.Output[str]
    identity: "managedidentity.UserAssignedIdentity"
    identity_name: str
    endpoints_subnet_id: pulumi.Input[str]
    dns_zone_ids: Mapping[str, pulumi.Input[str]]
    protected: bool

    def resource_id(self, resource_type: str, name: str) -> pulumi.Output[str]:
        """Return the id of a resource in the group: known before it is there, so that a preview can be judged."""
        return pulumi.Output.format(
            f"/subscriptions/{{0}}/resourceGroups/{{1}}/providers/{resource_type}/{name}",
            self.subscription,
            self.resource_group_name,
        )

    def reach(self, what: str, target: pulumi.Resource, target_id: pulumi.Output[str], kind: str, group: str) -> None:
        """Give a resource an address in the virtual network."""
        zones = {zone: self.dns_zone_ids[zone] for zone in dns_zones(kind, group) if zone in self.dns_zone_ids}
        args: PrivateEndpointArgs = {
            "resource_group_name": self.resource_group_name,
            "location": self.location,
            "private_endpoint_name": f"pe-{self.name}-{what}",
            "resource_id": target_id,
            "subresource": group,
            "subnet_id": self.endpoints_subnet_id,
            "private_dns_zone_ids": zones,
        }
        if self.tags is not None:
            args["tags"] = self.tags
        called = f"{self.name}-{what}"
        declare_private_endpoint(self.component, f"{called}-endpoint", f"{called}-dns", args, depends_on=[target])


@dataclass(frozen=True, slots=True)
class Store:
    """One of them, as the proxy and its logs see it."""

    id: pulumi.Output[str]
    host: pulumi.Output[str]
    """Of a vault its URL."""
    user: pulumi.Input[str] = ""
    ready: tuple[pulumi.Resource, ...] = ()
    """What must be there before the proxy uses it."""
    is_own: bool = True


def declare_vault(place: Place, args: Mapping[str, Any]) -> Store:
    """Declare the vault, or find an existing one."""
    if origin(_NAME, args, "key_vault") is Origin.ADOPTED:
        there = keyvault.Vault.get(f"{place.name}-vault", args["key_vault_id"], opts=child_options(place.component))
        return Store(pulumi.Output.from_input(args["key_vault_id"]), _vault_url(there), is_own=False)
    access = keyvault.NetworkRuleAction.DENY
    vault = keyvault.Vault(
        f"{place.name}-vault",
        resource_group_name=place.resource_group_name,
        location=place.location,
        vault_name=args["key_vault_name"],
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=place.tenant,
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            enable_purge_protection=True,
            public_network_access="Disabled",
            # Azure Resource Manager, through which keys are written, is one of the trusted services.
            network_acls=keyvault.NetworkRuleSetArgs(default_action=access, bypass="AzureServices"),
        ),
        tags=place.tags,
        opts=child_options(place.component, protect=True if place.protected else None),
    )
    place.reach("vault", vault, vault.id, KEY_VAULT, "vault")
    return Store(place.resource_id(KEY_VAULT, args["key_vault_name"]), _vault_url(vault), ready=(vault,))


def _vault_url(vault: "keyvault.Vault") -> pulumi.Output[str]:
    return vault.properties.apply(lambda shown: str(part(shown, "vault_uri") or "").rstrip("/"))


def declare_database(place: Place, args: Mapping[str, Any]) -> Store:
    """Declare the server with its database, or find a server that is there, which is not changed."""
    where, facts = f"{_NAME}: database", gateway_facts("postgres")
    if origin(where, args, "server") is Origin.ADOPTED:
        there = dbforpostgresql.Server.get(f"{place.name}-database", args["server_id"],
                                           opts=child_options(place.component))  # fmt: skip
        host = there.fully_qualified_domain_name.apply(lambda shown: shown or "")
        return Store(there.id, host, args.get("user", place.identity_name), is_own=False)
    is_available = args.get("high_availability", False)
    sku = args.get("sku", facts["highAvailabilitySku"] if is_available else facts["sku"])
    try:
        tier = postgres_tier(sku)
    except ValueError as error:
        raise ArgumentError(where, "sku", str(error)) from None
    if is_available and tier == "Burstable":
        raise ArgumentError(where, "sku", f"{sku} has no high availability; give a SKU that begins with Standard_D")
    access = dbforpostgresql.ServerPublicNetworkAccessState.DISABLED
    server = dbforpostgresql.Server(
        f"{place.name}-database",
        resource_group_name=place.resource_group_name,
        location=place.location,
        server_name=args["server_name"],
        version=args.get("version", facts["version"]),
        sku=dbforpostgresql.SkuArgs(name=sku, tier=tier),
        storage=dbforpostgresql.StorageArgs(
            storage_size_gb=whole(where, args, "storage_gb", facts["storageGb"], least=32, most=32767)
        ),
        backup=dbforpostgresql.BackupArgs(
            backup_retention_days=whole(where, args, "backup_retention_days", 7, least=7, most=35)
        ),
        high_availability=dbforpostgresql.HighAvailabilityArgs(mode="ZoneRedundant" if is_available else "Disabled"),
        auth_config=dbforpostgresql.AuthConfigArgs(
            active_directory_auth="Enabled", password_auth=_OFF, tenant_id=place.tenant
        ),
        network=dbforpostgresql.NetworkArgs(public_network_access=access),
        tags=place.tags,
        opts=child_options(
            place.component,
            protect=True if place.protected else None,
            # Azure chooses the zone, and the other one after a failover.
            ignore_changes=["availabilityZone", "highAvailability.standbyAvailabilityZone"],
        ),
    )
    # Azure works at one child of a server at a time, so each comes after the one before.
    database = dbforpostgresql.Database(
        f"{place.name}-database-tables",
        resource_group_name=place.resource_group_name,
        server_name=server.name,
        database_name=args.get("database_name", facts["database"]),
        charset="UTF8",
        collation="en_US.utf8",
        opts=child_options(place.component, protect=True if place.protected else None),
    )
    encrypted = dbforpostgresql.Configuration(
        f"{place.name}-database-tls",
        resource_group_name=place.resource_group_name,
        server_name=server.name,
        configuration_name="require_secure_transport",
        value="on",
        source="user-override",
        opts=child_options(place.component, depends_on=[database]),
    )
    administrator = dbforpostgresql.AdministratorsMicrosoftEntra(
        f"{place.name}-database-user",
        resource_group_name=place.resource_group_name,
        server_name=server.name,
        object_id=place.identity.principal_id,
        principal_name=place.identity_name,
        principal_type="ServicePrincipal",
        tenant_id=place.tenant,
        opts=child_options(place.component, depends_on=[encrypted]),
    )
    place.reach("database", administrator, server.id, POSTGRES_SERVER, facts["privateLinkGroup"])
    host = server.fully_qualified_domain_name.apply(lambda shown: shown or "")
    return Store(server.id, host, place.identity_name, (administrator,))


def declare_redis(place: Place, args: Mapping[str, Any]) -> Store:
    """Declare the Redis, or find one that is there; the gateway's identity gets the right to use its data."""
    facts = gateway_facts("redis")
    if origin(f"{_NAME}: redis", args, "cluster") is Origin.ADOPTED:
        there = ResourceId.parse(args["cluster_id"])
        cluster = redisenterprise.RedisEnterprise.get(
            f"{place.name}-redis", args["cluster_id"], opts=child_options(place.component)
        )
        may_use = _may_use(place, there.resource_group or "", there.name, [])
        return Store(cluster.id, _redis_host(cluster), place.identity.principal_id, (may_use,), is_own=False)
    cluster = redisenterprise.RedisEnterprise(
        f"{place.name}-redis",
        resource_group_name=place.resource_group_name,
        location=place.location,
        cluster_name=args["cluster_name"],
        sku=redisenterprise.SkuArgs(name=args.get("sku", facts["sku"])),
        high_availability="Enabled" if args.get("high_availability", True) else "Disabled",
        minimum_tls_version="1.2",
        public_network_access=redisenterprise.PublicNetworkAccess.DISABLED,
        tags=place.tags,
        opts=child_options(place.component),
    )
    database = redisenterprise.Database(
        f"{place.name}-redis-data",
        resource_group_name=place.resource_group_name,
        cluster_name=cluster.name,
        database_name=facts["database"],
        client_protocol=redisenterprise.Protocol.ENCRYPTED,
        port=facts["port"],
        # The proxy's client is not one of a Redis cluster.
        clustering_policy=redisenterprise.ClusteringPolicy.NO_CLUSTER,
        eviction_policy=redisenterprise.EvictionPolicy.VOLATILE_LRU,
        access_keys_authentication=redisenterprise.AccessKeysAuthentication.DISABLED,
        opts=child_options(place.component),
    )
    may_use = _may_use(place, place.resource_group_name, cluster.name, [database])
    place.reach("redis", may_use, cluster.id, MANAGED_REDIS, facts["privateLinkGroup"])
    return Store(cluster.id, _redis_host(cluster), place.identity.principal_id, (may_use,))


def _redis_host(cluster: "redisenterprise.RedisEnterprise") -> pulumi.Output[str]:
    return cluster.host_name.apply(lambda shown: shown or "")


def _may_use(
    place: Place, group: pulumi.Input[str], cluster: pulumi.Input[str], depends_on: list[pulumi.Resource]
) -> pulumi.Resource:
    facts = gateway_facts("redis")
    return redisenterprise.AccessPolicyAssignment(
        f"{place.name}-redis-user",
        resource_group_name=group,
        cluster_name=cluster,
        database_name=facts["database"],
        access_policy_assignment_name=place.identity_name.replace("_", "-"),
        access_policy_name=facts["accessPolicy"],
        user=redisenterprise.AccessPolicyAssignmentPropertiesUserArgs(object_id=place.identity.principal_id),
        opts=child_options(place.component, depends_on=depends_on),
    )
