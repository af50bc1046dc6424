"""What Azure has of a resource at the moment at which the program declares it.

azure-native compares a program with Pulumi's state alone. Four things need Azure itself, and are done here by a
transform of the resource, which the engine calls before it compares:

- A resource that Azure holds as Failed is to be written again. The engine does so by itself after an update that
  failed, but a refresh forgets that it did: then the inputs are the same, and nothing is written.
- An online endpoint is written as a whole, traffic included, and its traffic is set elsewhere (``EndpointTraffic``).
  A PUT may take away what it leaves out, and the traffic in the state may be of yesterday. So whatever is written
  carries the traffic that the endpoint has.
- A Foundry resource takes no deployment, project or connection before it is Succeeded itself.
- Names differ in case for azure-native and not for Azure. What Azure finds by a name in another case is not made anew.

What callers will notice is said before it happens.

Each is a question to Azure, so none is asked whose answer is known: what lies in a resource group or a workspace that
was not there when the program declared it is not there either.
"""

import asyncio
import weakref
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pulumi
from pulumi.runtime.rpc import is_rpc_secret

from llama_azure._answers import UnansweredError, ask, is_absent, part, settled
from llama_azure_core.regions import normalise_region
from llama_azure_core.serving import shared_quota
from llama_azure_core.traffic import (
    Deployed,
    Interruption,
    Reached,
    deployment_interruptions,
    endpoint_interruptions,
    serverless_interruptions,
)

REPAIRS_TAG = "llama-azure-repairs"
"""The tag that counts how often a resource was written again because its creation failed."""

Json = dict[str, Any]

_TRAFFIC = ("traffic", "mirrorTraffic")
_WRITTEN = ("identity", "kind", "properties", "sku", "tags")
"""What a PUT of an endpoint can change."""
_WORKSPACE_TYPE = "azure-native:machinelearningservices:Workspace"
_ENDPOINT_TYPE = "azure-native:machinelearningservices:OnlineEndpoint"
_IN_WORKSPACE = ("resourceGroupName", "workspaceName")
_SERVERLESS_TYPE = "azure-native:machinelearningservices:ServerlessEndpoint"
_DEPLOYMENT_TYPE = "azure-native:machinelearningservices:OnlineDeployment"
_UNTAGGED = frozenset(
    {
        "azure-native:machinelearningservices:MarketplaceSubscription",
        "azure-native:machinelearningservices:WorkspaceConnection",
        "azure-native:cognitiveservices:AccountConnection",
        "azure-native:cognitiveservices:ProjectConnection",
    }
)
_IN_ACCOUNT = ("resourceGroupName", "accountName")
_ACCOUNT_TYPE = "azure-native:cognitiveservices:Account"
_READERS = {
    _WORKSPACE_TYPE: ("getWorkspace", _IN_WORKSPACE),
    _SERVERLESS_TYPE: ("getServerlessEndpoint", (*_IN_WORKSPACE, "name")),
    _ENDPOINT_TYPE: ("getOnlineEndpoint", (*_IN_WORKSPACE, "endpointName")),
    "azure-native:machinelearningservices:MarketplaceSubscription": (
        "getMarketplaceSubscription",
        (*_IN_WORKSPACE, "name"),
    ),
    "azure-native:machinelearningservices:WorkspaceConnection": (
        "getWorkspaceConnection",
        (*_IN_WORKSPACE, "connectionName"),
    ),
    _DEPLOYMENT_TYPE: (
        "getOnlineDeployment",
        (*_IN_WORKSPACE, "endpointName", "deploymentName"),
    ),
    "azure-native:operationalinsights:Workspace": ("getWorkspace", ("resourceGroupName", "workspaceName")),
    "azure-native:applicationinsights:Component": ("getComponent", ("resourceGroupName", "resourceName")),
    "azure-native:storage:StorageAccount": ("getStorageAccount", ("resourceGroupName", "accountName")),
    "azure-native:keyvault:Vault": ("getVault", ("resourceGroupName", "vaultName")),
    "azure-native:containerregistry:Registry": ("getRegistry", ("resourceGroupName", "registryName")),
    _ACCOUNT_TYPE: ("getAccount", _IN_ACCOUNT),
    "azure-native:cognitiveservices:Deployment": ("getDeployment", (*_IN_ACCOUNT, "deploymentName")),
    "azure-native:cognitiveservices:Project": ("getProject", (*_IN_ACCOUNT, "projectName")),
    "azure-native:cognitiveservices:RaiPolicy": ("getRaiPolicy", (*_IN_ACCOUNT, "raiPolicyName")),
    "azure-native:cognitiveservices:RaiBlocklist": ("getRaiBlocklist", (*_IN_ACCOUNT, "raiBlocklistName")),
    "azure-native:cognitiveservices:RaiBlocklistItem": (
        "getRaiBlocklistItem",
        (*_IN_ACCOUNT, "raiBlocklistName", "raiBlocklistItemName"),
    ),
    "azure-native:cognitiveservices:AccountConnection": ("getAccountConnection", (*_IN_ACCOUNT, "connectionName")),
    "azure-native:cognitiveservices:ProjectConnection": (
        "getProjectConnection",
        (*_IN_ACCOUNT, "projectName", "connectionName"),
    ),
    "azure-native:authorization:RoleDefinition": ("getRoleDefinition", ("scope", "roleDefinitionId")),
    "azure-native:authorization:RoleAssignment": ("getRoleAssignment", ("scope", "roleAssignmentName")),
}
_SPELLED = {
    _WORKSPACE_TYPE: (
        "hubResourceId",
        "keyVault",
        "storageAccount",
        "applicationInsights",
        "containerRegistry",
    ),
    "azure-native:authorization:RoleDefinition": ("roleName", "assignableScopes"),
    "azure-native:authorization:RoleAssignment": (),
}
"""What holds names of others, whose case means nothing."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What a program asks of the engine for a resource."""

    props: Json
    """The inputs."""
    ignored: tuple[str, ...] = ()
    """The paths whose changes are ignored."""
    replacing: tuple[str, ...] = ()
    """The paths whose changes replace the resource, beside those that azure-native knows."""


