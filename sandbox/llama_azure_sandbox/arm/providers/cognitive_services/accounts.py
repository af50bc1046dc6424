"""Accounts of AI services; one of kind AIServices that lets projects in is a Foundry resource."""

import re
import secrets
from dataclasses import replace
from typing import Any

from llama_azure_core.foundry import foundry_limits
from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT, FOUNDRY_PROJECT
from llama_azure_sandbox.addresses import foundry_url
from llama_azure_sandbox.arm import soft_deletion
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.marks import Mark
from llama_azure_sandbox.arm.messages import ArmAnswer
from llama_azure_sandbox.arm.private_link import shown_connections
from llama_azure_sandbox.arm.providers.cognitive_services.children import bad_request, children_at_work, conflict, text
from llama_azure_sandbox.arm.providers.cognitive_services.encryption import require_encryption
from llama_azure_sandbox.arm.providers.cognitive_services.policies import evaluate_deployment_policies
from llama_azure_sandbox.arm.providers.global_names import NameVerdict
from llama_azure_sandbox.arm.providers.skus import require_one_of
from llama_azure_sandbox.arm.resource_type import (
    SYSTEM_DATA,
    ActionRequest,
    DeleteAnswer,
    DeleteRequest,
    PutAnswer,
    PutRequest,
    ResourceType,
    unique_id,
)
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import World

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}")  # source S204
_KEYS = ("key1", "key2")
_KEY_BYTES = 16  # 32 characters, as on Azure
_FOUNDRY = "aiservices"
# The keys of `properties.endpoints` of a Foundry resource; on Azure each names one of its three hosts.
_FOUNDRY_APIS = (
    "AI Foundry API",
    "Azure AI Model Inference API",
    "OpenAI Language Model Instance API",
    "Content Safety",
    "Token",
)
_SUBDOMAIN = "customSubDomainName"
_PROJECTS = "allowProjectManagement"


def _list_keys(request: ActionRequest) -> ArmAnswer:
    if request.resource.body["properties"].get("disableLocalAuth"):
        raise ArmError(400, "BadRequest", "Failed to list key. disableLocalAuth is set to be true")
    return ArmAnswer(200, dict(request.resource.secrets))


def _regenerate_key(request: ActionRequest) -> ArmAnswer:
    name = str(request.body.get("keyName")).lower()
    if name not in _KEYS:
        raise ArmError(400, "InvalidKeyName", f"keyName is {name!r}: it must be Key1 or Key2.")
    changed = replace(request.resource, secrets={**request.resource.secrets, name: secrets.token_hex(_KEY_BYTES)})
    answer = _list_keys(replace(request, resource=changed))
    request.world.store.save(changed)
    return answer


_ACTIONS = {
    "listkeys": _list_keys,
    "regeneratekey": _regenerate_key,
    "evaluatedeploymentpolicies": evaluate_deployment_policies,
}


