"""Microsoft.Resources/deployments: putting, validating, watching and listing deployments to a resource group."""

import uuid
from dataclasses import replace

from llama_azure_core.resource_ids import ResourceId, name_of, resource_group_id
from sandbox.arm.authorization.service import Authorization
from sandbox.arm.errors import ArmError
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.operations import ASYNC_OPERATION, pause
from sandbox.arm.reading import required
from sandbox.arm.store import Json
from sandbox.arm.templates.expressions import TemplateError
from sandbox.arm.templates.functions import Place
from sandbox.arm.templates.record import Deployment, Progress, State, deployment_id, read
from sandbox.arm.templates.runner import Perform, carry_on, save
from sandbox.arm.templates.template import NESTED_TYPE, Template
from sandbox.arm.world import World

_API_VERSION = "2024-03-01"


class Deployments:
    """Answers requests about deployments, and carries them on."""

    def __init__(self, world: World, authorization: Authorization, perform: Perform) -> None:
        """Take what a deployment works with: ``perform`` answers the requests that it is made of."""
        self._world = world
        self._authorization = authorization
        self._perform = perform

    def carry_on(self) -> None:
        """Carry on every deployment that runs."""
        carry_on(self._world, self._perform)

    def answer(self, _world: World, request: ArmRequest) -> ArmAnswer | None:
        """Answer a request about deployments; ``None`` if it is about something else.

        Raises:
            ArmError: Azure refuses it, or this sandbox does not know it.
        """
        match [part for part in request.path.split("/") if part]:
            case ["subscriptions", subscription, groups, group, "providers", namespace, "deployments", *rest] if (
                groups.lower() == "resourcegroups" and namespace.lower() == "microsoft.resources"
            ):
                return self._in_group(resource_group_id(subscription, group), request, rest)
            case ["subscriptions", subscription, groups, group, "deployments", *rest] if (
                groups.lower() == "resourcegroups"
            ):
                return self._in_group(resource_group_id(subscription, group), request, rest)
            case ["subscriptions", _, "providers", namespace, "deployments", *_] if (
                namespace.lower() == "microsoft.resources"
            ):
                raise ArmError(
                    400,
                    "NotSupported",
                    "This sandbox deploys templates to resource groups only.",
                )
        return None

    def _in_group(self, group: ResourceId, request: ArmRequest, rest: list[str]) -> ArmAnswer | None:
        if not rest:
            return self._list(group) if request.method == "GET" else None
        resource_id, below = _own_id(group, rest[0]), [part.lower() for part in rest[1:]]
        if request.method in ("GET", "HEAD"):
            return self._read(resource_id, below)
        match request.method, below:
            case "PUT", []:
                return self._put(resource_id, request)
            case "POST", ["validate"]:
                return self._validate(resource_id, request)
            case "POST", ["whatif"]:
                raise ArmError(400, "NotSupported", "This sandbox has no what-if; validate the template, or deploy it.")
            case "POST", ["cancel"]:
                return self._cancel(resource_id)
            case "POST", ["exporttemplate"]:
                return ArmAnswer(200, {"template": self._found(resource_id).source})
        return None

    def _read(self, resource_id: ResourceId, below: list[str]) -> ArmAnswer | None:
        match below:
            case []:
                return ArmAnswer(200, _present(self._found(resource_id)))
            case ["operations"]:
                return ArmAnswer(200, {"value": self._found(resource_id).operations()})
            case ["operations", operation]:
                return self._operation(resource_id, operation)
            case ["operationstatuses", _]:
                return self._status(resource_id)
        return None

    def _list(self, group: ResourceId) -> ArmAnswer:
        required(self._world, group)
        found = [read(one) for one in self._world.store.children(group.key) if one.type == NESTED_TYPE]
        return ArmAnswer(200, {"value": [_present(one) for one in found]})

    def _put(self, resource_id: ResourceId, request: ArmRequest) -> ArmAnswer:
        existing = self._world.store.resource(deployment_id(resource_id).lower())
        if existing is not None and not read(existing).state.is_over:
            raise ArmError(
                409,
                "DeploymentActive",
                f"The deployment with resource id '{existing.id}' cannot be saved, because this would overwrite an "
                "existing deployment which is still active.",
            )
        deployment = self._planned(resource_id, request)
        save(self._world, deployment)
        url = f"{self._world.base_url}{deployment.id}/operationStatuses/{deployment.operation}"
        headers = {ASYNC_OPERATION: f"{url}?api-version={_API_VERSION}", **pause()}
        return ArmAnswer(201 if existing is None else 200, _present(deployment), headers)

    def _validate(self, resource_id: ResourceId, request: ArmRequest) -> ArmAnswer:
        planned = self._planned(resource_id, request)
        properties = planned.properties()
        validated = [{"id": step.id} for step in planned.steps]
        shown = {**properties, "provisioningState": "Succeeded", "validatedResources": validated}
        return ArmAnswer(200, {"id": planned.id, "name": resource_id.name, "type": NESTED_TYPE, "properties": shown})

    def _planned(self, resource_id: ResourceId, request: ArmRequest) -> Deployment:
        """Return a deployment before its first step, if it can be deployed at all by whoever asks."""
        group = required(self._world, resource_group_id(resource_id.subscription, str(resource_id.resource_group)))
        properties = request.json_object().get("properties") or {}
        if str(properties.get("mode", "Incremental")).lower() != "incremental":
            raise ArmError(400, "NotSupported", "This sandbox deploys templates in the mode Incremental only.")
        if properties.get("templateLink") or properties.get("parametersLink"):
            raise ArmError(400, "NotSupported", "This sandbox fetches nothing: send the template and its parameters.")
        name = group.name
        place = Place(resource_id.subscription, name, str(group.body.get("location", "")))
        given = {name: (one or {}).get("value") for name, one in (properties.get("parameters") or {}).items()}
        try:
            steps = Template(properties.get("template"), given, place).steps()
        except TemplateError as error:
            message = f"Deployment template validation failed: '{error}'"
            raise ArmError(400, "InvalidTemplate", message) from None
        for step in steps:
            self._authorization.require(replace(request, method="PUT", path=step.id, body=None))
        return Deployment(
            id=deployment_id(resource_id),
            source=properties["template"],
            given=given,
            place=place,
            caller=request.caller,
            state=State.RUNNING,
            began=self._world.now(),
            steps=tuple(Progress(step.id, step.type) for step in steps),
            operation=str(uuid.uuid4()),
        )

    def _cancel(self, resource_id: ResourceId) -> ArmAnswer:
        deployment = self._found(resource_id)
        if deployment.state.is_over:
            raise ArmError(
                409, "DeploymentCannotBeCancelled", f"The deployment '{resource_id.name}' is not running any more."
            )
        save(self._world, replace(deployment, state=State.CANCELED, ended=self._world.now()))
        return ArmAnswer(204)

    def _operation(self, resource_id: ResourceId, operation: str) -> ArmAnswer:
        for one in self._found(resource_id).operations():
            if one["operationId"].lower() == operation:
                return ArmAnswer(200, one)
        raise ArmError(404, "DeploymentOperationNotFound", f"Deployment operation '{operation}' could not be found.")

    def _status(self, resource_id: ResourceId) -> ArmAnswer:
        deployment = self._found(resource_id)
        body: Json = {"status": deployment.state.value}
        if deployment.error is not None:
            body["error"] = deployment.error
        return ArmAnswer(200, body, {} if deployment.state.is_over else pause())

    def _found(self, resource_id: ResourceId) -> Deployment:
        required(self._world, resource_group_id(resource_id.subscription, str(resource_id.resource_group)))
        stored = self._world.store.resource(deployment_id(resource_id).lower())
        if stored is None:
            raise ArmError(404, "DeploymentNotFound", f"Deployment '{resource_id.name}' could not be found.")
        return read(stored)


def _own_id(group: ResourceId, name: str) -> ResourceId:
    return ResourceId.of(group, NESTED_TYPE, name)


def _present(deployment: Deployment) -> Json:
    name = name_of(deployment.id)
    return {"id": deployment.id, "name": name, "type": NESTED_TYPE, "properties": deployment.properties()}
