"""The plan of one stack of several that deploy the projects of one file side by side."""

from dataclasses import replace

from llama_azure_core.engine_values import NAMESPACE
from llama_azure_core.plan.items import Alert, AlertKind, Alerts, Connection, Hub, Owner, Project
from llama_azure_core.plan.stack import Plan
from llama_azure_core.settings.parsing import SettingsError
from llama_azure_core.settings.stack import Settings


def part_of_plan(whole: Plan, settings: Settings, stack: str) -> Plan:
    """Return what one stack deploys of a plan: its projects, and in the stack of the file all that belongs to none.

    Names, tags and outputs of a project are the same in whichever stack it is. The Foundry resource stays whole: it
    takes one write at a time.

    Args:
        whole: what the file describes.
        settings: what the file says.
        stack: the short name of the stack.

    Raises:
        SettingsError: the file has no part of that name, or a connection leads from one stack to another.
    """
    if settings.part_of is not None and stack not in settings.stacks:
        raise SettingsError(f"{NAMESPACE}:stacks of {settings.part_of} names no stack {stack}: add it there")
    owners = {project.key: _owner(project, settings) for project in whole.projects}
    if problems := [problem for one in whole.projects for problem in _apart(one, whole, owners)]:
        raise SettingsError("\n".join(problems))
    own = stack if settings.part_of is not None else None
    projects = tuple(project for project in whole.projects if owners[project.key] == own)
    made = replace(whole, projects=projects, alerts=_alerts(whole, projects, whole_itself=own is None))
    if own is None:
        return made
    return replace(
        made,
        part_of=settings.part_of,
        makes_group=False,
        uses_group=False,
        hub=_hub(whole.hub, settings.part_of or ""),
        foundry=None,
        network=None,
        budget=None,
        api_management=None,
    )


def _owner(project: Project, settings: Settings) -> str | None:
    """Return the stack that deploys a project; ``None`` for that of the file."""
    key = project.path.removeprefix(f"{NAMESPACE}:projects.")
    return next((stack for stack, keys in settings.stacks.items() if key in keys), None)


def _apart(project: Project, whole: Plan, owners: dict[str, str | None]) -> list[str]:
    """Say which connections of a project lead to an endpoint that another stack deploys."""
    homes = {one.exported: home.key for home in whole.projects for one in home.endpoints}

    def is_apart(connection: Connection) -> bool:
        home = homes.get(connection.endpoint)
        return connection.stack is None and home is not None and owners[home] != owners[project.key]

    return [
        f"{one.path}: its endpoint {one.endpoint} is deployed by another stack: put {project.key} and "
        f"{homes[one.endpoint]} in one, under {NAMESPACE}:stacks"
        for one in project.connections
        if is_apart(one)
    ]


def _hub(hub: Hub, stack: str) -> Hub:
    """Return the hub as a part sees it: the stack of the file makes it, and says its id."""
    return Hub(Owner.OTHER_STACK, hub.id, stack) if hub.owner is Owner.STACK else hub


def _alerts(whole: Plan, projects: tuple[Project, ...], *, whole_itself: bool) -> Alerts | None:
    """Return the rules on endpoints with the stack that makes those; all else is in the stack of the file."""
    if whole.alerts is None:
        return None
    mine = {one.id for project in projects for one in project.endpoints}
    elsewhere = {one.id for project in whole.projects for one in project.endpoints} - mine

    def is_own(rule: Alert) -> bool:
        is_metric, about = rule.kind is AlertKind.METRIC, set(rule.about)
        return not (is_metric and about & elsewhere) if whole_itself else is_metric and bool(about & mine)

    rules = tuple(rule for rule in whole.alerts.rules if is_own(rule))
    if whole_itself:
        return replace(whole.alerts, rules=rules)
    return replace(whole.alerts, owner=Owner.OTHER_STACK, arguments={}, rules=rules) if rules else None
