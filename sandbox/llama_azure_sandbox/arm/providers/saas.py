"""Microsoft.SaaS: the resource that a Marketplace subscription leaves in the project's resource group.

There is one per project and offer, named ``<offer>-<GUID>`` (source S0, S3, S39). Cost is tracked by it, and deleting
it ends the subscription.
"""

import uuid

from llama_azure_core.resource_ids import name_of
from llama_azure_sandbox.arm.store import StoredResource
from llama_azure_sandbox.arm.world import World

SAAS_TYPE = "Microsoft.SaaS/resources"


def ensure_saas_resource(world: World, project: StoredResource, publisher: str, offer: str, plan: str | None) -> None:
    """Put the SaaS resource of a project and an offer where Azure puts it, if it is not there."""
    resource_id = _id(project, offer)
    if world.store.resource(resource_id.lower()) is not None:
        return
    properties = {
        "saasResourceName": name_of(resource_id),
        "publisherId": publisher,
        "offerId": offer,
        "skuId": plan,
        "status": "Subscribed",
        "provisioningState": "Succeeded",
    }
    body = {"location": "global", "tags": {"workspace": project.id}, "properties": properties}
    group = project.id.split("/providers/", 1)[0].lower()
    saas = StoredResource(resource_id.lower(), resource_id, SAAS_TYPE, group, str(uuid.uuid4()), body, {})
    world.store.save(saas)


def saas_resource(world: World, project: StoredResource, offer: str) -> StoredResource | None:
    """Return the SaaS resource of a project and an offer; ``None`` while the project does not subscribe."""
    return world.store.resource(_id(project, offer).lower())


def remove_saas_resource(world: World, project: StoredResource, offer: str) -> None:
    """Remove the SaaS resource of a project and an offer, if it is there."""
    world.store.remove(_id(project, offer).lower())


def _id(project: StoredResource, offer: str) -> str:
    """Return the id of the SaaS resource; its GUID belongs to this very project and offer."""
    group = project.id.split("/providers/", 1)[0]
    return f"{group}/providers/{SAAS_TYPE}/{offer}-{uuid.uuid5(uuid.UUID(project.instance), offer)}"
