"""What an update would do to each part of the page."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llama_azure_core.plan import BackEnd, Owner, Plan
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import (
    AI_SERVICES_ACCOUNT,
    CONTENT_FILTER,
    FOUNDRY_DEPLOYMENT,
    FOUNDRY_PROJECT,
    MARKETPLACE_SUBSCRIPTION,
    ONLINE_DEPLOYMENT,
    ONLINE_ENDPOINT,
    SERVERLESS_ENDPOINT,
    WORKSPACE,
)
from llama_azure_page.document import Change, Changes, NotKnown, Step
from llama_azure_page.inputs import Changed, Json, Preview

_COMPARED = frozenset(
    one.casefold()
    for one in (
        WORKSPACE,
        MARKETPLACE_SUBSCRIPTION,
        SERVERLESS_ENDPOINT,
        ONLINE_ENDPOINT,
        ONLINE_DEPLOYMENT,
        AI_SERVICES_ACCOUNT,
        FOUNDRY_PROJECT,
        FOUNDRY_DEPLOYMENT,
        CONTENT_FILTER,
    )
)
_ENDPOINTS = {
    BackEnd.SERVERLESS: "ServerlessEndpoint",
    BackEnd.MANAGED: "OnlineEndpoint",
    BackEnd.FOUNDRY: "ModelDeployment",
}
COMPARISON = "the settings against the state"


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of the plan, as components and as Azure call it."""

    component: str
    logical_name: str
    id: str


class PendingChanges:
    """What is pending, by the Azure id of each item of a plan."""

    def __init__(self, plan: Plan, preview: Preview | NotKnown, resources: Sequence[Json] | NotKnown) -> None:
        self._by_id: dict[str, list[Changed]] = defaultdict(list)
        self.told: Changes | NotKnown
        if isinstance(preview, Preview):
            self._of_preview(plan, preview)
            self.told = Changes(
                source="a preview",
                when=preview.when,
                steps=tuple(_step(one) for one in preview.changed),
                errors=preview.errors,
            )
        elif isinstance(resources, NotKnown):
            self.told = NotKnown(not_known=f"{preview.not_known}; {resources.not_known}")
        else:
            self.told = self._of_comparison(plan, resources)

    def steps(self, resource_id: str) -> tuple[Step, ...]:
        """Return the steps for an item."""
        return tuple(_step(one) for one in self._by_id.get(resource_id.casefold(), ()))

    def change(self, resource_id: str) -> Change | None:
        """Return what happens to an item as a whole; ``None`` where nothing does."""
        steps = self._by_id.get(resource_id.casefold(), ())
        whole = {one.change for one in steps if one.is_component}
        for one in (Change.CREATE, Change.DELETE):
            if one in whole:
                return one
        if any(one.change is Change.REPLACE for one in steps):
            return Change.REPLACE
        return Change.UPDATE if steps else None

    @property
    def is_known(self) -> bool:
        """Whether anybody said what is pending."""
        return not isinstance(self.told, NotKnown)

    def _of_preview(self, plan: Plan, preview: Preview) -> None:
        items: dict[str, list[_Item]] = defaultdict(list)
        for item in _items(plan):
            items[item.component].append(item)
        for one in preview.changed:
            found = _named(items.get(one.component, ()), one.name)
            if found is not None:
                self._by_id[found.id.casefold()].append(one)

    def _of_comparison(self, plan: Plan, resources: Sequence[Json]) -> Changes:
        there = {
            str(one["id"]).casefold(): str(one["id"])
            for one in resources
            if one.get("custom") and _compared(str(one.get("id") or "")) and not one.get("external")
        }
        wanted = {one.casefold(): one for one in _own_ids(plan)}
        changed = []
        for key, resource_id in wanted.items():
            if key not in there:
                changed.append(self._compared(Change.CREATE, resource_id))
        for key, resource_id in there.items():
            if key not in wanted and key not in {one.id.casefold() for one in _items(plan)}:
                changed.append(self._compared(Change.DELETE, resource_id))
        return Changes(
            source=COMPARISON,
            when=None,
            steps=tuple(_step(one) for one in changed),
            note="It tells what is new and what goes; what changes within a resource, a preview tells.",
        )

    def _compared(self, change: Change, resource_id: str) -> Changed:
        found = ResourceId.parse(resource_id)
        one = Changed(change, found.type, found.name, is_component=True)
        self._by_id[resource_id.casefold()].append(one)
        return one


def _step(one: Changed) -> Step:
    properties = one.properties if one.change is Change.UPDATE else ()
    return Step(change=one.change, type=one.type, name=one.name, properties=properties)


def _named(items: Iterable[_Item], name: str) -> _Item | None:
    """Return the item that a resource of the program belongs to: those in a component are named after it."""
    matching = [one for one in items if name == one.logical_name or name.startswith(f"{one.logical_name}-")]
    return max(matching, key=lambda one: len(one.logical_name), default=None)


def _items(plan: Plan) -> Iterator[_Item]:
    if plan.hub.arguments and plan.hub.id:
        yield _Item("AiHub", str(plan.hub.arguments["hub_name"]).casefold(), plan.hub.id)
    for project in plan.projects:
        yield _Item("AiProject", project.key, project.id)
        for offer in project.offers:
            yield _Item("MarketplaceSubscription", offer.logical_name, offer.id)
    if plan.foundry is not None:
        yield _Item("FoundryAccount", plan.foundry.logical_name, plan.foundry.id)
        for one in plan.foundry.content_filters:
            yield _Item("ContentFilter", one.logical_name, one.id)
        for of_foundry in plan.foundry.projects:
            yield _Item("FoundryProject", of_foundry.key, of_foundry.id)
    for endpoint in plan.endpoints:
        yield _Item(_ENDPOINTS[endpoint.back_end], endpoint.logical_name, endpoint.id)
        if endpoint.back_end is BackEnd.MANAGED:
            yield _Item("OnlineEndpointTraffic", endpoint.logical_name, endpoint.id)
        for deployment in endpoint.deployments:
            yield _Item("OnlineDeployment", deployment.logical_name, deployment.id)


def _own_ids(plan: Plan) -> Iterator[str]:
    """Yield the ids of what the stack itself makes, of the types that are compared."""
    if plan.hub.owner is Owner.STACK and plan.hub.id:
        yield plan.hub.id
    for project in plan.projects:
        if project.is_own:
            yield project.id
        yield from (offer.id for offer in project.offers)
    if plan.foundry is not None:
        if plan.foundry.owner is Owner.STACK:
            yield plan.foundry.id
        yield from (one.id for one in plan.foundry.content_filters)
        yield from (one.id for one in plan.foundry.projects)
    for endpoint in plan.endpoints:
        if endpoint.owner is Owner.STACK:
            yield endpoint.id
        yield from (one.id for one in endpoint.deployments)


def _compared(resource_id: str) -> bool:
    try:
        return ResourceId.parse(resource_id).type.casefold() in _COMPARED
    except ValueError:
        return False


def deployed_ids(resources: Sequence[Mapping[str, object]]) -> frozenset[str]:
    """Return the Azure ids in a stack's state, in lower case."""
    return frozenset(str(one["id"]).casefold() for one in resources if one.get("custom") and one.get("id"))