class Account(ResourceType):
    """An account of AI services; of kind AIServices it is a Foundry resource, whose data plane is in ``inference``."""

    needs_location = True
    put_answer = PutAnswer.OWN_STATE
    delete_answer = DeleteAnswer.LOCATION
    states_at_work = ("Accepted", "Accepted")
    immutable = ("kind", f"properties.{_SUBDOMAIN}", "properties.networkInjections")
    actions = _ACTIONS

    def check(self, request: PutRequest) -> None:
        """Refuse an account that does not say what it is. Codes and words without a source are this sandbox's."""
        super().check(request)
        sku = request.body.get("sku")
        if not request.body.get("kind"):
            raise ArmError(400, "InvalidApiSetting", "The account type (kind) is required, such as AIServices.")
        if not isinstance(sku, dict) or not sku.get("name"):
            raise ArmError(400, "InvalidSku", "The account's sku.name is required, such as S0.")
        if request.existing is None:
            _require_new(request)
        elif children_at_work(request.existing, request.world):
            raise conflict(str(request.id))
        require_one_of(request.properties, "publicNetworkAccess", ("Enabled", "Disabled", "SecuredByPerimeter"))
        _require_subdomain(request)
        _require_projects(request)
        require_encryption(request)

    def completed(self, request: PutRequest, body: Json) -> Json:
        """Keep nothing that is a wish only; an account that is restored is what it was, but for what the PUT says."""
        held = soft_deletion.soft_deleted_at(request.world, request.id.key)
        properties = {name: value for name, value in request.properties.items() if name != "restore"}
        if held is None or request.existing is not None:
            return {**body, "properties": properties}
        was: Json = held.body["deleted"]
        return {**was, **body, "properties": {**was["properties"], **properties}}

    def written(self, request: PutRequest, resource: StoredResource) -> None:
        """Give a restored account its keys, its identity and what lay in it."""
        store = request.world.store
        held = soft_deletion.soft_deleted_at(request.world, request.id.key)
        account = store.resource(request.id.key)
        if held is None or account is None:
            return
        store.remove(account.key)
        store.save(replace(account, instance=held.instance, secrets=held.secrets))
        for one in soft_deletion.soft_deleted_below(request.world, request.id.key):
            store.save(soft_deletion.recovered(one))
        soft_deletion.purge(request.world, held)

    def at_work(self, resource: StoredResource) -> ArmError:
        """Return the refusal, in the words of github.com/Azure/bicep-types-az/issues/2419."""
        return ArmError(
            409,
            "RequestConflict",
            f"Cannot modify resource with id '{resource.id}' because the resource entity provisioning state is not "
            "terminal. Please wait for the provisioning state to become terminal and then retry the request.",
        )

    def check_delete(self, request: DeleteRequest) -> None:
        """Refuse to delete an account with projects, as github.com/Azure/terraform-provider-azapi/issues/894 shows."""
        projects = [f"{AI_SERVICES_ACCOUNT}/{request.id.name}/projects/{one.name}" for one in _projects(request)]
        if projects:
            raise ArmError(
                409,
                "CannotDeleteResource",
                "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
                f"'{', '.join(projects)}'. Please delete all nested resources before deleting this resource.",
            )
        if children_at_work(request.resource, request.world):
            raise conflict(str(request.id))

    def leaving(self, resource: StoredResource, world: World) -> None:
        """Keep the account with all that lies in it, if deleted things are kept."""
        if not world.settings.soft_delete:
            return
        soft_deletion.soft_delete(world, resource, foundry_limits()["softDeleteDays"])
        for one in world.store.below(resource.key):
            if one.type.lower().startswith(f"{AI_SERVICES_ACCOUNT}/".lower()):
                soft_deletion.soft_delete(world, one, foundry_limits()["softDeleteDays"])

    def new_secrets(self) -> dict[str, str]:
        return {name: secrets.token_hex(_KEY_BYTES) for name in _KEYS}

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        """Return the addresses, of the account's own domain if it has one, else of its region, and what lies in it.

        Those of an account of kind AIServices are the sandbox's own: its data plane answers there.
        """
        own = resource.body["properties"].get(_SUBDOMAIN)
        host = own or f"{normalise_region(str(resource.body['location']))}.api"
        url = f"https://{host}.{'cognitiveservices.azure.com' if own else 'cognitive.microsoft.com'}/"
        apis: tuple[str, ...] = ("Token",)
        if text(resource.body.get("kind")) == _FOUNDRY and own:
            url, apis = foundry_url(world.base_url, str(own)), _FOUNDRY_APIS
        return {
            "internalId": unique_id(resource, "account").replace("-", ""),
            "dateCreated": resource.body.get(SYSTEM_DATA, {}).get("createdAt"),
            "isMigrated": False,
            "publicNetworkAccess": resource.body["properties"].get("publicNetworkAccess", "Enabled"),
            **_contents(resource, world),
            **shown_connections(resource, world),
            "endpoint": url,
            "endpoints": dict.fromkeys(apis, url),
        }


def subdomain_verdict(world: World, name: str, key: str = "") -> NameVerdict | None:
    """Return why a custom subdomain cannot be had by the account that is or will be there under a key, if it cannot."""
    problem = name_problem(NameKind.FOUNDRY_ACCOUNT, name)
    if problem is not None:
        return NameVerdict("AccountNameInvalid", f"The custom subdomain is refused: {problem}.")
    mark = (Mark.SUBDOMAIN, name.lower(), AI_SERVICES_ACCOUNT)
    held = [ResourceId.parse(one.id).key for one in soft_deletion.soft_deleted_marked(world, *mark)]
    owners = {*held, *(one.key for one in world.store.marked(*mark))} - {key}
    if not owners and name.lower() not in {taken.lower() for taken in world.settings.names_of_others}:
        return None
    return NameVerdict(
        "AlreadyExists",
        f"Please pick a different name. The subdomain name '{name}' is not available as it's already used by a "
        "resource. If the resource using the name was deleted in the last 48 hours, you may need to purge the deleted "
        'resource. Learn more at "https://go.microsoft.com/fwlink/?linkid=2215493"',
    )


