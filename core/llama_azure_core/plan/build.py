"""From settings to a plan."""

import re
from collections import Counter
from dataclasses import replace

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.deployer_roles import EXISTING, RolePlace, deployer_role_actions
from llama_azure_core.plan._arguments import arguments
from llama_azure_core.plan.alerts import plan_alerts
from llama_azure_core.plan.budget import plan_budget
from llama_azure_core.plan.foundry import plan_foundry
from llama_azure_core.plan.hub import plan_hub
from llama_azure_core.plan.items import Connection, DeployerScopes, Hub, Owner, Project
from llama_azure_core.plan.managed import plan_managed
from llama_azure_core.plan.network import plan_network
from llama_azure_core.plan.parts import part_of_plan
from llama_azure_core.plan.scope import Scope, Workspace
from llama_azure_core.plan.serverless import plan_offers, plan_serverless
from llama_azure_core.plan.spreading import spread
from llama_azure_core.plan.stack import Plan
from llama_azure_core.resource_ids import ResourceId
from llama_azure_core.resource_types import KEY_VAULT
from llama_azure_core.settings.parsing import SettingsError
from llama_azure_core.settings.project import ProjectSettings
from llama_azure_core.settings.stack import Settings


def plan(settings: Settings, *, subscription: str, stack: str = "", other_hub: Hub | None = None) -> Plan:
    """Return what a stack's settings come to.

    Args:
        settings: the stack's.
        subscription: the id of the Azure subscription, a GUID; names of endpoints are derived from it.
        stack: the stack's name, for its tags, and where the settings divide projects between stacks, for its own.
        other_hub: the hub of the stack that ``hub.stack`` names, where that stack's plan is known.

    Raises:
        SettingsError: something names what the stack does not have, or no name can be derived.
    """
    tags = {"environment": settings.part_of or stack, "managed-by": "pulumi", **settings.tags}
    used = Counter(key for project in settings.projects.values() for key in project.endpoints)
    shared = frozenset(key for key, times in used.items() if times > 1)
    written_out = spread(settings)
    settings = written_out.settings
    scope = Scope(subscription, settings.resource_group, settings.location, tags, shared, written_out)
    network = None if settings.network is None else plan_network(settings, settings.network, scope)
    hub = plan_hub(settings, scope, other_hub, network)
    # Where there is a hub, every project has its place in it, so that an endpoint can move there and back.
    in_hub = {} if settings.hub is None else settings.projects
    projects = tuple(_project(settings, key, project, scope, hub) for key, project in in_hub.items())
    foundry = plan_foundry(settings, scope, network, hub)
    made = Plan(
        stack=stack,
        subscription=subscription,
        location=settings.location,
        region=settings.region,
        on=settings.as_of,
        regions_on=settings.regions_on,
        tags=tags,
        group=settings.resource_group,
        makes_group=settings.makes_resource_group and not settings.existing_resource_group,
        uses_group=settings.makes_resource_group,
        hub=hub,
        projects=projects,
        deployers=_deployers(settings, projects, scope),
        foundry=foundry,
        network=network,
        budget=None if settings.budget is None else plan_budget(settings, settings.budget, scope),
        keys_vault_id=settings.keys_vault,
        litellm=settings.litellm,
    )
    made = _with_front(made, settings, scope)
    problems = (
        _told_twice(made)
        + _unserved_fallbacks(made)
        + _unserved_teams(settings, made)
        + _unkept_keys(made)
        + [problem for project in projects for one in project.connections if (problem := _unusable(one, made))]
    )
    if problems:
        raise SettingsError("\n".join(problems))
    if settings.watched is not None:
        made = replace(made, alerts=plan_alerts(settings.watched, made, scope))
    return part_of_plan(made, settings, stack) if settings.stacks or settings.part_of else made


