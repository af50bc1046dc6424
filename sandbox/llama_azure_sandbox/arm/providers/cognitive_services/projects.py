"""Projects of a Foundry resource."""

from llama_azure_core.foundry import foundry_limits
from llama_azure_core.naming import NameKind
from llama_azure_core.regions import normalise_region
from llama_azure_sandbox.addresses import foundry_url
from llama_azure_sandbox.arm.providers.cognitive_services.children import AccountChild, bad_request, text
from llama_azure_sandbox.arm.resource_type import DeleteAnswer, PutAnswer, PutRequest, unique_id
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World


class Project(AccountChild):
    """A project; deployments lie beside it, in the account."""

    needs_location = True
    child_name = NameKind.FOUNDRY_PROJECT
    put_answer = PutAnswer.ASYNC_OPERATION
    delete_answer = DeleteAnswer.LOCATION
    states_at_work = ("Accepted", "Accepted")

    def check(self, request: PutRequest) -> None:
        """Refuse a project of an account that takes none. The codes and the words are this sandbox's."""
        super().check(request)
        account = request.parent
        beside = [one for one in request.world.store.children(account.key) if one.type.lower() == self.name.lower()]
        most = foundry_limits()["projectsPerAccount"]
        if request.existing is None and len(beside) >= most:
            raise bad_request(f"The account '{account.name}' has {len(beside)} projects, and may have {most}.")
        if not account.body["properties"].get("allowProjectManagement"):
            raise bad_request(
                f"The account '{account.name}' takes no projects: it must be of kind AIServices, with "
                "allowProjectManagement true."
            )
        if not account.body["properties"].get("customSubDomainName"):
            raise bad_request(f"The account '{account.name}' takes no projects: it has no customSubDomainName.")
        if text((request.body.get("identity") or {}).get("type")) in {"", "none"}:
            raise bad_request("A project needs a managed identity, such as SystemAssigned.")
        region = normalise_region(str(account.body["location"]))
        if normalise_region(str(request.body["location"])) != region:
            raise bad_request(f"A project lies in the region of its account, {region}.")

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        account = world.store.resource(str(resource.parent))
        if account is None:
            return {}
        url = foundry_url(world.base_url, str(account.body["properties"].get("customSubDomainName")))
        first = min(
            (one for one in world.store.children(account.key) if one.type.lower() == self.name.lower()),
            key=lambda one: str(one.body.get("systemData", {}).get("createdAt")),
        )
        return {
            "internalId": unique_id(resource, "project"),
            "endpoints": {"AI Foundry API": f"{url}api/projects/{resource.name}"},
            "isDefault": first.key == resource.key,
        }
