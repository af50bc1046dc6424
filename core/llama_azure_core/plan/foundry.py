"""The plan of a Foundry resource: the account, its content filters, its projects and their deployments.

Azure works at one child of an account at a time and refuses the others meanwhile (``RequestConflict``), so each item
depends on the one before, whichever project it belongs to.
"""

from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import account_facts
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments, expected_tokens
from llama_azure_core.plan.items import ContentFilter, Endpoint, FoundryAccount, FoundryProject, Hub, Network, Owner
from llama_azure_core.plan.scope import Scope
from llama_azure_core.private_link import dns_zones
from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_core.resource_types import AI_SERVICES_ACCOUNT
from llama_azure_core.settings.endpoint import EndpointSettings
from llama_azure_core.settings.foundry import FoundrySettings
from llama_azure_core.settings.stack import Settings

_PATH = "llama-azure:foundry"
_NOT_THE_ACCOUNTS = ("name", "existing", "content_filters")


def plan_foundry(
    settings: Settings, scope: Scope, network: Network | None = None, hub: Hub | None = None
) -> FoundryAccount | None:
    """Return the plan of a stack's Foundry resource; ``None`` where the stack has none.

    Args:
        settings: the stack's.
        scope: the stack's.
        network: where its private endpoint lies, unless the settings say it.
        hub: the stack's; where it keeps logs, the account's go to its workspace too, unless the settings say another.
    """
    if not settings.uses_foundry:
        return None
    foundry = settings.foundry or FoundrySettings()
    account_id = foundry.existing or _own_id(foundry, scope)
    logs = _logs(foundry, hub)
    chain = _Chain(account_id)
    filters = tuple(_content_filter(name, foundry, chain) for name in foundry.content_filters)
    places = _projects(settings, scope, chain)
    deployed = {key: _deployments(settings, key, foundry, scope, chain) for key in places}
    return FoundryAccount(
        path=_PATH,
        logical_name="foundry",
        id=account_id,
        owner=Owner.STACK if foundry.existing is None else Owner.EXISTING,
        takes_keys=foundry.local_auth,
        content_filters=filters,
        projects=tuple(
            FoundryProject(
                key=key,
                path=f"llama-azure:projects.{key}",
                id=project_id,
                endpoints=deployed[key],
                depends_on=depends_on,
                arguments=made,
            )
            for key, (project_id, depends_on, made) in places.items()
        ),
        depends_on=()
        if foundry.existing is not None
        else (
            scope.group_id,
            *(() if network is None else (network.subnet_id,)),
            *((hub.id,) if logs and hub is not None and hub.id is not None else ()),
        ),
        arguments=_account_arguments(settings, foundry, account_id, scope, network) | logs,
    )