def _with_front(made: Plan, settings: Settings, scope: Scope) -> Plan:
    """Return a plan with what stands in front of its endpoints; a stack that has none of it loads nothing for it."""
    if settings.gateway is None and settings.api_management is None:
        return made
    from llama_azure_core.plan.gateway import plan_api_management, plan_gateway

    gateway, api = settings.gateway, settings.api_management
    return replace(
        made,
        gateway=None
        if gateway is None or made.network is None
        else plan_gateway(settings, gateway, scope, made.network, made.hub, made.foundry),
        api_management=None if api is None else plan_api_management(api, made.foundry, made.endpoints),
    )


def _told_twice(made: Plan) -> list[str]:
    """Say which endpoints the stack's outputs would have under one name."""
    first: dict[str, str] = {}
    return [
        f"{first[name]} and {endpoint.path} would both stand in the outputs as {endpoint.exported}: "
        "change a key or a name"
        for endpoint in made.endpoints
        if first.setdefault(name := endpoint.exported.casefold(), endpoint.path) != endpoint.path
    ]


def _unserved_fallbacks(made: Plan) -> list[str]:
    """Say which fallbacks name a model that the stack does not serve."""
    fallbacks = {} if made.litellm is None else made.litellm.fallbacks
    named = {one for model, others in fallbacks.items() for one in (model, *others)}
    served = {one.model.name for one in made.endpoints if one.model is not None}
    return [
        f"llama-azure:litellm.fallbacks: no endpoint of the stack serves {model}; it serves {', '.join(sorted(served))}"
        for model in sorted(named - served)
    ]


def _unserved_teams(settings: Settings, made: Plan) -> list[str]:
    """Say which teams of the gateway may call a model that the stack does not serve."""
    teams = {} if settings.gateway is None else settings.gateway.teams
    served = {one.model.name for one in made.endpoints if one.model is not None}
    return [
        f"llama-azure:gateway.teams.{team}.models: no endpoint of the stack serves {model}; "
        f"it serves {', '.join(sorted(served))}"
        for team, one in teams.items()
        for model in one.models
        if model not in served
    ]


def _unkept_keys(made: Plan) -> list[str]:
    """Say which keys cannot be kept in the vault that is to hold them."""
    if made.keys_vault_id is None:
        return []
    path = "llama-azure:keysVault"
    kept = [one.exported for one in made.endpoints if one.takes_keys]
    vaults = () if made.gateway is None else made.gateway.stands_on
    if any(one.id.casefold() == made.keys_vault_id.casefold() for one in vaults):
        return [
            f"{path}: it is the gateway's vault, which holds the endpoints' keys already: give another, or remove it"
        ]
    if not ResourceId.parse(made.keys_vault_id).is_type(KEY_VAULT):
        return [f"{path}: {made.keys_vault_id} is not the id of a key vault"]
    return [
        f"{path}: no secret can be called {name}, as {name} is in the outputs: letters, digits and hyphens"
        for name in kept
        if not re.fullmatch(r"[0-9A-Za-z-]{1,127}", name)
    ]


def _project(settings: Settings, key: str, project: ProjectSettings, scope: Scope, hub: Hub) -> Project:
    workspace = Workspace(
        key,
        scope.project_path(key),
        project.existing or scope.workspace_id(project.name or key),
        project.existing is None,
    )
    offers = plan_offers(project, workspace, scope, settings.ends)
    by_default = hub.arguments if hub.owner is Owner.STACK else settings.defaults.project
    is_public = project.public_network_access
    own = {
        "resource_group_name": scope.group,
        "location": scope.location,
        "project_name": workspace.name,
        "deletion_protection": settings.deletion_protection,
        "tags": dict(scope.tags),
        "public_network_access": by_default.get("public_network_access", True) if is_public is None else is_public,
    }
    if project.friendly_name is not None:
        own["friendly_name"] = project.friendly_name
    logs = None
    if hub.owner is Owner.STACK and hub.arguments.get("resource_diagnostics"):
        logs = hub.log_analytics_workspace_id
    if logs is not None:
        own["log_analytics_workspace_id"] = logs
    return Project(
        key=key,
        path=workspace.path,
        id=workspace.id,
        owner=Owner.STACK if workspace.is_own else Owner.EXISTING,
        offers=offers,
        endpoints=(
            *plan_serverless(project, workspace, scope, offers, settings.ends),
            *plan_managed(project, workspace, scope, settings.ends, settings.defaults, logs),
        ),
        connections=_connections(project, workspace),
        arguments=own if workspace.is_own else {},
    )


