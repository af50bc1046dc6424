"""Microsoft.App: environments in a subnet, container apps, their front door, jobs. Nothing of them runs here.

What is refused, and the words, are this sandbox's where no source says more (source S301).
"""

import secrets
import uuid
from typing import Any
from urllib.parse import urlsplit

from llama_azure_core.gateway import gateway_facts
from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_types import (
    CONTAINER_APP,
    CONTAINER_APP_SIGN_IN,
    CONTAINER_APPS_ENVIRONMENT,
    CONTAINER_APPS_JOB,
    KEY_VAULT,
    SUBNET,
)
from llama_azure_sandbox.arm.authorization.assignments import may_with_data
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.resource_type import (
    ActionRequest,
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
    provisioning_state,
    unique_id,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_READ_SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"  # noqa: S105 - an action
_SIGN_IN_NAME = "current"
_EXECUTION = f"{CONTAINER_APPS_JOB}/executions"


class ManagedEnvironment(ResourceType):
    """Where container apps run: in a subnet of their own, or in a network of Azure's."""

    needs_location = True
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.vnetConfiguration.infrastructureSubnetId", "properties.vnetConfiguration.internal",
                 "properties.zoneRedundant")  # fmt: skip

    def check(self, request: PutRequest) -> None:
        super().check(request)
        network = request.properties.get("vnetConfiguration") or {}
        wanted = network.get("infrastructureSubnetId")
        if wanted is not None:
            _require_subnet(request, str(wanted))
        elif network.get("internal") or request.properties.get("zoneRedundant"):
            raise _bad("An environment that is internal or zone redundant needs an infrastructureSubnetId.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        label = unique_id(resource, "domain")[:8]
        region = normalise_region(str(resource.body["location"]))
        return {"defaultDomain": f"gateway-{label}.{region}.azurecontainerapps.io", "staticIp": "10.255.255.4"}

    def check_delete(self, request: DeleteRequest) -> None:
        users = [
            one.id
            for kind, name in ((CONTAINER_APP, "managedEnvironmentId"), (CONTAINER_APPS_JOB, "environmentId"))
            for one in request.world.store.marked(Mark.LEADS_TO, request.resource.key, kind)
            if str(one.body["properties"].get(name) or "").lower() == request.resource.key
        ]
        if users:
            raise ArmError(409, "ManagedEnvironmentHasContainerApps", f"The environment runs {', '.join(users)}.")


class ContainerApp(ResourceType):
    """A container app. Its images are not fetched, and nothing answers at its address."""

    needs_location = True
    name_kind = NameKind.CONTAINER_APP
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.managedEnvironmentId",)

    def check(self, request: PutRequest) -> None:
        super().check(request)
        _require_runnable(request, "managedEnvironmentId")
        scale: Json = (request.properties.get("template") or {}).get("scale") or {}
        least, most = scale.get("minReplicas", 0), scale.get("maxReplicas", 10)
        if least is not None and most is not None and not 0 <= least <= most:
            raise _bad(f"minReplicas is {least} and maxReplicas {most}: the least is not more than the most.")

    def completed(self, request: PutRequest, body: Json) -> Json:
        return {**body, "properties": _without_values(request.properties)}

    def present(self, resource: StoredResource, world: World) -> Json:
        shown = super().present(resource, world)
        properties: Json = shown["properties"]
        environment = world.store.resource(str(properties.get("managedEnvironmentId") or "").lower())
        configuration: Json = properties.get("configuration") or {}
        ingress: Json | None = configuration.get("ingress")
        revision = f"{resource.name}--{_fingerprint(properties.get('template'))}"
        properties = {**properties, "latestRevisionName": revision}
        if ingress and environment is not None and provisioning_state(environment) == "Succeeded":
            domain = ManagedEnvironment(CONTAINER_APPS_ENVIRONMENT).read_only_properties(environment, world)
            inside = "" if ingress.get("external") else ".internal"
            fqdn = f"{resource.name}{inside}.{domain['defaultDomain']}"
            properties["configuration"] = {**configuration, "ingress": {**ingress, "fqdn": fqdn}}
            properties["latestRevisionFqdn"] = f"{revision}{inside}.{domain['defaultDomain']}"
        return {**shown, "properties": properties}


class SignIn(ResourceType):
    """Who is let through to a container app, before the app is asked."""

    def check(self, request: PutRequest) -> None:
        super().check(request)
        if request.id.name != _SIGN_IN_NAME:
            raise _bad(f"The name of a container app's authConfig is {_SIGN_IN_NAME}, not {request.id.name}.")
        entra: Json = (request.properties.get("identityProviders") or {}).get("azureActiveDirectory") or {}
        registration: Json = entra.get("registration") or {}
        if entra.get("enabled", bool(entra)) and not (
            registration.get("clientId") and registration.get("openIdIssuer")
        ):
            raise _bad("azureActiveDirectory.registration needs clientId and openIdIssuer.")


def _start(request: ActionRequest) -> ArmAnswer:
    """Note a run, which ends at once: the container is not run."""
    job, store = request.resource, request.world.store
    name = f"{job.name}-{secrets.token_hex(4)}"
    path = f"{job.id}/executions/{name}"
    body = {"properties": {"status": "Succeeded", "provisioningState": "Succeeded"}}
    store.save(StoredResource(path.lower(), path, _EXECUTION, job.key, str(uuid.uuid4()), body, {}))
    return ArmAnswer(200, {"id": path, "name": name})


_ACTIONS = {"start": _start}


class Job(ResourceType):
    """A container that runs to its end, by a schedule or when it is started. It is noted, and not run."""

    needs_location = True
    name_kind = NameKind.CONTAINER_APP
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.environmentId",)
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        _require_runnable(request, "environmentId")
        configuration: Json = request.properties.get("configuration") or {}
        kind = str(configuration.get("triggerType") or "")
        if not configuration.get(f"{kind.lower()}TriggerConfig") and kind.lower() != "manual":
            raise _bad(f"A job of the trigger type {kind or '(none)'} needs {kind.lower()}TriggerConfig.")

    def completed(self, request: PutRequest, body: Json) -> Json:
        return {**body, "properties": _without_values(request.properties)}


def _without_values(properties: Json) -> Json:
    """Return the properties without the secrets' values, which Azure takes and shows nobody."""
    configuration: Json = properties.get("configuration") or {}
    listed = [
        {key: value for key, value in one.items() if key != "value"} for one in configuration.get("secrets") or []
    ]
    if not listed:
        return properties
    return {**properties, "configuration": {**configuration, "secrets": listed}}


def _require_subnet(request: PutRequest, wanted: str) -> None:
    subnet = request.world.store.resource(wanted.lower())
    if subnet is None:
        if f"/subscriptions/{request.id.subscription}/".lower() not in wanted.lower():
            return  # somebody else's, who is believed
        raise _bad(f"The subnet {wanted} was not found.")
    if subnet.type.lower() != SUBNET.lower():
        raise _bad(f"{wanted} is no subnet.")
    facts, properties = gateway_facts("containerApps"), subnet.body["properties"]
    delegated = [
        str((one.get("properties") or {}).get("serviceName")).lower() for one in properties.get("delegations") or ()
    ]
    if facts["delegation"].lower() not in delegated:
        raise ArmError(
            400,
            "ManagedEnvironmentSubnetDelegationError",
            f"The subnet of the environment must be delegated to the service '{facts['delegation']}'.",
        )
    prefix = str(properties.get("addressPrefix") or next(iter(properties.get("addressPrefixes") or ()), ""))
    if prefix and int(prefix.rpartition("/")[2]) > facts["smallestSubnet"]:
        raise ArmError(
            400,
            "ManagedEnvironmentInvalidNetworkConfiguration",
            f"The subnet {wanted} is {prefix}: an environment with workload profiles needs "
            f"/{facts['smallestSubnet']} or larger.",
        )


def _require_runnable(request: PutRequest, environment: str) -> None:
    """Refuse what could not run: its environment, its secrets, what its containers name."""
    wanted = str(request.properties.get(environment) or "")
    there = request.world.store.resource(wanted.lower())
    if there is None or there.type.lower() != CONTAINER_APPS_ENVIRONMENT.lower():
        raise ArmError(400, "ManagedEnvironmentNotFound", f"The environment '{wanted}' was not found.")
    if provisioning_state(there) != "Succeeded":
        raise ArmError(
            409, "ManagedEnvironmentNotReadyForAppCreation", f"The environment '{wanted}' is not Succeeded yet."
        )
    configuration: Json = request.properties.get("configuration") or {}
    held: Json = {str(one.get("name")): one for one in configuration.get("secrets") or ()}
    for name, one in held.items():
        _require_secret(request, name, one)
    template: Json = request.properties.get("template") or {}
    containers = [one for one in template.get("containers") or () if isinstance(one, dict)]
    if not containers:
        raise _bad("A template needs a container.")
    for container in containers:
        if not container.get("image"):
            raise _bad(f"The container '{container.get('name')}' has no image.")
    named = [str(one["secretRef"]) for container in containers for one in container.get("env") or ()
             if one.get("secretRef")]  # fmt: skip
    named += [
        str(one.get("secretRef")) for volume in template.get("volumes") or () for one in volume.get("secrets") or ()
    ]
    unknown = sorted({one for one in named if one not in held})
    if unknown:
        raise ArmError(
            400,
            "ContainerAppSecretRefNotFound",
            f"SecretRef '{unknown[0]}' defined for container '{containers[0].get('name')}' not found.",
        )


def _require_secret(request: PutRequest, name: str, secret: Json) -> None:
    """Refuse a secret without a value, or whose reference the app's identity cannot follow."""
    uri = secret.get("keyVaultUrl")
    if not uri:
        if secret.get("value") is None and request.existing is None:
            raise _bad(f"The secret '{name}' has neither a value nor a keyVaultUrl.")
        return
    identity = str(secret.get("identity") or "")
    if not identity:
        raise _bad(f"The secret '{name}' has a keyVaultUrl and no identity to read it with.")
    principal = _principal(request, identity)
    vault = _vault(request.world, str(uri))
    if vault is None:
        return  # another subscription's is believed in
    if principal is None or not may_with_data(request.world, principal, (_READ_SECRET,), vault.id):
        raise ArmError(
            400,
            "ContainerAppSecretInvalid",
            f"Invalid Request: Container app secret(s) with name(s) '{name}' are invalid: Unable to get value using "
            f"Managed identity {identity} for secret {name}",
        )
    path = f"{vault.key}/secrets/{urlsplit(str(uri)).path.split('/')[2].lower()}"
    found = request.world.store.resource(path)
    if found is None or not (found.body["properties"].get("attributes") or {}).get("enabled", True):
        raise ArmError(
            400,
            "ContainerAppSecretInvalid",
            f"Invalid Request: Container app secret(s) with name(s) '{name}' are invalid: {uri} was not found.",
        )


def _principal(request: PutRequest, identity: str) -> str | None:
    """Return the principal id of an identity that the app has."""
    own: Json = request.body.get("identity") or {}
    if identity.lower() == "system":
        return None if request.existing is None else unique_id(request.existing, "principal")
    if identity.lower() not in {name.lower() for name in own.get("userAssignedIdentities") or {}}:
        raise _bad(f"The identity {identity} of a secret is not among the identities of the app.")
    found = request.world.store.resource(identity.lower())
    return None if found is None else unique_id(found, "principal")


def _vault(world: World, uri: str) -> StoredResource | None:
    name = (urlsplit(uri).hostname or "").partition(".")[0]
    return next(iter(world.store.of_name(KEY_VAULT, name)), None)


def _fingerprint(template: Any) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, repr(template)).hex[:7]


def _bad(message: str) -> ArmError:
    return ArmError(400, "InvalidParameterValue", message)


CONTAINER_APPS_TYPES = (
    ManagedEnvironment(CONTAINER_APPS_ENVIRONMENT),
    ContainerApp(CONTAINER_APP),
    SignIn(CONTAINER_APP_SIGN_IN),
    Job(CONTAINER_APPS_JOB),
)
