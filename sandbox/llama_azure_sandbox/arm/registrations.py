"""Which resource providers the subscription is registered for, and how it registers for more."""

from llama_azure_core.regions import region_display_name, region_names
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.known_providers import is_known_namespace, known_providers, spelled_namespace
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.store import Json
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

PROVIDER = "Microsoft.Resources/providers"
"""What ``latency.yaml`` calls a registration."""

_UNREGISTERED = "unregisteredProviders"
REGISTRATIONS = "registrations that run"
"""The setting of the store that says when each registration is due, by namespace."""


def _list(world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_provider(world, namespace) for namespace in known_providers()]})


def _get(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, _provider(world, _spelled(path["namespace"])))


def _register(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, register(world, _spelled(path["namespace"])))


def _unregister(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    namespace = _spelled(path["namespace"])
    if registration_state(world, namespace) == "Registered":
        world.change_settings({_UNREGISTERED: [*world.settings.unregistered_providers, namespace]})
    return ArmAnswer(200, _provider(world, namespace))


_PROVIDERS = "/subscriptions/{subscription}/providers"
REGISTRATION_PATHS = (
    PathRow("GET", _PROVIDERS, _list),
    PathRow("GET", f"{_PROVIDERS}/{{namespace}}", _get),
    PathRow("POST", f"{_PROVIDERS}/{{namespace}}/register", _register),
    PathRow("POST", f"{_PROVIDERS}/{{namespace}}/unregister", _unregister),
)


def require_registration(world: World, namespace: str) -> None:
    """Refuse to write a resource of a provider that the subscription is not registered for.

    Raises:
        ArmError: 409.
    """
    if registration_state(world, namespace) != "Registered":
        raise ArmError(
            409,
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{spelled_namespace(namespace)}'. See "
            "https://aka.ms/rps-not-found for how to register subscriptions.",
        )


def registration_state(world: World, namespace: str) -> str:
    """Return the state that Azure shows: NotRegistered, Registering or Registered."""
    if namespace.lower() not in {name.lower() for name in world.settings.unregistered_providers}:
        return "Registered"
    return "Registering" if namespace.lower() in _running(world) else "NotRegistered"


def finish_registrations(world: World) -> None:
    """Finish every registration that is due."""
    running = _running(world)
    due = {namespace for namespace, at in running.items() if at <= world.now()}
    if not due:
        return
    world.store.keep_setting(REGISTRATIONS, {name: at for name, at in running.items() if name not in due})
    left = [name for name in world.settings.unregistered_providers if name.lower() not in due]
    world.change_settings({_UNREGISTERED: left})


def register(world: World, namespace: str) -> Json:
    """Register the subscription for a provider, in a while; return the provider as Azure shows it."""
    if registration_state(world, namespace) == "NotRegistered":
        due = world.now() + world.seconds_for(PROVIDER)
        world.store.keep_setting(REGISTRATIONS, {**_running(world), namespace.lower(): due})
        finish_registrations(world)
    return _provider(world, namespace)


def _running(world: World) -> dict[str, float]:
    """Return when the registrations that run are due, by namespace in lower case."""
    running: dict[str, float] = world.store.setting(REGISTRATIONS) or {}
    return running


def _spelled(asked: str) -> str:
    """Return a namespace as Azure spells it.

    Raises:
        ArmError: 404, there is none of that name.
    """
    spelled = spelled_namespace(asked)
    is_microsofts = spelled.lower().startswith("microsoft.") and is_known_namespace(spelled)
    if spelled not in known_providers() and not is_microsofts:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{asked}' is invalid.")
    return spelled


def _provider(world: World, namespace: str) -> Json:
    return {
        "id": f"/subscriptions/{SUBSCRIPTION_ID}/providers/{namespace}",
        "namespace": namespace,
        "registrationPolicy": "RegistrationRequired",
        "registrationState": registration_state(world, namespace),
        "resourceTypes": [
            {
                "resourceType": kind,
                "locations": [
                    region_display_name(region)
                    for region in region_names()
                    if world.settings.is_offered(f"{namespace}/{kind}", region)
                ],
                "apiVersions": list(reversed(versions)),
                "capabilities": "None",
            }
            for kind, versions in known_providers().get(namespace, {}).items()
        ],
    }
