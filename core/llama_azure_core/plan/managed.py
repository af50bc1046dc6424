"""The plan of managed compute: online endpoints, the deployments behind them, and their traffic."""

from collections.abc import Callable
from dataclasses import replace

from llama_azure_core.azure_enums import ManagedAuthMode
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.naming import NameKind
from llama_azure_core.plan._arguments import arguments, expected_tokens
from llama_azure_core.plan.items import Deployment, Endpoint, Owner
from llama_azure_core.plan.scope import Scope, Workspace
from llama_azure_core.quota import find_vm_size
from llama_azure_core.resource_ids import name_of
from llama_azure_core.settings.endpoint import EndpointSettings, rates
from llama_azure_core.settings.managed import ManagedDeploymentSettings, ManagedEndpointSettings
from llama_azure_core.settings.profile import Profile
from llama_azure_core.settings.project import ProjectSettings

_NOT_THE_ENDPOINTS = ("name", "existing", "other_traffic", "deployments", "expected_tokens_per_day")


def plan_managed(
    project: ProjectSettings,
    workspace: Workspace,
    scope: Scope,
    ends: Callable[[EndpointSettings], tuple[BackEnd, ...]],
    defaults: Profile,
    logs: str | None,
) -> list[Endpoint]:
    """Return a project's online endpoints, in the order of the settings; ``logs`` is where the hub keeps its own."""
    listed = []
    for key, settings in project.managed.items():
        path = f"{workspace.path}.managed.{key}"
        # A key may be the name of a model that the project also deploys as a serverless API.
        within = (workspace.name, "managed")
        listed.append(_endpoint(path, key, settings, workspace, scope, defaults, within=within, logs=logs))
    for key, section in project.endpoints.items():
        if BackEnd.MANAGED in ends(section) and section.managed is not None:
            path = f"{scope.endpoint_path(workspace.key, key)}.managed"
            within = (workspace.name, "endpoints")
            found = _endpoint(path, key, section.managed, workspace, scope, defaults, within=within, logs=logs)
            on = ends(section)
            expected = expected_tokens(section.expected_tokens_per_day, BackEnd.MANAGED, on) or found.expected_tokens
            listed.append(
                replace(
                    found,
                    output_key=scope.output_key(workspace.key, key, BackEnd.MANAGED, on),
                    order=scope.order(workspace.key, key, BackEnd.MANAGED, on),
                    asked=section.asked,
                    per_instance={} if section.capacity is None else rates(section.capacity.per_instance),
                    expected_tokens=expected,
                )
            )
    return listed


def _endpoint(
    path: str,
    key: str,
    settings: ManagedEndpointSettings,
    workspace: Workspace,
    scope: Scope,
    defaults: Profile,
    *,
    within: tuple[str, ...],
    logs: str | None,
) -> Endpoint:
    name = settings.existing or settings.name or scope.name(path, NameKind.ONLINE_ENDPOINT, key, within=within)
    endpoint_id = f"{workspace.id}/onlineEndpoints/{name}"
    logical_name = f"{workspace.key}-{key}"
    place = {**workspace.place(), "location": scope.location, "auth_mode": settings.auth_mode.value}
    made = {**defaults.online_endpoint, **arguments(settings, *_NOT_THE_ENDPOINTS)}
    served = max(settings.deployments.values(), key=lambda one: one.traffic, default=None)
    return Endpoint(
        back_end=BackEnd.MANAGED,
        path=path,
        key=key,
        logical_name=logical_name,
        name=name,
        id=endpoint_id,
        owner=Owner.STACK if settings.existing is None else Owner.EXISTING,
        # Deployments of one endpoint may serve different models; callers get the one with the most traffic.
        model=None if served is None else served.model,
        takes_keys=settings.auth_mode is ManagedAuthMode.KEY,
        shared_quota=settings.shared_quota,
        depends_on=workspace.depends_on,
        arguments={**place, "endpoint_id": endpoint_id}
        if settings.existing is not None
        else {
            **place,
            "endpoint_name": name,
            "tags": dict(scope.tags),
            **({} if logs is None else {"log_analytics_workspace_id": logs}),
            **made,
        },
        deployments=_deployments(settings, endpoint_id, logical_name, workspace, scope, defaults),
        traffic=settings.traffic if settings.sets_traffic else None,
        mirror=settings.mirror,
        expected_tokens=expected_tokens(settings.expected_tokens_per_day),
    )


def _deployments(
    settings: ManagedEndpointSettings,
    endpoint_id: str,
    logical_name: str,
    workspace: Workspace,
    scope: Scope,
    defaults: Profile,
) -> tuple[Deployment, ...]:
    """Return an endpoint's deployments, each after the one before: Azure refuses one while it works at another."""
    found: list[Deployment] = []
    for name, one in settings.deployments.items():
        before = found[-1].id if found else endpoint_id
        found.append(
            Deployment(
                logical_name=f"{logical_name}-{name}",
                name=name,
                id=f"{endpoint_id}/deployments/{name}",
                model=one.model,
                vm_size=find_vm_size(one.vm_size),
                instances=one.first_instances,
                most_instances=one.instances if one.autoscale is None else one.autoscale.maximum,
                traffic=one.traffic,
                depends_on=tuple(dict.fromkeys((endpoint_id, before))),
                arguments={
                    **workspace.place(),
                    "location": scope.location,
                    "endpoint_name": name_of(endpoint_id),
                    "deployment_name": name,
                    "tags": dict(scope.tags),
                    **defaults.online_deployment,
                    **_deployment_arguments(one),
                },
            )
        )
    return tuple(found)


def _deployment_arguments(settings: ManagedDeploymentSettings) -> dict[str, object]:
    own = arguments(settings, "model", "version", "traffic", "mirror", "instances")
    return {**own, "model_id": settings.model_id, "instances": settings.first_instances}
