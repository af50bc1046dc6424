"""The resource providers that the sandbox knows by name, and the api-versions of their types (``providers.yaml``)."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml

from llama_azure_core.regions import normalise_region, region_names
from sandbox.arm.errors import ArmError
from sandbox.arm.ids import ArmPath
from sandbox.arm.messages import ArmRequest
from sandbox.arm.world import World


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
    """Refuse an api-version that the type of a request does not have.

    Raises:
        ArmError: 400; the message is Azure's and lists the versions.
    """
    kind = path.collection or (path.id.type if path.id is not None else "")
    versions = api_versions(kind)
    if path.action is not None and not versions and path.id is not None:
        versions = api_versions(path.id.type)
    asked = str(request.api_version)
    if not versions or asked.lower() in versions or not world.settings.check_api_versions:
        return
    short, location = kind.partition("/")[2], _location(world, path, request)
    raise ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{location}' and API version '{asked}' for type "
        f"'{short}'. The supported api-versions are '{', '.join(versions)}'. The supported locations are "
        f"'{', '.join(region_names())}'.",
    )


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