_absent: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, set[tuple[str, ...]]] = weakref.WeakKeyDictionary()
"""By program: the names, in lower case, that lead to the groups and workspaces which were not there."""


def _was_absent(place: Json) -> bool:
    """Whether the group or the workspace that something lies in was not there when it was declared."""
    seen = _absent.get(asyncio.get_running_loop(), set())
    above = [str(place[name]).casefold() for name in _IN_WORKSPACE if name in place]
    return any(tuple(above[:length]) in seen for length in (1, 2))


def _note_absent(place: Json) -> None:
    _absent.setdefault(asyncio.get_running_loop(), set()).add(tuple(str(name).casefold() for name in place.values()))


def note_whether_a_group_is_there(name: str) -> None:
    """Ask for a resource group that the program is about to declare, so that nothing in it is asked for in vain.

    At once, and not in a transform: a program that ends in an error while the engine calls a transform prints a
    traceback of its RPC server.
    """
    place = {"resourceGroupName": name}
    if is_absent("getResourceGroup", place, module="resources"):
        _note_absent(place)


_MOST_CALLS = 10_000
"""More calls of the engine than a program has at one time."""
_with_room: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()


def _make_room_for_questions() -> None:
    """Let the program make as many calls of the engine at one time as it has resources.

    The SDK makes each in a thread of the loop's own, of which there are four for each of `--parallel`. A registration
    holds its thread until its transform has answered, and the transform asks in another one: where as many resources
    are registered as there are threads, nobody would ever answer. The engine itself still makes no more than
    `--parallel` at a time.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    if loop not in _with_room:
        loop.set_default_executor(ThreadPoolExecutor(_MOST_CALLS, "engine-calls"))
        _with_room.add(loop)


def with_what_azure_has(component: pulumi.Resource) -> pulumi.ResourceTransform:
    """Return the transform of a component's children; it asks through the component's azure-native provider."""

    async def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        function, names = _READERS[args.type_]
        place = {name: args.props.get(name) for name in names}
        # What is not known yet is not there yet. The SDK hands an unknown value over, and would send it back, as none.
        if _has_none(dict(args.props)) or _has_none(place) or _was_absent(place):
            return None
        before = Desired(dict(args.props), tuple(args.opts.ignore_changes or ()))
        if names[:2] == _IN_ACCOUNT and args.type_ != _ACCOUNT_TYPE and not pulumi.runtime.is_dry_run():
            # Azure takes nothing in an account before that is Succeeded.
            await settled(component, "getAccount", {name: place[name] for name in _IN_ACCOUNT})
        try:
            shown = await ask(component, function, place, module=args.type_.split(":")[1])
        except UnansweredError as error:
            desired = _unread(component, args.type_, place, before, error)
        else:
            if shown is None:
                if args.type_ == _WORKSPACE_TYPE:
                    _note_absent(place)
                return None
            for one in await _interruptions(component, args.type_, before.props, shown):
                pulumi.log.warn(f"{one.sentence}; {one.remedy}", component)
            desired = to_write(args.type_, before, shown, await _names_of_others(args.type_, before.props))
        if desired == before:
            return None
        args.opts.ignore_changes = list(desired.ignored)
        args.opts.replace_on_changes = [*(args.opts.replace_on_changes or ()), *desired.replacing]
        return pulumi.ResourceTransformResult(desired.props, args.opts)

    _make_room_for_questions()
    return transform


def _unread(component: pulumi.Resource, kind: str, place: Json, desired: Desired, error: UnansweredError) -> Desired:
    """Return what is to be asked for, of a resource that Azure does not show: of an endpoint nothing, lest it lose its
    traffic, of any other what the program asks for."""
    if kind != _ENDPOINT_TYPE:
        return desired
    pulumi.log.warn(
        f"the endpoint {place['endpointName']} cannot be read, so that this run leaves it as it is, for fear of its "
        f"traffic: {error}",
        component,
    )
    return replace(desired, ignored=(*desired.ignored, *_WRITTEN))


async def _interruptions(component: pulumi.Resource, kind: str, wanted: Json, shown: Json) -> Iterable[Interruption]:
    """Return what callers will notice: what cannot be changed is deleted, and its traffic first."""
    if kind == _ENDPOINT_TYPE:
        called = any((part(shown, "properties", "traffic") or {}).values())
        name = str(wanted["endpointName"])
        return endpoint_interruptions(name, Reached.of(shown), Reached.of(wanted), is_called=called)
    if kind == _SERVERLESS_TYPE:
        models = [str(part(one, "properties", "modelSettings", "modelId") or "") for one in (shown, wanted)]
        return serverless_interruptions(str(wanted["name"]), *models)
    now, then = Deployed.of(shown), Deployed.of(wanted)
    if kind != _DEPLOYMENT_TYPE or now == then:
        return ()
    try:
        endpoint = await ask(component, "getOnlineEndpoint", {one: wanted[one] for one in _READERS[_ENDPOINT_TYPE][1]})
    except UnansweredError:
        return ()
    name = str(wanted["deploymentName"])
    share = int((part(endpoint, "properties", "traffic") or {}).get(name) or 0)
    return deployment_interruptions(name, str(wanted["endpointName"]), share, now, then)


async def _names_of_others(kind: str, props: Json) -> Json:
    """Return the inputs that name other resources. What another resource told comes as an output, with that resource
    among what it depends on: it is compared by its value, and handed back as it came."""
    values = {name: props[name] for name in _SPELLED.get(kind, ()) if name in props}
    return {name: await one.future() if isinstance(one, pulumi.Output) else one for name, one in values.items()}


def to_write(kind: str, desired: Desired, shown: Json, names: Json | None = None) -> Desired:
    """Return what is to be asked for, of a resource that is as Azure shows it.

    Args:
        kind: the resource's type token.
        desired: what the program asks for.
        shown: the resource as azure-native's function returns it.
        names: the inputs that name other resources, as plain values. Default: those of ``desired``.
    """
    names = desired.props if names is None else names
    desired = replace(desired, ignored=(*desired.ignored, *_in_another_spelling(kind, names, shown)))
    if "scope" in _READERS[kind][1]:
        # It was found at the scope, so that is the same, too.
        return replace(desired, ignored=(*desired.ignored, "scope"))
    if kind in _UNTAGGED and _has_failed(shown):
        return replace(desired, props=_in_another_name(kind, desired.props, shown))
    props = desired.props if kind in _UNTAGGED else _with_repairs(desired.props, shown)
    desired = replace(desired, ignored=(*desired.ignored, *_in_another_case(kind, props, shown)))
    if kind == _ACCOUNT_TYPE and part(props, "properties", "restore"):
        # What is there is not to be restored.
        kept = {name: value for name, value in props["properties"].items() if name != "restore"}
        return replace(desired, props={**props, "properties": kept})
    if kind != _ENDPOINT_TYPE:
        return replace(desired, props=props)
    if _other_quota(props, shown):
        # An endpoint has its quota for life. The new one is refused traffic, for its deployments come later.
        quota = "properties.properties"
        return Desired(props, tuple(one for one in desired.ignored if one != quota), replacing=(quota,))
    if is_as_wanted(props, shown):
        # There is nothing to write, whatever the state says.
        return replace(desired, props=props, ignored=(*desired.ignored, *_WRITTEN))
    properties = shown.get("properties") or {}
    traffic = {name: _whole(properties[name]) for name in _TRAFFIC if properties.get(name)}
    if normalise_region(str(props.get("location"))) == normalise_region(str(shown.get("location"))):
        props = {**props, "properties": {**(props.get("properties") or {}), **traffic}}
    return Desired(props, tuple(one for one in desired.ignored if one.removeprefix("properties.") not in _TRAFFIC))


def _in_another_case(kind: str, props: Json, shown: Json) -> list[str]:
    """Return the names that Azure spells otherwise than the program does, though it finds the resource by them."""
    spelled = {segment.casefold(): segment for segment in str(shown.get("id") or "").split("/")}
    _, names = _READERS[kind]
    given = {name: str(props.get(name)) for name in names if props.get(name)}
    return [name for name, value in given.items() if spelled.get(value.casefold(), value) != value]


def _in_another_name(kind: str, props: Json, shown: Json) -> Json:
    """Return inputs that make anew what has failed and has no tags: its name in letters of another case.

    No other input can change and mean the same. The name stays so; later it is a name in another case.
    """
    name = _READERS[kind][1][-1]
    spelled = str(shown.get("id") or "").rpartition("/")[2]
    return {**props, name: str(props[name]).swapcase()} if props[name] == spelled else props


def _in_another_spelling(kind: str, props: Json, shown: Json) -> list[str]:
    """Return the names of others that the program spells otherwise than Azure does, in letters of another case."""
    pairs = {name: (props.get(name), shown.get(name)) for name in _SPELLED.get(kind, ())}
    return [name for name, (one, other) in pairs.items() if one != other and _folded(one) == _folded(other)]


def _folded(value: object) -> object:
    return [_folded(one) for one in value] if isinstance(value, list) else str(value).casefold()


def _has_failed(shown: Json) -> bool:
    return (part(shown, "properties", "provisioningState") or shown.get("provisioningState")) == "Failed"


def is_as_wanted(wanted: Json, shown: Json) -> bool:
    """Whether a PUT of an online endpoint would change nothing but its traffic."""
    ours, theirs = wanted.get("properties") or {}, shown.get("properties") or {}
    said = {"authMode", "description", "publicNetworkAccess"}
    return (
        (wanted.get("tags") or {}) == (shown.get("tags") or {})
        and _identity(wanted) == _identity(shown)
        and str(wanted.get("kind", "")).lower() == str(shown.get("kind", "")).lower()
        and all((ours.get(name) or "") == (theirs.get(name) or "") for name in said)
    )


def _other_quota(wanted: Json, shown: Json) -> bool:
    """Whether an endpoint is to use shared quota and does not, or the other way round."""
    name = shared_quota().endpoint_property
    wants, has = (bool(part(one, "properties", "properties", name)) for one in (wanted, shown))
    return wants != has


def _with_repairs(wanted: Json, shown: Json) -> Json:
    """Return inputs that differ from the last ones if the resource has failed since."""
    tags = wanted.get("tags") or {}
    if is_rpc_secret(tags):
        return wanted
    repairs = str((shown.get("tags") or {}).get(REPAIRS_TAG) or "0")
    if _has_failed(shown):
        repairs = str(int(repairs) + 1 if repairs.isdecimal() else 1)
    return wanted if repairs == "0" else {**wanted, "tags": {**tags, REPAIRS_TAG: repairs}}


def _identity(body: Json) -> tuple[str, set[str]]:
    identity = body.get("identity") or {}
    kinds = str(identity.get("type", "")).replace(" ", "").lower()
    return kinds, {one.lower() for one in identity.get("userAssignedIdentities") or ()}


def _whole(shares: Json) -> dict[str, int]:
    return {name: int(share) for name, share in shares.items() if share}


def _has_none(value: object) -> bool:
    if isinstance(value, dict):
        return any(_has_none(member) for member in value.values())
    if isinstance(value, list):
        return any(_has_none(member) for member in value)
    return value is None
