"""The resource providers that the sandbox knows by name, and the api-versions of their types (``providers.yaml``)."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from llama_azure_core.regions import normalise_region, region_names
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.ids import ArmPath
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.status_codes import types_of_clients
from llama_azure_sandbox.arm.world import World

# Namespaces all of whose types one generated client has. Others are spread over several, such as private DNS zones and
# policy assignments: of those any type is believed in.
_KNOWN_WHOLE = (
    "microsoft.cognitiveservices",
    "microsoft.keyvault",
    "microsoft.machinelearningservices",
    "microsoft.managedidentity",
    "microsoft.operationalinsights",
    "microsoft.storage",
)
_API_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-[a-z]+)?", re.IGNORECASE)


@cache
def known_providers() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the api-versions of each type, by namespace and type below it, as Azure spells them."""
    text = files(__package__).joinpath("providers.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - dates stay strings
    return {
        namespace: {kind: tuple(versions) for kind, versions in types.items()} for namespace, types in content.items()
    }


def spelled_namespace(namespace: str) -> str:
    """Return a namespace as Azure spells it, or as it is where it is not known."""
    return next((known for known in known_providers() if known.lower() == namespace.lower()), namespace)


def api_versions(resource_type: str) -> tuple[str, ...]:
    """Return the api-versions of a type, the oldest first; nothing for a type that is not listed."""
    return _versions_by_type().get(resource_type.lower(), ())


def require_api_version(world: World, path: ArmPath, request: ArmRequest) -> None:
    """Refuse an api-version that the type of a request never had.

    One that is newer than the newest that is known is believed in: clients are released more often than the list.

    Raises:
        ArmError: 400; the message is Azure's and lists the versions.
    """
    kind = path.collection or (path.id.type if path.id is not None else "")
    versions = api_versions(kind)
    if path.action is not None and not versions and path.id is not None:
        versions = api_versions(path.id.type)
    asked = str(request.api_version)
    if not versions or not world.settings.check_api_versions or _is_known_or_newer(asked.lower(), versions):
        return
    short, location = kind.partition("/")[2], _location(world, path, request)
    raise ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{location}' and API version '{asked}' for type "
        f"'{short}'. The supported api-versions are '{', '.join(versions)}'. The supported locations are "
        f"'{', '.join(region_names())}'.",
    )


def is_known_namespace(namespace: str) -> bool:
    """Whether a namespace is that of a resource provider; one that is not Microsoft's is believed in."""
    return namespace.lower() in _namespaces() or not namespace.lower().startswith("microsoft.")


def require_known_type(resource_type: str, api_version: str) -> None:
    """Refuse a type that is none: of a namespace that is none, or not among the types of one that is known whole.

    Raises:
        ArmError: 404, in the words of Azure Resource Manager.
    """
    namespace, _, short = resource_type.partition("/")
    if not is_known_namespace(namespace):
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{namespace}' is invalid.")
    types = _types_known_whole().get(namespace.lower())
    if types is not None and resource_type.lower() not in types:
        versions = sorted({version for kind, found in _versions_by_type().items() for version in found
                           if kind.startswith(f"{namespace.lower()}/")})  # fmt: skip
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{short}' could not be found in the namespace '{spelled_namespace(namespace)}' for api "
            f"version '{api_version}'. The supported api-versions are '{','.join(versions)}'.",
        )


def _is_known_or_newer(asked: str, versions: tuple[str, ...]) -> bool:
    match = _API_VERSION.fullmatch(asked)
    return asked in versions or (match is not None and match[1] > max(version[:10] for version in versions))


def _location(world: World, path: ArmPath, request: ArmRequest) -> str:
    """Return where the resource of a request is or is to be, as far as that is known."""
    if isinstance(request.body, dict) and request.body.get("location"):
        return normalise_region(str(request.body["location"]))
    stored = None if path.id is None else world.store.resource(path.id.key)
    return normalise_region(str((stored.body if stored is not None else {}).get("location", "global")))


@cache
def _versions_by_type() -> Mapping[str, tuple[str, ...]]:
    return {
        f"{namespace}/{kind}".lower(): versions
        for namespace, types in known_providers().items()
        for kind, versions in types.items()
    }


@cache
def _types_known_whole() -> Mapping[str, frozenset[str]]:
    """Return the types of each namespace that is known whole, in lower case."""
    everything = {*types_of_clients(), *_versions_by_type()}
    return {
        namespace: frozenset(kind for kind in everything if kind.startswith(f"{namespace}/"))
        for namespace in _KNOWN_WHOLE
    }


@cache
def _namespaces() -> frozenset[str]:
    text = files(__package__).joinpath("namespaces.yaml").read_text(encoding="utf-8")
    others: list[str] = yaml.safe_load(text)
    of_clients = {kind.partition("/")[0] for kind in types_of_clients()}
    return frozenset({name.lower() for name in (*others, *known_providers())} | of_clients)
