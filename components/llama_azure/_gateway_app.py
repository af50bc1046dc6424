"""What of a gateway runs in Container Apps: the environment, the proxy, and the job that keeps its teams."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pulumi

from llama_azure._answers import part
from llama_azure._arguments import whole
from llama_azure._azure_native import app, keyvault, network, privatedns
from llama_azure._gateway_keys import JobRun, VaultKey
from llama_azure._gateway_stores import Place, Store
from llama_azure._options import child_options
from llama_azure_core.gateway import gateway_facts, team_secret
from llama_azure_core.resource_ids import ResourceId

_NAME = "ModelGateway"
_MASTER_KEY, _SALT_KEY, _CONFIGURATION = "gateway-master-key", "gateway-salt-key", "gateway-configuration"
_CONFIGURATION_FOLDER = "/etc/litellm"


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy, as what comes after it sees it."""

    app: "app.ContainerApp"
    master: VaultKey
    host: pulumi.Output[str]
    ready: tuple[pulumi.Resource, ...]
    """What must be there before anybody calls it."""


def declare_environment(place: Place, args: Mapping[str, Any], *, is_private: bool) -> "app.ManagedEnvironment":
    """Declare the environment in its subnet, and of a private one the names in the virtual network."""
    wanted = args["network"]
    subnet_id: pulumi.Input[str]
    if (adopted := wanted.get("subnet_id")) is not None:
        subnet_id, virtual_network_id = adopted, str(ResourceId.parse(adopted).parent)
    else:
        virtual_network_id = wanted["virtual_network_id"]
        there = ResourceId.parse(virtual_network_id)
        subnet_id = network.Subnet(
            f"{place.name}-subnet",
            resource_group_name=there.resource_group or "",
            virtual_network_name=there.name,
            subnet_name=wanted["subnet_name"],
            address_prefix=wanted["subnet_address_prefix"],
            delegations=[
                network.DelegationArgs(name="gateway", service_name=gateway_facts("containerApps")["delegation"])
            ],
            opts=child_options(place.component),
        ).id
    environment = app.ManagedEnvironment(
        f"{place.name}-environment",
        resource_group_name=args["resource_group_name"],
        location=args["location"],
        environment_name=f"cae-{args['gateway_name']}",
        vnet_configuration=app.VnetConfigurationArgs(infrastructure_subnet_id=subnet_id, internal=is_private),
        workload_profiles=[app.WorkloadProfileArgs(name="Consumption", workload_profile_type="Consumption")],
        zone_redundant=args.get("zone_redundant", False),
        app_logs_configuration=None
        if args.get("log_analytics_workspace_id") is None
        else app.AppLogsConfigurationArgs(destination="azure-monitor"),
        tags=args.get("tags"),
        opts=child_options(place.component),
    )
    if is_private and wanted.get("environment_dns", True):
        _names(place, args, environment, virtual_network_id)
    return environment


def _names(
    place: Place, args: Mapping[str, Any], environment: "app.ManagedEnvironment", virtual_network_id: str
) -> None:
    zone = privatedns.PrivateZone(
        f"{place.name}-zone",
        resource_group_name=args["resource_group_name"],
        location="global",
        private_zone_name=environment.default_domain,
        tags=args.get("tags"),
        opts=child_options(place.component),
    )
    privatedns.VirtualNetworkLink(
        f"{place.name}-zone-link",
        resource_group_name=args["resource_group_name"],
        private_zone_name=zone.name,
        virtual_network_link_name=ResourceId.parse(virtual_network_id).name,
        location="global",
        registration_enabled=False,
        virtual_network=privatedns.SubResourceArgs(id=virtual_network_id),
        tags=args.get("tags"),
        opts=child_options(place.component),
    )
    privatedns.PrivateRecordSet(
        f"{place.name}-zone-apps",
        resource_group_name=args["resource_group_name"],
        private_zone_name=zone.name,
        record_type="A",
        relative_record_set_name="*",
        ttl=300,
        a_records=[privatedns.ARecordArgs(ipv4_address=environment.static_ip)],
        opts=child_options(place.component),
    )


