"""Where in the settings a resource of the program comes from."""

from llama_azure_core.plan.items import Offer, Project
from llama_azure_core.plan.stack import Plan

_SUFFIX = len("-ab12cd")


def places(made: Plan) -> dict[str, str]:
    """Return by the name of a component in the program the place in the settings that describes it.

    The resources in a component are named after it, with a hyphen and a word. A derived name stands without its last
    part, which depends on the Azure subscription.
    """
    found = {}
    if made.hub.arguments:
        found[str(made.hub.arguments["hub_name"])] = "llama-azure:hub"
    for project in made.projects:
        found[project.key] = project.path
        found |= {offer.logical_name: _of_offer(offer, project) for offer in project.offers}
        found |= {connection.logical_name: connection.path for connection in project.connections}
    if made.foundry is not None:
        found[made.foundry.logical_name] = made.foundry.path
        found |= {one.logical_name: one.path for one in made.foundry.content_filters}
        found |= {project.key: project.path for project in made.foundry.projects}
    for endpoint in made.endpoints:
        name = endpoint.logical_name
        found[name[:-_SUFFIX] if endpoint.is_derived else name] = endpoint.path
        found |= {one.logical_name: f"{endpoint.path}.deployments.{one.name}" for one in endpoint.deployments}
    for front in (made.gateway, made.api_management):
        if front is not None:
            found[front.logical_name] = front.path
    if made.alerts is not None:
        found[made.alerts.logical_name] = made.alerts.path
        found[made.alerts.workbook.logical_name] = made.alerts.path
        found |= {one.logical_name: made.alerts.path for one in made.alerts.rules}
    if made.deployers is not None:
        found[made.deployers.logical_name] = "llama-azure:deployers"
    return found


def _of_offer(offer: Offer, project: Project) -> str:
    asking = (one.path for one in project.endpoints if one.subscribes and one.model == offer.model)
    return next(asking, f"{project.path}.subscriptions")
