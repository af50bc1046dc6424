"""Microsoft.DBforPostgreSQL: flexible servers. No server runs; the words of what is refused are this sandbox's.

Azure works at one child of a server at a time and refuses others meanwhile (source S305).
"""

from llama_azure_core.naming import NameKind
from llama_azure_core.resource_types import POSTGRES_SERVER
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.global_names import GlobalNames, NameVerdict
from llama_azure_sandbox.arm.resource_type import (
    DeleteAnswer,
    PutAnswer,
    PutRequest,
    ResourceType,
    provisioning_state,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_ON = "enabled"
_BURSTABLE = "burstable"
_CONFIGURATIONS = {
    "require_secure_transport": ("on", "off"),
    "ssl_min_protocol_version": ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"),
}
"""The values of the server parameters that are looked at; any other parameter is kept as it comes."""


class Server(ResourceType):
    """A flexible server."""

    needs_location = True
    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION
    immutable = ("properties.administratorLogin", "properties.network.delegatedSubnetResourceId")

    def check(self, request: PutRequest) -> None:
        super().check(request)
        properties = request.properties
        if request.existing is None:
            match _NAMES.verdict(request.world, request.id.name, request.id.key):
                case NameVerdict("AccountNameInvalid", message):
                    raise _bad(message)
                case NameVerdict(_, message):
                    raise ArmError(409, "ServerNameAlreadyExists", message)
        sku: Json = request.body.get("sku") or {}
        if not sku.get("name") or not sku.get("tier"):
            raise _bad("A server needs a sku with name and tier.")
        auth: Json = properties.get("authConfig") or {}
        by_password = str(auth.get("passwordAuth") or _ON).lower() == _ON
        by_entra = str(auth.get("activeDirectoryAuth") or "").lower() == _ON
        if not by_password and not by_entra:
            raise _bad("Neither passwordAuth nor activeDirectoryAuth is Enabled: nobody could sign in.")
        if (
            request.existing is None
            and by_password
            and not (properties.get("administratorLogin") and properties.get("administratorLoginPassword"))
        ):
            raise _bad("passwordAuth is Enabled: give administratorLogin and administratorLoginPassword.")
        mode = str((properties.get("highAvailability") or {}).get("mode") or "Disabled").lower()
        if mode != "disabled" and str(sku.get("tier")).lower() == _BURSTABLE:
            raise _bad("High availability is not there in the Burstable tier.")

    def completed(self, request: PutRequest, body: Json) -> Json:
        kept = {name: value for name, value in request.properties.items() if name != "administratorLoginPassword"}
        return {**body, "properties": kept}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        host = f"{resource.name.lower()}.postgres.database.azure.com"
        return {"fullyQualifiedDomainName": host, "state": "Ready", **shown_connections(resource, world)}


class ServerChild(ResourceType):
    """Something in a server that takes one write at a time."""

    put_answer = PutAnswer.LOCATION
    delete_answer = DeleteAnswer.LOCATION
    shows_system_data = False

    def check(self, request: PutRequest) -> None:
        super().check(request)
        server = request.parent
        busy = [one for one in request.world.store.children(server.key)
                if one.key != request.id.key and one.type.lower().startswith(POSTGRES_SERVER.lower())
                and "provisioningState" in one.body["properties"]
                and provisioning_state(one) in self.states_at_work]  # fmt: skip
        if provisioning_state(server) != "Succeeded" or busy:
            raise ArmError(
                409, "ServerIsBusy", f"Cannot complete operation while server '{server.name}' is busy processing "
                "another operation. Please try again later.",
            )  # fmt: skip


class Configuration(ServerChild):
    """A parameter of a server, which is there as long as its server is."""

    delete_answer = DeleteAnswer.SYNCHRONOUS

    def check(self, request: PutRequest) -> None:
        super().check(request)
        values, value = _CONFIGURATIONS.get(request.id.name), str(request.properties.get("value") or "")
        if values is not None and value.lower() not in {one.lower() for one in values}:
            raise _bad(f"The value '{value}' of {request.id.name} is not allowed: {', '.join(values)}.")


class Administrator(ServerChild):
    """A principal of Microsoft Entra ID that administers a server."""

    def check(self, request: PutRequest) -> None:
        super().check(request)
        auth: Json = request.parent.body["properties"].get("authConfig") or {}
        if str(auth.get("activeDirectoryAuth") or "").lower() != _ON:
            raise ArmError(
                400, "AadAuthenticationNotEnabled", f"Azure AD authentication is not enabled on {request.parent.name}."
            )
        missing = [name for name in ("principalName", "principalType") if not request.properties.get(name)]
        if missing:
            raise _bad(f"An administrator needs {' and '.join(missing)}.")


def _bad(message: str) -> ArmError:
    return ArmError(400, "InvalidParameterValue", message)


_NAMES = GlobalNames(
    POSTGRES_SERVER,
    NameKind.POSTGRES_SERVER,
    invalid="Server name '{name}' is invalid: it takes 3 to 63 lower-case letters, digits and hyphens, and neither "
    "begins nor ends with a hyphen.",
    taken="Specified server name '{name}' is already used.",
)
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.DBforPostgreSQL"
POSTGRESQL_PATHS = (
    PathRow("POST", f"{_PROVIDER}/checkNameAvailability", _NAMES.check),
    PathRow("POST", f"{_PROVIDER}/locations/{{location}}/checkNameAvailability", _NAMES.check),
)
POSTGRESQL_TYPES = (
    Server(POSTGRES_SERVER),
    ServerChild(f"{POSTGRES_SERVER}/databases"),
    Configuration(f"{POSTGRES_SERVER}/configurations"),
    Administrator(f"{POSTGRES_SERVER}/administrators"),
)