def declare_proxy(
    place: Place,
    args: Mapping[str, Any],
    vault: Store,
    environment: "app.ManagedEnvironment",
    database: Store,
    redis: Store,
    after: list[pulumi.Resource],
) -> Proxy:
    """Declare the proxy, with its own keys and its configuration in the vault, and a front door where it is public."""
    facts = gateway_facts("proxy")
    master = _key(place, vault, "master-key", _MASTER_KEY)
    salt = _key(place, vault, "salt-key", _SALT_KEY)
    text = pulumi.Output.from_input(args["configuration"])
    written = _kept(place, vault, "configuration", _CONFIGURATION, text.apply(_small_enough), "application/yaml")
    given: Mapping[str, Any] = args.get("secret_variables", {})
    there = [
        _kept(place, vault, f"secret-{one['secret_name']}", one["secret_name"], one["value"], "key of an endpoint")
        for one in given.values()
        if one.get("value") is not None
    ]
    secrets = {
        "master-key": master.secret_uri,
        "salt-key": salt.secret_uri,
        # With its version: a new revision reads the very text that it was made for.
        "configuration": pulumi.Output.unsecret(written.properties).apply(
            lambda shown: str(part(shown, "secret_uri_with_version") or "")
        ),
        **{
            _secret_name(one): pulumi.Output.format("{0}/secrets/{1}", vault.host, secret["secret_name"])
            for one, secret in given.items()
        },
    }
    plain: dict[str, pulumi.Input[str]] = {
        "AZURE_CLIENT_ID": place.identity.client_id,
        "AZURE_POSTGRESQL_AUTH": "true",
        "DATABASE_HOST": database.host,
        "DATABASE_PORT": str(gateway_facts("postgres")["port"]),
        "DATABASE_USER": database.user,
        "DATABASE_NAME": args["database"].get("database_name", gateway_facts("postgres")["database"]),
        "REDIS_AZURE_AD_TOKEN": "true",
        "REDIS_HOST": redis.host,
        "REDIS_PORT": str(gateway_facts("redis")["port"]),
        "REDIS_SSL": "true",
        "REDIS_USERNAME": redis.user,
        "LITELLM_MODE": "PRODUCTION",
        "DISABLE_ADMIN_UI": "true",
        # A change of a secret alone starts nothing; this does, and so replicas read the new text.
        "CONFIGURATION_SHA256": text.apply(lambda found: hashlib.sha256(found.encode()).hexdigest()),
        **args.get("environment_variables", {}),
    }
    hidden = {
        "LITELLM_MASTER_KEY": "master-key",
        "LITELLM_SALT_KEY": "salt-key",
        **{one: _secret_name(one) for one in given},
    }
    replicas = args.get("replicas", {})
    where = f"{_NAME}: replicas"
    least = whole(where, replicas, "minimum", 2, least=1, most=1000)
    proxy = app.ContainerApp(
        f"{place.name}-proxy",
        resource_group_name=args["resource_group_name"],
        location=args["location"],
        container_app_name=args["gateway_name"],
        managed_environment_id=environment.id,
        workload_profile_name="Consumption",
        identity=_own_identity(place),
        configuration=app.ConfigurationArgs(
            active_revisions_mode=app.ActiveRevisionsMode.SINGLE,
            ingress=app.IngressArgs(
                # Of an environment that is internal, outside is the virtual network.
                external=True,
                target_port=facts["port"],
                transport=app.IngressTransportMethod.HTTP,
                allow_insecure=False,
            ),
            secrets=[_secret(place, one, uri) for one, uri in secrets.items()],
        ),
        template=app.TemplateArgs(
            containers=[
                app.ContainerArgs(
                    name="proxy",
                    image=args.get("image", facts["image"]),
                    args=[
                        "--config",
                        f"{_CONFIGURATION_FOLDER}/{facts['configurationFile']}",
                        "--port",
                        str(facts["port"]),
                    ],
                    env=[
                        *(app.EnvironmentVarArgs(name=key, value=value) for key, value in plain.items()),
                        *(app.EnvironmentVarArgs(name=key, secret_ref=ref) for key, ref in hidden.items()),
                    ],
                    resources=app.ContainerResourcesArgs(
                        cpu=replicas.get("cpu", 1.0), memory=replicas.get("memory", "2Gi")
                    ),
                    probes=_probes(facts),
                    volume_mounts=[app.VolumeMountArgs(volume_name="configuration", mount_path=_CONFIGURATION_FOLDER)],
                )
            ],
            volumes=[
                app.VolumeArgs(
                    name="configuration",
                    storage_type=app.StorageType.SECRET,
                    secrets=[
                        app.SecretVolumeItemArgs(secret_ref="configuration", path=facts["configurationFile"])  # noqa: S106
                    ],
                )
            ],
            scale=app.ScaleArgs(
                min_replicas=least,
                max_replicas=whole(where, replicas, "maximum", max(10, least), least=least, most=1000),
                rules=[
                    app.ScaleRuleArgs(
                        name="requests",
                        http=app.HttpScaleRuleArgs(
                            metadata={
                                "concurrentRequests": str(
                                    whole(where, replicas, "concurrent_requests", 50, least=1, most=10_000)
                                )
                            }
                        ),
                    )
                ],
            ),
        ),
        tags=args.get("tags"),
        opts=child_options(place.component, depends_on=[*after, written, *there, salt, master]),
    )
    door = [] if (sign_in := args.get("sign_in")) is None else [_front_door(place, args, proxy, sign_in)]
    return Proxy(proxy, master, proxy.configuration.apply(_host), (proxy, *door))


