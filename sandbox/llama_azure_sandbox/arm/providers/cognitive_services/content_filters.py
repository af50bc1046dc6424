"""Content filters (raiPolicies) and lists of blocked words (raiBlocklists) of an account."""

import re
import uuid
from dataclasses import replace
from typing import Any

from llama_azure_core.azure_enums import FilterMode, FilterSide, Severity
from llama_azure_core.foundry import FilterCategory, filter_categories
from llama_azure_core.naming import NameKind
from llama_azure_core.resource_types import BLOCKLIST_ITEM, CONTENT_FILTER
from llama_azure_sandbox.arm.errors import ArmError, invalid_content
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.providers.cognitive_services.children import AccountChild, bad_request, text
from llama_azure_sandbox.arm.providers.skus import require_one_of
from llama_azure_sandbox.arm.resource_type import ActionRequest, DeleteAnswer, DeleteRequest, PutRequest
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.world import SUBSCRIPTION_ID, World

_SYSTEM_MANAGED = ("Microsoft.Default", "Microsoft.DefaultV2")
_OF_MICROSOFT = "microsoft."
_ANNOTATED = "Protected Material Code"  # of Microsoft.DefaultV2: shown, and held back by nobody
_BEYOND_THE_DEFAULT = ("Profanity", "Indirect Attack")
_LONGEST_PATTERN = 1000


class ContentFilter(AccountChild):
    """A content filter; those of Microsoft are in every account."""

    child_name = NameKind.CONTENT_FILTER
    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        """Refuse filters that the service does not have (source S207). Other codes and words are this sandbox's."""
        super().check(request)
        _require_own(request.id.name)
        base = str(request.properties.get("basePolicyName") or _SYSTEM_MANAGED[-1])
        if base.lower() not in {one.lower() for one in _SYSTEM_MANAGED}:
            raise bad_request(f"basePolicyName is {base!r}: give one of {', '.join(_SYSTEM_MANAGED)}.")
        require_one_of(request.properties, "mode", list(FilterMode))
        for entry in request.properties.get("contentFilters") or []:
            _require_filter(entry or {})
        for entry in request.properties.get("customBlocklists") or []:
            _require_blocklist(request, entry or {})

    def check_delete(self, request: DeleteRequest) -> None:
        super().check_delete(request)
        _require_own(request.id.name)

    def given(self, parent: StoredResource, world: World) -> list[StoredResource]:
        """Return the filters of Microsoft, as source S207 measured the newer one."""
        return [_of_microsoft(parent, name) for name in _SYSTEM_MANAGED]

    def read_only_properties(self, resource: StoredResource, world: World) -> Json:
        is_given = resource.name.lower().startswith(_OF_MICROSOFT)
        return {"type": "SystemManaged" if is_given else "UserManaged"}


class Blocklist(AccountChild):
    """A list of what is to be held back."""

    child_name = NameKind.BLOCKLIST
    delete_answer = DeleteAnswer.LOCATION

    def act(self, request: ActionRequest) -> ArmAnswer:
        match request.action:
            case "addraiblocklistitems":
                return _add_items(self, request)
            case "deleteraiblocklistitems":
                return _delete_items(request)
        return super().act(request)


class BlocklistItem(AccountChild):
    """A word, or a regular expression."""

    delete_answer = DeleteAnswer.LOCATION

    def check(self, request: PutRequest) -> None:
        super().check(request)
        _require_pattern(request.properties)


def content_filter_names(account: StoredResource, world: World) -> set[str]:
    """Return the names of an account's content filters in lower case, those of Microsoft included."""
    own = {one.name.lower() for one in world.store.children(account.key) if one.type.lower() == CONTENT_FILTER.lower()}
    return own | {name.lower() for name in _SYSTEM_MANAGED}


def _add_items(kind: AccountChild, request: ActionRequest) -> ArmAnswer:
    for entry in _list(request):
        if not isinstance(entry, dict) or not entry.get("name"):
            raise bad_request("Each item needs a name and properties.")
        properties: Json = entry.get("properties") or {}
        _require_pattern(properties)
        path = f"{request.resource.id}/raiBlocklistItems/{entry['name']}"
        existing = request.world.store.resource(path.lower())
        new = StoredResource(path.lower(), path, BLOCKLIST_ITEM, request.resource.key, str(uuid.uuid4()), {}, {})
        body = {"properties": {**properties, "provisioningState": "Succeeded"}}
        request.world.store.save(replace(existing or new, body=body))
    return ArmAnswer(200, kind.present(request.resource, request.world))


