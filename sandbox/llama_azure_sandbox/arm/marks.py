"""What resources are looked up by, beside id, type, name and parent: worked out here, kept in an index by the store.

A question whether a name is free, how many of a type a region has, or who leads to a resource reads what it asks for
and nothing else. Pure.
"""

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from llama_azure_core.regions import normalise_region
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import USER_ASSIGNED_IDENTITY

_UNMARKED = "microsoft.resources/deployments"  # a template, with megabytes of ids that are none of its own
_ROOT = "/subscriptions/"


class Mark(StrEnum):
    """By what a resource is looked up. Values are in lower case, but for states."""

    LEADS_TO = "leadsTo"
    """A resource id that stands somewhere in the body."""
    REGION = "region"
    STATE = "state"
    """The provisioning state."""
    SUBDOMAIN = "subdomain"
    """The custom subdomain of an account, also of one that is soft-deleted."""
    HOLDER = "holder"
    """The principal that a role is assigned to."""
    ROLE = "role"
    """The GUID of the role that is assigned."""
    PRINCIPAL = "principal"
    """The object id of an identity that the resource is or has."""
    CLIENT = "client"
    """The client id of an identity that the resource is."""


def marks(kind: str, instance: str, body: Mapping[str, Any]) -> frozenset[tuple[Mark, str]]:
    """Return what a resource is looked up by.

    Args:
        kind: its type.
        instance: what makes it another one than an earlier one of its id.
        body: what ARM shows of it, without id, name and type.
    """
    return frozenset(_marks(kind, instance, body))


def _marks(kind: str, instance: str, body: Mapping[str, Any]) -> Iterator[tuple[Mark, str]]:
    held = _part(body, "deleted") or body
    properties = _part(held, "properties")
    for mark, value in (
        (Mark.REGION, normalise_region(str(held.get("location") or ""))),
        (Mark.STATE, str(_part(body, "properties").get("provisioningState") or "Succeeded")),
        (Mark.SUBDOMAIN, str(properties.get("customSubDomainName") or "").lower()),
    ):
        if value:
            yield mark, value
    if isinstance(properties.get("principalId"), str) and isinstance(properties.get("roleDefinitionId"), str):
        yield Mark.HOLDER, properties["principalId"].lower()
        yield Mark.ROLE, name_of(properties["roleDefinitionId"]).lower()
    is_identity = kind.lower() == USER_ASSIGNED_IDENTITY.lower()
    if is_identity or "SystemAssigned" in str(_part(body, "identity").get("type", "")):
        with contextlib.suppress(ValueError):  # an import may have brought anything
            own = uuid.UUID(instance)  # what follows is as unique_ids has it
            yield Mark.PRINCIPAL, str(uuid.uuid5(own, "principal"))
            if is_identity:
                yield Mark.CLIENT, str(uuid.uuid5(own, "client"))
    if kind.lower() != _UNMARKED:
        yield from ((Mark.LEADS_TO, one.lower()) for one in _texts(body) if one.startswith(_ROOT))


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