def _require_new(request: PutRequest) -> None:
    """Refuse a name that is none, and to make what is soft-deleted, in the words of source S208."""
    if not _NAME.fullmatch(request.id.name):
        raise bad_request(
            f"The account name '{request.id.name}' is invalid: 2 to 64 letters, digits, '_', '.' and '-', of which the "
            "first is a letter or a digit."
        )
    _require_place(request)
    restores = request.properties.get("restore") is True
    held = soft_deletion.soft_deleted_at(request.world, request.id.key)
    if held is not None and not restores:
        raise ArmError(
            409,
            "FlagMustBeSetForRestore",
            f"An existing resource with ID '{held.id}' has been soft-deleted. To restore the resource, you must "
            "specify 'restore' to be 'true' in the property. If you don't want to restore existing resource, please "
            "purge it first.",
        )
    if held is None and restores:
        raise ArmError(
            400,
            "CanNotRestoreANonExistingResource",
            f"No soft-deleted resource with ID '{request.id}' is there to be restored.",
        )


def _require_place(request: PutRequest) -> None:
    """Refuse one account more than a region may have, in the words of source S210; soft-deleted ones count."""
    region = normalise_region(str(request.body["location"]))
    living = request.world.store.count_marked(Mark.REGION, region, AI_SERVICES_ACCOUNT)
    held = soft_deletion.soft_deleted_marked(request.world, Mark.REGION, region, AI_SERVICES_ACCOUNT)
    others = [one for one in held if ResourceId.parse(one.id).key != request.id.key]
    if living + len(others) >= foundry_limits()["accountsPerRegion"]:
        raise ArmError(
            400, "InsufficientQuota", f"Insufficient quota. Cannot create/update/move resource '{request.id.name}'."
        )


def _require_subdomain(request: PutRequest) -> None:
    """Refuse a custom subdomain that somebody has: unique in Azure, in the words of azurerm's reports of it."""
    name = request.properties.get(_SUBDOMAIN)
    if request.properties.get("networkAcls") is not None and not name:
        raise bad_request(f"An account with networkAcls needs a {_SUBDOMAIN}.")
    if not name:
        return
    match subdomain_verdict(request.world, str(name), request.id.key):
        case NameVerdict("AlreadyExists", message):
            raise ArmError(409, "CustomDomainInUse", message)
        case NameVerdict(_, message):
            raise bad_request(message)


def _require_projects(request: PutRequest) -> None:
    """Hold an account that lets projects in to what that takes; it lets them in for good (azurerm#30423, #31063)."""
    before: Json = {} if request.existing is None else request.existing.body["properties"]
    if before.get(_PROJECTS) and request.properties.get(_PROJECTS) is False:
        raise bad_request(f"{_PROJECTS} cannot be set to false once it is true.")
    if not request.properties.get(_PROJECTS):
        return
    identity: Any = request.body.get("identity") or {}
    if text(request.body.get("kind")) != _FOUNDRY:
        raise bad_request(f"{_PROJECTS} takes an account of kind AIServices.")
    if text(identity.get("type")) in {"", "none"}:
        raise bad_request(f"{_PROJECTS} takes an account with a managed identity.")


def _projects(request: DeleteRequest) -> list[StoredResource]:
    return _of_type(request.resource, request.world, FOUNDRY_PROJECT)


def _contents(account: StoredResource, world: World) -> Json:
    """Return what an account shows of what lies in it: its first project is the one that is taken by default."""
    projects = sorted(
        _of_type(account, world, FOUNDRY_PROJECT), key=lambda one: str(one.body.get(SYSTEM_DATA, {}).get("createdAt"))
    )
    names = [one.name for one in projects]
    return {"defaultProject": names[0], "associatedProjects": names} if names else {}


def _of_type(account: StoredResource, world: World, kind: str) -> list[StoredResource]:
    return world.store.children(account.key, kind)
