"""Connections of an account, for all its projects, or of one project."""

from llama_azure_core.naming import NameKind
from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.messages import ArmRequest
from llama_azure_sandbox.arm.providers.cognitive_services.children import AccountChild, bad_request, text
from llama_azure_sandbox.arm.resource_type import PutRequest
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_AUTH_TYPES = (  # source S204
    "AAD", "ApiKey", "CustomKeys", "ManagedIdentity", "AccountManagedIdentity", "ProjectManagedIdentity", "PAT", "SAS",
    "AccountKey", "AccessKey", "UsernamePassword", "OAuth2", "ServicePrincipal", "None",
)  # fmt: skip
_REQUIRED = ("authType", "category", "target")
_WITH_CREDENTIALS = {"apikey", "customkeys", "pat", "sas", "accountkey", "accesskey"}


class FoundryConnection(AccountChild):
    """A connection: done at once, and what it signs in with is never shown again (source S204)."""

    child_name = NameKind.FOUNDRY_CONNECTION
    waits_for_siblings = False

    def check(self, request: PutRequest) -> None:
        """Refuse a connection that does not say to what. The codes and the words are this sandbox's."""
        super().check(request)
        missing = [name for name in _REQUIRED if not request.properties.get(name)]
        if missing:
            raise bad_request(f"The field {', '.join(missing)} of the connection is required.")
        auth_type = text(request.properties["authType"])
        if auth_type not in {one.lower() for one in _AUTH_TYPES}:
            raise bad_request(f"authType is {request.properties['authType']!r}: give one of {', '.join(_AUTH_TYPES)}.")
        credentials = request.properties.get("credentials")
        if auth_type in _WITH_CREDENTIALS and not credentials and request.existing is None:
            raise bad_request(f"A connection with authType {request.properties['authType']} needs credentials.")

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Keep the credentials that a PUT leaves out."""
        before: Json = {} if request.existing is None else request.existing.body["properties"]
        kept = {"credentials": before["credentials"]} if before.get("credentials") else {}
        return {**body, "properties": {**kept, **request.properties}}

    def wanted(self, shown: list[Json], request: ArmRequest) -> list[Json]:
        """Return the connections of the category and the target that a list asks for."""
        asked = {name: text(request.parameter(name)) for name in ("category", "target")}
        return [
            one
            for one in shown
            if all(not value or text(one["properties"].get(name)) == value for name, value in asked.items())
        ]

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        return {"createdByWorkspaceArmId": str(ResourceId.parse(resource.id).parent)}

    def present(self, resource: StoredResource, world: World) -> Json:
        shown = super().present(resource, world)
        own = {name: value for name, value in shown["properties"].items() if name != "provisioningState"}
        return {**shown, "properties": {**own, "credentials": None}}
