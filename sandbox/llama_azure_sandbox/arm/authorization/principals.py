"""Whom roles can be assigned to: the directory's principals, and the managed identities of resources."""

from llama_azure_sandbox.arm.resource_type import unique_id
from llama_azure_sandbox.arm.store import Store
from llama_azure_sandbox.identity.principals import Directory


def known_principal_type(store: Store, object_id: str) -> str | None:
    """Return the type of the principal of an object id, or ``None`` if there is none."""
    principal = Directory(store).by_object_id(object_id)
    if principal is not None:
        return principal.type.value
    for resource in store.all_resources():
        identity = resource.body.get("identity") or {}
        if "SystemAssigned" in str(identity.get("type", "")) and unique_id(resource, "principal") == object_id:
            return "ServicePrincipal"
    return None
