"""From what is known of stacks to the document of the page. Pure: the same inputs make the same page."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

from llama_azure_core import plan as planned
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.limits import limits
from llama_azure_core.plan import Owner, Plan
from llama_azure_core.plan.calling import call_limits, endpoint_ends
from llama_azure_core.regions import region_display_name
from llama_azure_core.resource_ids import name_of
from llama_azure_page.changes import PendingChanges, deployed_ids
from llama_azure_page.costs import Costs
from llama_azure_page.document import (
    Bar,
    Call,
    Change,
    Changes,
    Countdown,
    Endpoint,
    Environment,
    NetworkPart,
    NotKnown,
    Page,
    Place,
    ProjectPart,
    Share,
    Tone,
)
from llama_azure_page.findings import judgement, said_of
from llama_azure_page.inputs import Json, Judged, StackInputs, Unreadable
from llama_azure_page.sentences import environment_sentence, page_sentence


def make_page(stacks: Iterable[StackInputs | Unreadable], made: dt.datetime) -> Page:
    """Return the document of a page.

    Args:
        stacks: in the order in which they are shown.
        made: now, with its time zone; ages are counted from it.
    """
    environments = tuple(
        _unreadable(one) if isinstance(one, Unreadable) else _Stack(one).environment() for one in stacks
    )
    sentence, tone = page_sentence(environments)
    return Page(made=made, sentence=sentence, tone=tone, environments=environments)


def _unreadable(one: Unreadable) -> Environment:
    why = NotKnown(not_known="the stack's settings cannot be read")
    return Environment(
        id=slug("env", one.stack),
        name=one.stack,
        region="",
        group="",
        judged_on=one.on,
        sentence=f"{one.stack} cannot be read.",
        deployed=why,
        network=None,
        places=(),
        quotas=(),
        changes=why,
        guardrails=why,
        preflight=why,
        cost=why,
        problem=one.problem,
    )


class _Stack:
    """One stack on its way to the document."""

    def __init__(self, given: StackInputs) -> None:
        self._given = given
        self._plan = given.plan
        self._pending = PendingChanges(given.plan, given.preview, given.resources)
        self._there = None if isinstance(given.resources, NotKnown) else deployed_ids(given.resources)
        self._outputs: Json = {} if isinstance(given.endpoints, NotKnown) else given.endpoints
        self._costs = Costs(given.plan)
        self._findings = said_of(given.plan, given.guardrails, given.preflight)

    def environment(self) -> Environment:
        plan, given = self._plan, self._given
        made = Environment(
            id=slug("env", plan.stack),
            name=plan.stack,
            region=region_display_name(plan.region),
            group=plan.group,
            judged_on=plan.on,
            sentence="",
            deployed=given.resources if isinstance(given.resources, NotKnown) else bool(self._there),
            network=_network(plan),
            places=self._places(),
            quotas=tuple(self._quotas()),
            changes=self._changes(),
            guardrails=judgement(given.guardrails),
            preflight=judgement(given.preflight),
            cost=self._costs.whole(),
        )
        return made.model_copy(update={"sentence": environment_sentence(made)})

    def _changes(self) -> Changes | NotKnown:
        told = self._pending.told
        if isinstance(told, NotKnown):
            return told
        by_id = {one.id.casefold(): self._pending.change(one.id) for one in self._plan.endpoints}
        return told.model_copy(update={"cost": self._costs.of_change(told, self._given.preview, by_id)})

    def _places(self) -> tuple[Place, ...]:
        plan, places = self._plan, []
        gone = self._gone()
        if plan.hub.owner is not Owner.NOBODY or plan.projects:
            projects = [
                self._project(one.key, one.name, one.id, one.owner, one.endpoints, gone) for one in plan.projects
            ]
            places.append(self._place("hub", plan, projects + _projects_of(gone, "hub", plan.stack)))
        elif found := _projects_of(gone, "hub", plan.stack):
            places.append(self._place("hub", plan, found))
        if plan.foundry is not None:
            projects = [
                self._project(one.key, one.name, one.id, Owner.STACK, one.endpoints, gone)
                for one in plan.foundry.projects
            ]
            places.append(self._place("foundry", plan, projects + _projects_of(gone, "foundry", plan.stack)))
        elif found := _projects_of(gone, "foundry", plan.stack):
            places.append(self._place("foundry", plan, found))
        return tuple(places)

    def _place(self, kind: str, plan: Plan, projects: Sequence[ProjectPart]) -> Place:
        of_hub = kind == "hub"
        place_id = (plan.hub.id if of_hub else plan.foundry.id if plan.foundry else None) or ""
        owner = plan.hub.owner if of_hub else plan.foundry.owner if plan.foundry else Owner.NOBODY
        arguments = plan.hub.arguments if of_hub else plan.foundry.arguments if plan.foundry else {}
        return Place(
            id=slug(plan.stack, kind),
            kind="hub" if of_hub else "foundry",
            name=name_of(place_id) if place_id else (plan.hub.stack or "") if of_hub else "",
            owner=owner.value,
            change=self._pending.change(place_id) if place_id else (Change.DELETE if owner is Owner.NOBODY else None),
            closed=_closed(owner, arguments),
            projects=tuple(projects),
        )

    def _project(
        self,
        key: str,
        name: str,
        resource_id: str,
        owner: Owner,
        endpoints: Iterable[planned.Endpoint],
        gone: dict[tuple[str, str], list[Endpoint]],
    ) -> ProjectPart:
        made = [self._endpoint(one, key) for one in endpoints]
        place = "foundry" if "/accounts/" in resource_id else "hub"
        return ProjectPart(
            id=slug(self._plan.stack, place, key),
            key=key,
            name=name,
            owner=owner.value,
            change=self._pending.change(resource_id),
            endpoints=(*made, *gone.pop((place, name), ())),
        )

    def _endpoint(self, one: planned.Endpoint, project: str) -> Endpoint:
        said = self._findings.of(one)
        output = self._outputs.get(one.exported)
        return Endpoint(
            id=slug(self._plan.stack, project, one.back_end.value, one.key),
            key=one.exported,
            name=one.name,
            path=one.path,
            back_end=one.back_end.value,
            model="" if one.model is None else one.model.name,
            version=_version(one),
            api="" if one.model is None else one.model.api.value,
            change=self._endpoint_change(one),
            deployed=self._is_deployed(one),
            ends=_countdown(one, self._plan.on),
            limits=self._limits(one),
            price=self._costs.of(one.id),
            blocking=sum(row.blocks for row in said),
            undecided=sum(row.result in ("unknown", "error") and not row.blocks for row in said),
            warnings=sum(row.result in ("warn", "fail") and not row.blocks for row in said),
            judged=isinstance(self._given.guardrails, Judged),
            said=said,
            steps=(
                *self._pending.steps(one.id),
                *(step for deployment in one.deployments for step in self._pending.steps(deployment.id)),
            ),
            traffic=self._traffic(one),
            call=_call(output) if output else self._no_call(one),
        )

    def _endpoint_change(self, one: planned.Endpoint) -> Change | None:
        own = self._pending.change(one.id)
        if own is not None:
            return own
        return Change.UPDATE if any(self._pending.change(part.id) for part in one.deployments) else None

    def _is_deployed(self, one: planned.Endpoint) -> bool | NotKnown:
        if self._there is None:
            assert isinstance(self._given.resources, NotKnown)  # noqa: S101 - else its ids were read
            return self._given.resources
        return one.owner is Owner.EXISTING or one.id.casefold() in self._there

    def _no_call(self, one: planned.Endpoint) -> NotKnown:
        if isinstance(self._given.endpoints, NotKnown):
            return self._given.endpoints
        return NotKnown(not_known=f"{one.exported} is not deployed yet")

    def _limits(self, one: planned.Endpoint) -> tuple[Bar, ...]:
        meters = self._given.meters
        meter = None if isinstance(meters, NotKnown) else meters.get(one.id.casefold())
        bars = []
        for name, limit in call_limits(one).items():
            label, unit, used = _USED[name]
            value: float | NotKnown
            if isinstance(meters, NotKnown):
                value = meters
            elif used is None:
                value = NotKnown(not_known="it is not metered by the second")
            else:
                value = 0 if meter is None else getattr(meter, used)
            bars.append(Bar(name=label, used=value, limit=limit, unit=unit))
        return tuple(bars)

    def _traffic(self, one: planned.Endpoint) -> tuple[Share, ...]:
        actual = self._given.traffic
        shares = actual if isinstance(actual, NotKnown) else actual.get(one.id.casefold())
        found = []
        for deployment in one.deployments:
            value: int | NotKnown
            if isinstance(shares, NotKnown):
                value = shares
            else:
                value = (
                    NotKnown(not_known="it is not deployed yet") if shares is None else shares.get(deployment.name, 0)
                )
            found.append(
                Share(
                    deployment=deployment.name,
                    model=deployment.model.name,
                    vm_size=deployment.vm_size.name,
                    instances=deployment.instances,
                    wanted=None if one.traffic is None else one.traffic.get(deployment.name, 0),
                    actual=value,
                    mirror=one.mirror.get(deployment.name, 0),
                    change=self._pending.change(deployment.id),
                )
            )
        return tuple(found)

    def _gone(self) -> dict[tuple[str, str], list[Endpoint]]:
        """Return what is deployed and no longer described, by place and project."""
        wanted = {one.exported for one in self._plan.endpoints}
        found: dict[tuple[str, str], list[Endpoint]] = {}
        for key, output in self._outputs.items():
            if key in wanted:
                continue
            back_end = str(output.get("kind") or "")
            place = "foundry" if back_end == BackEnd.FOUNDRY else "hub"
            project = str(output.get("project") or "")
            one = Endpoint(
                id=slug(self._plan.stack, project, back_end, key, "gone"),
                key=key,
                name=key,
                path="",
                back_end=back_end,
                model=str(output.get("model") or ""),
                version="",
                api=str(output.get("api") or ""),
                change=Change.DELETE if self._pending.is_known else None,
                deployed=True,
                ends=NotKnown(not_known="the settings no longer describe it"),
                limits=(),
                price=NotKnown(not_known="the settings no longer describe it"),
                blocking=0,
                undecided=0,
                warnings=0,
                judged=False,
                said=(),
                steps=(),
                traffic=(),
                call=_call(output),
            )
            found.setdefault((place, project), []).append(one)
        return found

    def _quotas(self) -> Iterable[Bar]:
        """Yield what the stack takes of the subscription's quotas, with everybody's use where Azure was asked."""
        usage, asked = self._plan.usage, self._given.quotas
        for counter, units in usage.capacity.items():
            if counter:
                yield self._quota(counter, units, "units")
        for family, cores in usage.cores.items():
            yield self._quota(family, cores, "cores")
        if online := usage.endpoints.get(BackEnd.MANAGED, 0):
            used: float | NotKnown = online
            if isinstance(asked, Mapping) and "endpoints" in asked:
                used = asked["endpoints"][0]
            yield Bar(name="online endpoints", used=used, limit=limits()["endpointsPerRegion"], unit="endpoints")

    def _quota(self, name: str, wanted: int, unit: str) -> Bar:
        asked = self._given.quotas
        label = f"{name}: this stack takes {wanted} {unit}"
        if isinstance(asked, NotKnown):
            return Bar(name=label, used=wanted, limit=asked, unit=unit)
        if name.casefold() not in asked:
            why = NotKnown(not_known="Azure lists no such counter")
            return Bar(name=label, used=wanted, limit=why, unit=unit)
        used, limit = asked[name.casefold()]
        return Bar(name=label, used=used, limit=limit, unit=unit)


_USED: Mapping[str, tuple[str, str, str | None]] = {
    "tokensPerMinute": ("tokens a minute", "tokens", "tokens"),
    "requestsPerMinute": ("requests a minute", "requests", "requests"),
    "requestsPerSecond": ("requests a second", "requests", None),
}


def slug(*parts: str) -> str:
    """Return words as an id of HTML."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(parts))