def _front_door(
    place: Place, args: Mapping[str, Any], proxy: "app.ContainerApp", sign_in: Mapping[str, Any]
) -> pulumi.Resource:
    client_id = sign_in["client_id"]
    audiences = sign_in.get("allowed_audiences") or [client_id, pulumi.Output.format("api://{0}", client_id)]
    return app.ContainerAppsAuthConfig(
        f"{place.name}-sign-in",
        resource_group_name=args["resource_group_name"],
        container_app_name=proxy.name,
        auth_config_name="current",
        platform=app.AuthPlatformArgs(enabled=True),
        global_validation=app.GlobalValidationArgs(
            unauthenticated_client_action=app.UnauthenticatedClientActionV2.RETURN401
        ),
        identity_providers=app.IdentityProvidersArgs(
            azure_active_directory=app.AzureActiveDirectoryArgs(
                enabled=True,
                registration=app.AzureActiveDirectoryRegistrationArgs(
                    client_id=client_id,
                    open_id_issuer=pulumi.Output.format("https://login.microsoftonline.com/{0}/v2.0", place.tenant),
                ),
                validation=app.AzureActiveDirectoryValidationArgs(allowed_audiences=audiences),
            )
        ),
        opts=child_options(place.component),
    )


def declare_teams(
    place: Place, args: Mapping[str, Any], vault: Store, environment: "app.ManagedEnvironment", proxy: Proxy
) -> tuple[dict[str, VaultKey], pulumi.Output[str]]:
    """Declare the teams' keys and the job that has the proxy know them; return the keys by team, and the job's id."""
    teams = args.get("teams", {})
    keys = {team: _key(place, vault, f"team-{team}", team_secret(team)) for team in teams}
    if not teams:
        return keys, pulumi.Output.from_input("")
    script = files("llama_azure").joinpath("_gateway_teams_job.py").read_text(encoding="utf-8")
    wanted = json.dumps({team: _wanted(args["gateway_name"], team, one) for team, one in teams.items()})
    variables: dict[str, pulumi.Input[str]] = {
        "GATEWAY_URL": pulumi.Output.format("https://{0}", proxy.host),
        "TEAMS": wanted,
        "VAULT_URL": vault.host,
        "AZURE_CLIENT_ID": place.identity.client_id,
    }
    if (sign_in := args.get("sign_in")) is not None:
        variables["SIGN_IN_AUDIENCE"] = sign_in["client_id"]
    job = app.Job(
        f"{place.name}-teams",
        resource_group_name=args["resource_group_name"],
        location=args["location"],
        job_name=f"{args['gateway_name']}-teams",
        environment_id=environment.id,
        workload_profile_name="Consumption",
        identity=_own_identity(place),
        configuration=app.JobConfigurationArgs(
            trigger_type=app.TriggerType.SCHEDULE,
            schedule_trigger_config=app.JobConfigurationScheduleTriggerConfigArgs(
                cron_expression="*/30 * * * *", parallelism=1, replica_completion_count=1
            ),
            replica_timeout=900,
            replica_retry_limit=2,
            secrets=[_secret(place, "master-key", proxy.master.secret_uri)],
        ),
        template=app.JobTemplateArgs(
            containers=[
                app.ContainerArgs(
                    name="teams",
                    image=args.get("image", gateway_facts("proxy")["image"]),
                    command=["python"],
                    args=["-c", script],
                    env=[
                        *(app.EnvironmentVarArgs(name=key, value=value) for key, value in variables.items()),
                        app.EnvironmentVarArgs(name="LITELLM_MASTER_KEY", secret_ref="master-key"),  # noqa: S106
                    ],
                    resources=app.ContainerResourcesArgs(cpu=0.25, memory="0.5Gi"),
                )
            ]
        ),
        tags=args.get("tags"),
        opts=child_options(place.component, depends_on=[*proxy.ready, *keys.values()]),
    )
    JobRun(
        f"{place.name}-teams-run",
        job_id=job.id,
        revision=pulumi.Output.from_input(hashlib.sha256(f"{wanted}\0{script}".encode()).hexdigest()),
        opts=child_options(place.component, depends_on=[job]),
    )
    return keys, job.id