def _connections(project: ProjectSettings, workspace: Workspace) -> tuple[Connection, ...]:
    return tuple(
        Connection(
            path=f"{workspace.path}.connections.{name}",
            logical_name=f"{workspace.key}-{name.casefold()}",
            name=name,
            id=f"{workspace.id}/connections/{name}",
            endpoint=one.endpoint,
            stack=one.stack,
            arguments={
                **workspace.place(),
                "connection_name": name,
                **arguments(one, "endpoint", "stack"),
            },
        )
        for name, one in project.connections.items()
    )


def _unusable(connection: Connection, made: Plan) -> str | None:
    """Return why the stack has no endpoint that a connection could use."""
    if connection.stack is not None:
        return None
    found = next((one for one in made.endpoints if one.exported == connection.endpoint), None)
    return connection_problem(
        connection,
        there=[one.exported for one in made.endpoints],
        kind=None if found is None else found.back_end.value,
        takes_keys=found is not None and found.takes_keys,
    )


def connection_problem(connection: Connection, there: list[str], kind: str | None, *, takes_keys: bool) -> str | None:
    """Return why an endpoint cannot be used by a connection; ``None`` where it can.

    Args:
        connection: whose endpoint.
        there: the names of the endpoints that its owner has.
        kind: the endpoint's kind, ``None`` where the owner has none of that name.
        takes_keys: whether callers of the endpoint may sign in with a key.
    """
    path, endpoint = f"{connection.path}.endpoint", connection.endpoint
    owner = f"the stack {connection.stack}" if connection.stack else "this stack"
    if kind is None:
        return f"{path}: {owner} has no endpoint {endpoint}; it has {', '.join(sorted(there)) or 'none'}"
    if kind != "serverless":
        return f"{path}: {endpoint} of {owner} is not a serverless endpoint"
    if not takes_keys:
        return (
            f"{path}: {endpoint} of {owner} takes no keys, and a connection needs one; "
            "set its authMode to Key or KeyAndAAD"
        )
    return None


def _existing_roles(settings: Settings, scope: Scope) -> dict[str, str]:
    place = RolePlace(scope.subscription, scope.group, EXISTING)
    needed = deployer_role_actions(
        managed_compute=False,
        subscribes=any(one.may_subscribe for one in settings.deployers.values()),
        preflights=any(one.may_run_preflight for one in settings.deployers.values()),
    )
    return {kind: place.id(kind) for kind in needed}


def _deployers(settings: Settings, projects: tuple[Project, ...], scope: Scope) -> DeployerScopes | None:
    if not settings.deployers:
        return None
    own = [project for project in projects if project.is_own]
    everywhere = any(one.may_subscribe or one.may_run_preflight for one in settings.deployers.values())
    return DeployerScopes(
        logical_name="deployers",
        scopes=(
            *(project.id for project in own),
            scope.group_id,
            *((f"/subscriptions/{scope.subscription}",) if everywhere else ()),
        ),
        depends_on=tuple(project.id for project in own),
        arguments={
            "subscription_id": scope.subscription,
            "resource_group_name": scope.group,
            "project_names": [project.name for project in own],
            "deployers": {key: arguments(deployer) for key, deployer in settings.deployers.items()},
            "managed_compute": any(project.of(BackEnd.MANAGED) for project in projects),
            **({"role_definition_ids": _existing_roles(settings, scope)} if settings.existing_deployer_roles else {}),
        },
    )
