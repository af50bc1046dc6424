"""Microsoft.Resources/deployments: putting, validating, watching and listing deployments to a resource group."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from llama_azure_sandbox.arm.authorization.service import Authorization
from llama_azure_sandbox.arm.cloud import cloud_description
from llama_azure_sandbox.arm.errors import ArmError, invalid_content
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.operations import ASYNC_OPERATION, pause
from llama_azure_sandbox.arm.provider_paths import PathRow
from llama_azure_sandbox.arm.reading import required
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.templates.functions import DeploymentScope
from llama_azure_sandbox.arm.templates.record import Deployment, Progress, State, deployment_id, read
from llama_azure_sandbox.arm.templates.runner import Perform, Runner
from llama_azure_sandbox.arm.templates.template import NESTED_TYPE, Template
from llama_azure_sandbox.arm.templates.work import TemplateError, shortened
from llama_azure_sandbox.arm.world import World

_API_VERSION = "2024-03-01"
# As many as a group's history holds on Azure; here the bound of what templates in templates can set going.
_MOST_AT_ONCE = 800


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A deployment before its first step, and its template, read."""

    deployment: Deployment
    template: Template


class Deployments:
    """Answers requests about deployments, and carries them on."""

    def __init__(self, world: World, authorization: Authorization, perform: Perform) -> None:
        """Take what a deployment works with: ``perform`` answers the requests that it is made of."""
        self._world = world
        self._authorization = authorization
        self._runner = Runner(world, perform, self.prepared, cloud_description(world.base_url))

    def carry_on(self) -> None:
        """Carry on every deployment that runs, for a moment."""
        self._runner.carry_on()

    def prepared(self, request: ArmRequest) -> ArmRequest:
        """Return a request with its template read, if it brings one. The store is locked by nobody meanwhile.

        Raises:
            ArmError: whoever asks may not deploy it, or the template is wrong.
        """
        resource_id, below = self._meant(request)
        if resource_id is None or (request.method, below) not in (("PUT", []), ("POST", ["validate"])):
            return request
        with self._world.store.transaction():
            self._authorization.require(request)
            group = required(self._world, resource_group_id(resource_id.subscription, str(resource_id.resource_group)))
        planned, template = self._planned(resource_id, request, group)
        return replace(request, prepared=_Prepared(planned, template))

    @property
    def paths(self) -> tuple[PathRow, ...]:
        """The rows of the paths that are answered."""
        group = "/subscriptions/{subscription}/resourceGroups/{group}"
        rows: list[PathRow] = []
        for deployments in (f"{group}/providers/{NESTED_TYPE}", f"{group}/deployments"):
            one = f"{deployments}/{{name}}"
            rows += (
                PathRow("GET", deployments, self._list),
                PathRow("GET", one, self._get),
                PathRow("HEAD", one, self._get),
                PathRow("PUT", one, self._put),
                PathRow("POST", f"{one}/validate", self._validate),
                PathRow("POST", f"{one}/whatIf", self._what_if),
                PathRow("POST", f"{one}/cancel", self._cancel),
                PathRow("POST", f"{one}/exportTemplate", self._export),
                PathRow("GET", f"{one}/operations", self._operations),
                PathRow("GET", f"{one}/operations/{{operation}}", self._operation),
                PathRow("GET", f"{one}/operationStatuses/{{operation}}", self._status),
            )
        return tuple(rows)

    def _meant(self, request: ArmRequest) -> tuple[ResourceId | None, list[str]]:
        """Return the deployment that a request is about (its name is empty for all of them), and what of it.

        Raises:
            ArmError: it is about deployments to something else than a resource group.
        """
        rest: list[str] | None = None
        match [part for part in request.path.split("/") if part]:
            case ["subscriptions", subscription, groups, group, "providers", namespace, kind, *below] if (
                groups.lower() == "resourcegroups" and f"{namespace}/{kind}".lower() == NESTED_TYPE.lower()
            ):
                rest = below
            case ["subscriptions", subscription, groups, group, "deployments", *below] if (
                groups.lower() == "resourcegroups"
            ):
                rest = below
            case [*_, "providers", namespace, kind, _] | [*_, "providers", namespace, kind, _, _] if (
                f"{namespace}/{kind}".lower() == NESTED_TYPE.lower()
            ):
                raise ArmError(400, "NotSupported", "This sandbox deploys templates to resource groups only.")
        if rest is None:
            return None, []
        name = rest[0] if rest else ""
        return _own_id(resource_group_id(subscription, group), name), [part.lower() for part in rest[1:]]

    def _get(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, _present(self._found(_id_of(path))))

    def _operations(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, {"value": self._whole(_id_of(path)).operations()})

    def _export(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        return ArmAnswer(200, {"template": self._whole(_id_of(path)).source})

    def _what_if(self, _world: World, _request: ArmRequest, _path: dict[str, str]) -> ArmAnswer:
        raise ArmError(400, "NotSupported", "This sandbox has no what-if; validate the template, or deploy it.")

    def _list(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        group = resource_group_id(path["subscription"], path["group"])
        required(self._world, group)
        return ArmAnswer(200, {"value": [_present(one) for one in self._world.store.children(group.key, NESTED_TYPE)]})

    def _put(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        prepared = _prepared(request)
        required(self._world, resource_group_id(path["subscription"], path["group"]))
        store, deployment = self._world.store, prepared.deployment
        existing = store.resource(deployment.key)
        running = store.keys_in_state(NESTED_TYPE, State.RUNNING)
        if deployment.key in running:
            raise ArmError(
                409,
                "DeploymentActive",
                f"The deployment with resource id '{deployment.id}' cannot be saved, because this would overwrite an "
                "existing deployment which is still active.",
            )
        if len(running) >= _MOST_AT_ONCE:
            raise ArmError(409, "DeploymentQuotaExceeded", f"More than {_MOST_AT_ONCE} deployments run already.")
        filed = deployment.stored(existing)
        store.save(filed)
        self._runner.remember(deployment, prepared.template)
        url = f"{self._world.base_url}{deployment.id}/operationStatuses/{deployment.operation}"
        headers = {ASYNC_OPERATION: f"{url}?api-version={_API_VERSION}", **pause()}
        return ArmAnswer(201 if existing is None else 200, _present(filed), headers)

    def _validate(self, _world: World, request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        planned = _prepared(request).deployment
        properties = planned.properties()
        validated = [{"id": step.id} for step in planned.steps]
        shown = {**properties, "provisioningState": "Succeeded", "validatedResources": validated}
        return ArmAnswer(200, {"id": planned.id, "name": path["name"], "type": NESTED_TYPE, "properties": shown})

    def _planned(
        self, resource_id: ResourceId, request: ArmRequest, group: StoredResource
    ) -> tuple[Deployment, Template]:
        """Return a deployment before its first step, if it can be deployed at all by whoever asks."""
        properties = request.json_object().get("properties") or {}
        if not isinstance(properties, dict):
            raise ArmError(
                400, "InvalidRequestContent", "The request content was invalid: properties must be an object."
            )
        _require_supported(properties)
        name = group.name
        place = DeploymentScope(resource_id.subscription, name, str(group.body.get("location", "")))
        try:
            template = Template(
                properties.get("template"),
                _given(properties.get("parameters") or {}),
                place,
                name=resource_id.name,
                environment=cloud_description(self._world.base_url),
            )
            steps, shown = template.steps(), template.shown_parameters()
        except TemplateError as error:
            begin = "Deployment template validation failed" if error.code == "InvalidTemplate" else "Not supported"
            raise ArmError(400, error.code, f"{begin}: '{error}'") from None
        with self._world.store.transaction():
            for step in steps:
                self._authorization.require(replace(request, method="PUT", path=step.id, body=None))
        deployment = Deployment(
            id=deployment_id(resource_id),
            source=properties["template"],
            given=template.parameters,
            place=place,
            caller=request.caller,
            state=State.RUNNING,
            began=self._world.now(),
            steps=tuple(Progress(step.id, step.type) for step in steps),
            operation=str(uuid.uuid4()),
            parameters=shown,
        )
        return deployment, template

    def _cancel(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        resource_id = _id_of(path)
        deployment = self._whole(resource_id)
        if deployment.state.is_over:
            raise ArmError(
                409, "DeploymentCannotBeCancelled", f"The deployment '{resource_id.name}' is not running any more."
            )
        cancelled = replace(deployment, state=State.CANCELED, ended=self._world.now())
        self._world.store.save(cancelled.stored(self._found(resource_id)))
        return ArmAnswer(204)

    def _operation(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        operation = path["operation"].lower()
        for one in self._whole(_id_of(path)).operations():
            if one["operationId"].lower() == operation:
                return ArmAnswer(200, one)
        raise ArmError(404, "DeploymentOperationNotFound", f"Deployment operation '{operation}' could not be found.")

    def _status(self, _world: World, _request: ArmRequest, path: dict[str, str]) -> ArmAnswer:
        properties = self._found(_id_of(path)).body["properties"]
        body: Json = {"status": properties["provisioningState"]}
        if properties.get("error") is not None:
            body["error"] = properties["error"]
        return ArmAnswer(200, body, {} if State(properties["provisioningState"]).is_over else pause())

    def _found(self, resource_id: ResourceId) -> StoredResource:
        required(self._world, resource_group_id(resource_id.subscription, str(resource_id.resource_group)))
        stored = self._world.store.resource(deployment_id(resource_id).lower())
        if stored is None:
            raise ArmError(404, "DeploymentNotFound", f"Deployment '{resource_id.name}' could not be found.")
        return stored

    def _whole(self, resource_id: ResourceId) -> Deployment:
        return read(self._found(resource_id))


def _prepared(request: ArmRequest) -> _Prepared:
    if not isinstance(request.prepared, _Prepared):
        raise AssertionError(f"{request.method} {request.path} was not prepared")  # noqa: TRY004 - a fault of ours
    return request.prepared


def _require_supported(properties: Json) -> None:
    """Refuse, by their names, the ways to deploy that Azure knows and this sandbox does not.

    Raises:
        ArmError: 400, ``NotSupported``.
    """
    if str(properties.get("mode", "Incremental")).lower() != "incremental":
        raise ArmError(400, "NotSupported", "This sandbox deploys templates in the mode Incremental only.")
    for key in ("templateLink", "parametersLink"):
        if properties.get(key):
            message = (
                f"This sandbox fetches nothing, so it does not take a {key}: send the template and its parameters."
            )
            raise ArmError(400, "NotSupported", message)
    if properties.get("onErrorDeployment"):
        message = "This sandbox deploys nothing in a failed deployment's place (onErrorDeployment)."
        raise ArmError(400, "NotSupported", message)


def _given(parameters: Any) -> Json:
    """Return the values of a deployment's parameters by name.

    Raises:
        ArmError: they are not given as values.
    """
    if not isinstance(parameters, dict):
        raise _no_object("parameters")
    given = {}
    for name, one in parameters.items():
        if isinstance(one, dict) and one.get("reference"):
            message = (
                f"This sandbox reads no parameters from key vaults (reference, of the parameter '{shortened(name)}')."
            )
            raise ArmError(400, "NotSupported", message)
        if one is not None and not isinstance(one, dict):
            message = (
                f"The request content was invalid: the parameter '{shortened(name)}' must be an object with a value."
            )
            raise ArmError(400, "InvalidRequestContent", message)
        given[name] = (one or {}).get("value")
    return given


def _no_object(what: str) -> ArmError:
    return invalid_content(f"{what} must be a JSON object")


def _id_of(path: dict[str, str]) -> ResourceId:
    return _own_id(resource_group_id(path["subscription"], path["group"]), path["name"])


def _own_id(group: ResourceId, name: str) -> ResourceId:
    return ResourceId.of(group, NESTED_TYPE, name)


def _present(stored: StoredResource) -> Json:
    return {"id": stored.id, "name": name_of(stored.id), "type": NESTED_TYPE, "properties": stored.body["properties"]}