def _kept(
    place: Place, vault: Store, what: str, secret_name: str, value: pulumi.Input[str], content_type: str
) -> "keyvault.Secret":
    """Write a value into the vault, through Azure Resource Manager, which a closed vault lets in."""
    return keyvault.Secret(
        f"{place.name}-{what}",
        resource_group_name=vault.id.apply(lambda found: ResourceId.parse(found).resource_group or ""),
        vault_name=vault.id.apply(lambda found: ResourceId.parse(found).name),
        secret_name=secret_name,
        properties=keyvault.SecretPropertiesArgs(value=pulumi.Output.secret(value), content_type=content_type),
        opts=child_options(place.component, depends_on=list(vault.ready)),
    )


def _key(place: Place, vault: Store, what: str, secret_name: str) -> VaultKey:
    return VaultKey(
        f"{place.name}-{what}",
        vault_id=vault.id,
        secret_name=secret_name,
        opts=child_options(place.component, depends_on=list(vault.ready)),
    )


def _own_identity(place: Place) -> "app.ManagedServiceIdentityArgs":
    return app.ManagedServiceIdentityArgs(
        type=app.ManagedServiceIdentityType.USER_ASSIGNED, user_assigned_identities=[place.identity.id]
    )


def _secret(place: Place, name: str, uri: pulumi.Input[str]) -> "app.SecretArgs":
    return app.SecretArgs(name=name, key_vault_url=uri, identity=place.identity.id)


def _probes(facts: Mapping[str, Any]) -> list["app.ContainerAppProbeArgs"]:
    def probe(kind: str, path: str, period: int, failures: int) -> "app.ContainerAppProbeArgs":
        return app.ContainerAppProbeArgs(
            type=kind,
            http_get=app.ContainerAppProbeHttpGetArgs(path=path, port=facts["port"]),
            period_seconds=period,
            timeout_seconds=5,
            failure_threshold=failures,
        )

    # The first start makes the tables of the database, which takes minutes.
    return [
        probe("Startup", facts["live"], 10, 30),
        probe("Liveness", facts["live"], 15, 4),
        probe("Readiness", facts["ready"], 10, 3),
    ]


def _host(configuration: Any) -> str:
    return str(part(configuration, "ingress", "fqdn") or "")


def _secret_name(variable: str) -> str:
    """Return what the container app calls the secret of an environment variable."""
    return variable.lower().replace("_", "-")


def _small_enough(text: str) -> str:
    most = gateway_facts("keyVault")["secretBytes"]
    if len(text.encode()) > most:
        raise pulumi.RunError(
            f"configuration: it has {len(text.encode())} bytes, and a secret of a key vault holds {most}; serve fewer "
            "endpoints by one gateway"
        )
    return text


def _wanted(gateway: str, team: str, limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the job is told of a team; a team keeps its id for life."""
    return {
        "id": f"{gateway}-{team}",
        "secret": team_secret(team),
        "limits": {
            "models": list(limits.get("models", [])),
            "tpm_limit": None if (most := limits.get("tokens_per_minute")) is None else int(most),
            "rpm_limit": None if (most := limits.get("requests_per_minute")) is None else int(most),
            "max_budget": limits.get("budget"),
            "budget_duration": limits.get("budget_duration", "30d") if limits.get("budget") is not None else None,
        },
    }
