"""Endpoints on shared quota: for a try, and gone after 168 hours (source S0, S22, S36)."""

import datetime as dt
from email.utils import format_datetime, parsedate_to_datetime

from llama_azure_core.serving import shared_quota
from llama_azure_sandbox.arm.errors import user_error
from llama_azure_sandbox.arm.providers.machine_learning_services.inferencing import inferencing_refusal
from llama_azure_sandbox.arm.resource_type import PutRequest
from llama_azure_sandbox.arm.store import Json

_ENABLED, _DELETION = shared_quota().endpoint_property, shared_quota().deletion_property
_SECONDS = shared_quota().hours * 3600


def require_shared_quota(request: PutRequest, region: str) -> None:
    """Refuse shared quota to a subscription of a kind that has none, and a time of deletion that is none.

    The words are this sandbox's; the rule is of source S22.

    Raises:
        ArmError: 400.
    """
    if not _is_shared(request.properties):
        return
    settings = request.world.settings
    if not settings.kind_facts.shared_quota:
        raise user_error(
            f"Shared quota takes an Enterprise Agreement subscription; this one is {settings.subscription_kind.value}.",
            "BadRequest",
            region=region,
        )
    given = (request.properties.get("properties") or {}).get(_DELETION)
    if given is not None and _seconds(given) is None:
        raise inferencing_refusal("Properties", f"{_DELETION} is {given!r}: give an RFC 1123 time.")


def with_deletion_time(request: PutRequest, body: Json) -> Json:
    """Return an endpoint's body with the time of its deletion: the asked one, but no later than 168 hours from now."""
    properties: Json = body.get("properties") or {}
    if not _is_shared(properties):
        return body
    latest = deletion_time(request.existing.body) if request.existing is not None else None
    latest = latest or request.world.now() + _SECONDS
    asked = _seconds((properties.get("properties") or {}).get(_DELETION))
    moment = dt.datetime.fromtimestamp(min(asked or latest, latest), dt.UTC)
    own = {**properties["properties"], _DELETION: format_datetime(moment, usegmt=True)}
    return {**body, "properties": {**properties, "properties": own}}


def deletion_time(body: Json) -> float | None:
    """Return when Azure deletes an endpoint, in seconds since the epoch; ``None`` for one on quota of its own."""
    properties: Json = body.get("properties") or {}
    return _seconds(properties["properties"].get(_DELETION)) if _is_shared(properties) else None


def _is_shared(properties: Json) -> bool:
    return str((properties.get("properties") or {}).get(_ENABLED)).lower() == "true"


def _seconds(moment: object) -> float | None:
    try:
        return parsedate_to_datetime(str(moment)).timestamp()
    except ValueError:
        return None