def _projects_of(gone: dict[tuple[str, str], list[Endpoint]], place: str, stack: str) -> list[ProjectPart]:
    """Return the projects that the settings no longer describe and that still have endpoints."""
    keys = [key for key in gone if key[0] == place]
    return [
        ProjectPart(
            id=slug(stack, place, name, "gone"),
            key=name,
            name=name,
            owner=Owner.STACK.value,
            change=Change.DELETE,
            endpoints=tuple(gone.pop((place, name))),
        )
        for _, name in keys
    ]


def _network(plan: Plan) -> NetworkPart | None:
    if plan.network is None:
        return None
    return NetworkPart(
        name=name_of(plan.network.virtual_network_id),
        subnet=name_of(plan.network.subnet_id),
        owner=plan.network.owner.value,
        zones=tuple(plan.network.zones),
    )


def _closed(owner: Owner, arguments: Mapping[str, object]) -> bool | NotKnown:
    if owner is not Owner.STACK:
        return NotKnown(not_known="the stack does not make it")
    return arguments.get("public_network_access") is False


def _version(one: planned.Endpoint) -> str:
    if one.back_end is BackEnd.FOUNDRY:
        return f"{one.arguments['model_version']} · {one.arguments['sku_name']}"
    versions = {deployment.arguments["model_id"].rpartition("/")[2] for deployment in one.deployments}
    return ", ".join(sorted(versions))


def _countdown(one: planned.Endpoint, on: dt.date) -> Countdown | NotKnown:
    ends = endpoint_ends(one)
    if not ends:
        return NotKnown(not_known="nobody names a day" if one.models else "it serves no model")
    end = next((found for found in ends if not found.has_come(on)), ends[-1])
    tone = Tone.BAD if any(found.has_come(on) for found in ends) else Tone.NEAR if end.is_near(on) else Tone.CALM
    return Countdown(day=end.day, days=(end.day - on).days, what=end.told(on), tone=tone)


def _call(output: Json) -> Call:
    return Call(
        base_url=str(output.get("baseUrl") or ""),
        deployment=str(output.get("deployment") or ""),
        auth=str(output.get("auth") or ""),
        routes={str(name): str(url) for name, url in (output.get("routes") or {}).items()},
    )