def _delete_items(request: ActionRequest) -> ArmAnswer:
    for entry in _list(request):
        request.world.store.remove(f"{request.resource.key}/raiblocklistitems/{text(entry)}")
    return ArmAnswer(204)


def _list(request: ActionRequest) -> list[Any]:
    if not isinstance(request.request.body, list):
        raise invalid_content("an array is required")
    return request.request.body


def _require_own(name: str) -> None:
    if name.lower().startswith(_OF_MICROSOFT):
        raise bad_request(f"The content filter '{name}' is Microsoft's, and stays as it is.")


def _require_filter(entry: Any) -> None:
    """Refuse an entry that does not name its side and whether it holds back, or that the service does not have."""
    missing = [name for name in ("name", "source", "blocking", "enabled") if entry.get(name) is None]
    if missing:
        raise _invalid_filter(entry, f"it has no {', '.join(missing)}")
    categories = {name.lower(): category for name, category in filter_categories().items()}
    category = categories.get(text(entry["name"]))
    if category is None or text(entry["source"]) not in {side.lower() for side in category.sides}:
        raise _invalid_filter(entry, "the service has no such filter for that source")
    severity = entry.get("severityThreshold")
    if category.has_severity and entry["enabled"] and text(severity) not in {one.lower() for one in Severity}:
        raise _invalid_filter(entry, f"its severityThreshold is {severity!r}, and none of {', '.join(Severity)}")


def _invalid_filter(entry: Json, why: str) -> ArmError:
    """The refusal that source S207 shows: what should be a message is the code."""
    code = "Resource has invalid content filter"
    return ArmError(400, code, f"{code}: {entry.get('name')} ({entry.get('source')}): {why}.")


def _require_blocklist(request: PutRequest, entry: Any) -> None:
    name = entry.get("blocklistName")
    if not name or request.world.store.resource(f"{request.id.parent_key}/raiblocklists/{text(name)}") is None:
        raise bad_request(f"The account has no blocklist '{name}'.")
    if text(entry.get("source")) not in {side.lower() for side in FilterSide}:
        raise bad_request(
            f"The source of the blocklist '{name}' is {entry.get('source')!r}: give Prompt or Completion."
        )


def _require_pattern(properties: Json) -> None:
    pattern = properties.get("pattern")
    if not isinstance(pattern, str) or not pattern or len(pattern) > _LONGEST_PATTERN:
        raise bad_request(f"A blocklist's item needs a pattern of 1 to {_LONGEST_PATTERN} characters.")
    if properties.get("isRegex"):
        try:
            re.compile(pattern)
        except re.error as error:
            raise bad_request(f"The pattern {pattern!r} is not a regular expression: {error}.") from None


def _of_microsoft(account: StoredResource, name: str) -> StoredResource:
    path = f"{account.id}/raiPolicies/{name}"
    filters = [
        _entry(category, side, facts)
        for category, facts in filter_categories().items()
        if category not in _BEYOND_THE_DEFAULT
        for side in facts.sides
    ]
    properties = {"provisioningState": "Succeeded", "mode": FilterMode.BLOCKING.value, "contentFilters": filters}
    return StoredResource(
        path.lower(), path, CONTENT_FILTER, account.key, account.instance, {"properties": properties}, {}
    )


def _entry(category: str, side: str, facts: FilterCategory) -> Json:
    severity = {"severityThreshold": Severity.MEDIUM.value} if facts.has_severity else {}
    return {"name": category, "enabled": True, "blocking": category != _ANNOTATED, "source": side, **severity}


def _content_filters(_world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    return ArmAnswer(200, {"value": [_offered(path["location"], *one) for one in filter_categories().items()]})


def _content_filter(_world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
    for name, category in filter_categories().items():
        if name.lower() == path["name"].lower():
            return ArmAnswer(200, _offered(path["location"], name, category))
    raise ArmError(404, "ResourceNotFound", f"There is no content filter '{path['name']}'.")


def _offered(location: str, name: str, category: FilterCategory) -> Json:
    scope = f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.CognitiveServices/locations/{location}"
    return {
        "id": f"{scope}/raiContentFilters/{name}",
        "name": name,
        "type": "Microsoft.CognitiveServices/raiContentFilters",
        "properties": {"name": name, "isMultiLevelFilter": category.has_severity, "source": ",".join(category.sides)},
    }


_AT = "/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}"
CONTENT_FILTER_PATHS = (
    PathRow("GET", f"{_AT}/raiContentFilters", _content_filters),
    PathRow("GET", f"{_AT}/raiContentFilters/{{name}}", _content_filter),
)