class _Chain:
    """The children of an account, each after the one before."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self._last = account_id

    def add(self, kind: str, name: str) -> tuple[str, tuple[str, ...]]:
        """Return the id of the next child, and the ids of what must be there before."""
        before, self._last = self._last, f"{self.account_id}/{kind}/{name}"
        return self._last, tuple(dict.fromkeys((self.account_id, before)))

    def place(self) -> dict[str, Any]:
        """Return the arguments that say where a child lies."""
        return {
            "resource_group_name": ResourceId.parse(self.account_id).resource_group,
            "account_name": name_of(self.account_id),
        }


def _own_id(foundry: FoundrySettings, scope: Scope) -> str:
    name = foundry.name or scope.name(f"{_PATH}.name", NameKind.FOUNDRY_ACCOUNT, "ai", scope.group)
    return str(ResourceId.of(scope.group_id, AI_SERVICES_ACCOUNT, name))


def _logs(foundry: FoundrySettings, hub: Hub | None) -> dict[str, str]:
    """Return where the account's logs go, where the settings do not say it: to the workspace of the stack's own hub."""
    if foundry.existing is not None or foundry.log_analytics_workspace is not None:
        return {}
    if hub is None or not hub.arguments.get("diagnostics"):
        return {}
    workspace = hub.log_analytics_workspace_id
    return {} if workspace is None else {"log_analytics_workspace_id": workspace}


def _account_arguments(
    settings: Settings, foundry: FoundrySettings, account_id: str, scope: Scope, network: Network | None
) -> dict[str, Any]:
    made = arguments(foundry, *_NOT_THE_ACCOUNTS)
    if foundry.existing is not None:
        kept = {key: made[key] for key in ("local_auth", "callers")}
        return {"account_id": account_id, **kept}
    return {
        "resource_group_name": scope.group,
        "location": scope.location,
        "account_name": name_of(account_id),
        "deletion_protection": settings.deletion_protection,
        "tags": dict(scope.tags),
        **({} if foundry.allowed_addresses or foundry.allowed_subnets else settings.defaults.foundry),
        **({} if network is None else {"private_endpoint": _private_endpoint(network)}),
        **made,
    }


def _private_endpoint(network: Network) -> dict[str, Any]:
    zones = dns_zones(AI_SERVICES_ACCOUNT, account_facts().private_link_group)
    return {
        "subnet_id": network.subnet_id,
        "dns_zone_ids": [network.zones[zone].id for zone in zones if zone in network.zones],
    }


def _content_filter(name: str, foundry: FoundrySettings, chain: _Chain) -> ContentFilter:
    filter_id, depends_on = chain.add("raiPolicies", name)
    one = foundry.content_filters[name]
    return ContentFilter(
        path=f"{_PATH}.contentFilters.{name}",
        logical_name=f"foundry-{name.casefold()}",
        name=name,
        id=filter_id,
        depends_on=depends_on,
        arguments={
            **chain.place(),
            "filter_name": name,
            **arguments(one),
        },
    )


def _projects(
    settings: Settings, scope: Scope, chain: _Chain
) -> dict[str, tuple[str, tuple[str, ...], dict[str, Any]]]:
    """Return by key the id, the needs and the arguments of each project that has deployments."""
    found = {}
    for key, project in settings.projects.items():
        if not any(BackEnd.FOUNDRY in settings.ends(one) for one in project.endpoints.values()):
            continue
        name = name_of(project.existing) if project.existing else project.name or key
        project_id, depends_on = chain.add("projects", name)
        made = {**chain.place(), "location": scope.location, "project_name": name, "tags": dict(scope.tags)}
        if project.friendly_name is not None:
            made["friendly_name"] = project.friendly_name
        if project.callers:
            made["callers"] = {name: arguments(caller) for name, caller in project.callers.items()}
        found[key] = (project_id, depends_on, made)
    return found


def _deployments(
    settings: Settings, project: str, foundry: FoundrySettings, scope: Scope, chain: _Chain
) -> tuple[Endpoint, ...]:
    return tuple(
        _deployment(project, key, one, foundry, scope, chain, settings.ends(one))
        for key, one in settings.projects[project].endpoints.items()
        if BackEnd.FOUNDRY in settings.ends(one)
    )


def _deployment(
    project: str,
    key: str,
    entry: EndpointSettings,
    foundry: FoundrySettings,
    scope: Scope,
    chain: _Chain,
    ends: tuple[BackEnd, ...],
) -> Endpoint:
    path, row, options = scope.endpoint_path(project, key), entry.foundry_row, entry.foundry
    assert row is not None  # noqa: S101 - the settings refuse a model that is not offered here
    # Another model is another deployment, which is made before the one of the model before goes. Its name is never the
    # model's own, which new portals refuse and instant access takes for the model.
    within = (chain.account_id, project, key, row.name)
    name = options.name or scope.name(path, NameKind.FOUNDRY_DEPLOYMENT, key, within=within)
    deployment_id, depends_on = chain.add("deployments", name)
    version = options.model_version(row)
    offered = row.version(version)
    sku = None if offered is None else offered.sku(options.sku)
    return Endpoint(
        back_end=BackEnd.FOUNDRY,
        path=path,
        key=key,
        logical_name=f"{project}-{name.casefold()}",
        name=name,
        id=deployment_id,
        owner=Owner.STACK,
        model=entry.model,
        takes_keys=foundry.local_auth,
        depends_on=depends_on,
        is_derived=options.name is None,
        output_key=scope.output_key(project, key, BackEnd.FOUNDRY, ends),
        counter="" if sku is None else sku.usage_name,
        capacity=options.units(row),
        order=scope.order(project, key, BackEnd.FOUNDRY, ends),
        asked=entry.asked,
        retiring=scope.is_retiring(project, key),
        expected_tokens=expected_tokens(entry.expected_tokens_per_day, BackEnd.FOUNDRY, ends),
        arguments={
            **chain.place(),
            "deployment_name": name,
            "model_format": row.format,
            "model_name": row.name,
            "model_version": version,
            "version_upgrade_option": options.version_upgrade_option.value,
            "sku_name": options.sku if sku is None else sku.name,
            "capacity": options.units(row),
            "content_filter": options.content_filter or account_facts().default_content_filter,
            "tags": dict(scope.tags),
        },
    )
