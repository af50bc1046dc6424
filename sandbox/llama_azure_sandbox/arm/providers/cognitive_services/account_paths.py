"""What is told of accounts beside their own paths: free domains, private links, deleted ones."""

from llama_azure_core.foundry import account_facts
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId, resource_group_id
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_sandbox.arm import soft_deletion
from llama_azure_sandbox.arm.errors import resource_not_found
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.cognitive_services.accounts import subdomain_verdict
from llama_azure_sandbox.arm.providers.cognitive_services.children import bad_request, stored_account
from llama_azure_sandbox.arm.providers.global_names import NameVerdict
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World


def _check_domain(world: World, request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    body = request.json_object()
    name, kind = body.get("subdomainName"), body.get("type")
    if not name or not kind:
        raise bad_request("subdomainName and type are required.")
    answer: Json = {"isSubdomainAvailable": True, "reason": None, "subdomainName": name, "type": kind}
    if body.get("kind"):
        answer["kind"] = body["kind"]
    match subdomain_verdict(world, str(name)):
        case NameVerdict(_, message):
            answer |= {"isSubdomainAvailable": False, "reason": message}
    return ArmAnswer(200, answer)


def _private_link_resources(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    account, facts = stored_account(world, path), account_facts()
    group = facts.private_link_group
    row = {
        "id": f"{account.id}/privateLinkResources/{group}",
        "name": group,
        "type": f"{AI_SERVICES_ACCOUNT}/privateLinkResources",
        "properties": {
            "groupId": group,
            "displayName": "Cognitive Service Account",
            "requiredMembers": ["default"],
            "requiredZoneNames": [f"privatelink.{one}" for one in facts.domains],
        },
    }
    return ArmAnswer(200, {"value": [row]})


def _deleted_accounts(world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_deleted(one) for one in soft_deletion.soft_deleted(world, AI_SERVICES_ACCOUNT)]})


def _deleted_account(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    held = _held(world, path)
    if held is None:
        raise resource_not_found(_deleted_id(path["location"], path["group"], path["account"]))
    return ArmAnswer(200, _deleted(held))


def _purge(world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    """Forget a soft-deleted account, which takes a right at the subscription (source S208)."""
    held = _held(world, path)
    if held is None:
        return ArmAnswer(204)
    soft_deletion.purge(world, held)
    return ArmAnswer(200)


_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{group}/providers"
_DELETED = f"{_PROVIDER}/locations/{{location}}/resourceGroups/{{group}}/deletedAccounts/{{account}}"
ACCOUNT_PATHS = (
    PathRow("POST", f"{_PROVIDER}/checkDomainAvailability", _check_domain),
    PathRow("GET", f"{_PROVIDER}/deletedAccounts", _deleted_accounts),
    PathRow("GET", _DELETED, _deleted_account),
    PathRow("DELETE", _DELETED, _purge),
    PathRow("GET", f"{_GROUP}/{AI_SERVICES_ACCOUNT}/{{account}}/privateLinkResources", _private_link_resources),
)


def _held(world: World, path: dict[str, str]) -> StoredResource | None:
    """Return the soft-deleted account of a path, if it lay in the path's region."""
    group = resource_group_id(SUBSCRIPTION_ID, path["group"])
    held = soft_deletion.soft_deleted_at(world, ResourceId.of(group, AI_SERVICES_ACCOUNT, path["account"]).key)
    if held is None or _region(held) != normalise_region(path["location"]):
        return None
    return held


def _deleted(held: StoredResource) -> Json:
    body: Json = held.body["deleted"]
    group = str(ResourceId.parse(held.id).resource_group)
    shown = {name: value for name, value in body.items() if name != "properties"}
    return {
        "id": _deleted_id(_region(held), group, held.name),
        "name": held.name,
        "type": "Microsoft.CognitiveServices/locations/resourceGroups/deletedAccounts",
        **shown,
        "properties": {**body["properties"], "provisioningState": "Succeeded", **soft_deletion.dates(held)},
    }


def _deleted_id(region: str, group: str, name: str) -> str:
    provider = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.CognitiveServices"
    return f"{provider}/locations/{normalise_region(region)}/resourceGroups/{group}/deletedAccounts/{name}"


def _region(held: StoredResource) -> str:
    return normalise_region(str(held.body["deleted"]["location"]))
