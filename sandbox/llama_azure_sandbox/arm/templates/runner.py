"""Carrying deployments on: each look at the sandbox begins what can begin and notes what has ended.

There is no background work: a deployment goes on when somebody asks for anything, as operations do. Templates are
evaluated while the store is free, by one thread at a time; only what they are evaluated to is written under its lock.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from llama_azure_core.resource_ids import ResourceId
from llama_azure_sandbox.arm.errors import ArmError
from llama_azure_sandbox.arm.messages import ArmAnswer, ArmRequest
from llama_azure_sandbox.arm.resource_type import provisioning_state
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.templates.expressions import Functions, TemplateError
from llama_azure_sandbox.arm.templates.record import Deployment, Progress, State, read
from llama_azure_sandbox.arm.templates.template import NESTED_TYPE, Step, Template
from llama_azure_sandbox.arm.templates.work import shortened
from llama_azure_sandbox.arm.world import World

Perform = Callable[[ArmRequest], ArmAnswer]
"""Answers a request like any other: it is authorized, checked and carried out."""
Prepare = Callable[[ArmRequest], ArmRequest]
"""Does what of a request can be done before the store is locked."""

_log = logging.getLogger(__name__)

_FAILED = "At least one resource deployment operation failed. Please list deployment operations for details."
_BROKEN = "InternalServerError"
# One request carries deployments on for about so long; the next one goes on.
_SECONDS_A_REQUEST = 0.25
_STEPS_A_ROUND = 16
_TEMPLATES_IN_MEMORY = 64


class Runner:
    """Carries on the deployments of one world."""

    def __init__(self, world: World, perform: Perform, prepare: Prepare, environment: Json) -> None:
        """Take what a deployment works with.

        Args:
            world: where it is.
            perform: answers the requests that it is made of.
            prepare: is given each of them first, while the store is free.
            environment: what ``environment()`` tells of the cloud.
        """
        self._world = world
        self._perform = perform
        self._prepare = prepare
        self._environment = environment
        self._one_at_a_time = threading.Lock()
        self._templates: OrderedDict[str, Template] = OrderedDict()
        self._last = ""

    def carry_on(self) -> None:
        """Carry on every deployment that runs, for a moment; where another thread does, leave it to that one."""
        if not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            until = time.monotonic() + _SECONDS_A_REQUEST
            goes_on = True
            while goes_on:  # one deployment may begin another, or wait for it
                goes_on = False
                for key in self._running():
                    goes_on = self._advance(key) or goes_on
                    self._last = key
                    if time.monotonic() > until:
                        return
        finally:
            self._one_at_a_time.release()

    def remember(self, deployment: Deployment, template: Template) -> None:
        """Keep a template that was read already."""
        self._templates[deployment.operation] = template
        while len(self._templates) > _TEMPLATES_IN_MEMORY:
            self._templates.popitem(last=False)

    def _running(self) -> list[str]:
        """Return the keys of the deployments that run, beginning behind the one that was carried on last."""
        keys = self._world.store.keys_in_state(NESTED_TYPE, State.RUNNING)
        return [key for key in keys if key > self._last] + [key for key in keys if key <= self._last]

    def _advance(self, key: str) -> bool:
        """Carry one deployment on by one step or some; say whether anything changed. What it raises is its own end."""
        try:
            return self._advance_by_steps(key)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong ends this deployment, and nothing else
            if not isinstance(error, ArmError | TemplateError):
                _log.exception("the deployment %s failed the sandbox", key)
            with self._world.store.transaction():
                stored = self._world.store.resource(key)
                if stored is not None:
                    self._world.store.save(_ended_by(stored, _told(error)))
            return True

    def _advance_by_steps(self, key: str) -> bool:
        world = self._world
        with world.store.transaction():
            deployment = self._current(key)
            if deployment is None:
                return False
            looked = {one.id: self._looked_at(one) for one in deployment.steps if one.state is State.RUNNING}
            changed = {name: one for name, one in looked.items() if one.state is not State.RUNNING}
            if changed:
                deployment = deployment.with_steps(changed)
                self._save(deployment)
        template = self._template(deployment)
        steps = {step.id: step for step in template.steps()}
        ready = _ready(deployment, steps)[:_STEPS_A_ROUND]
        if ready:
            requests = {step.id: self._request(deployment, template, step) for step in ready}
            self._begin(deployment, requests)
            return True
        if any(one.state is State.RUNNING for one in deployment.steps):
            return bool(changed)
        self._end(deployment, template)
        return True

    def _current(self, key: str, operation: str | None = None) -> Deployment | None:
        """Return a deployment as it is filed, if it still runs and nobody has put another in its place."""
        stored = self._world.store.resource(key)
        if stored is None or provisioning_state(stored) != State.RUNNING:
            return None
        deployment = read(stored)
        return deployment if operation in (None, deployment.operation) else None

    def _template(self, deployment: Deployment) -> Template:
        template = self._templates.get(deployment.operation)
        if template is None:
            template = Template(
                deployment.source,
                deployment.given,
                deployment.place,
                name=deployment.name,
                environment=self._environment,
            )
            self.remember(deployment, template)
        return template

    def _request(self, deployment: Deployment, template: Template, step: Step) -> ArmRequest | Json:
        """Return the request that begins a step, or the error that it ends with."""
        try:
            body = template.body(step, self._lookups(deployment, template))
            query = {"api-version": step.api_version}
            return self._prepare(ArmRequest("PUT", step.id, query, body, caller=deployment.caller))
        except (ArmError, TemplateError) as error:
            return _told(error)
        except Exception as error:  # noqa: BLE001 - it ends this step, and nothing else
            _log.exception("the step %s of %s failed the sandbox", step.id, deployment.id)
            return _told(error)

    def _begin(self, deployment: Deployment, requests: Mapping[str, ArmRequest | Json]) -> None:
        world = self._world
        with world.store.transaction():
            current = self._current(deployment.key, deployment.operation)
            if current is None:
                return
            changed: dict[str, Progress] = {}
            for progress in current.steps:
                request = requests.get(progress.id)
                if request is not None and progress.state is State.WAITING:
                    changed[progress.id] = one = self._begun(progress, request)
                    if one.state is State.FAILED:
                        break
            self._save(current.with_steps(changed))

    def _begun(self, progress: Progress, request: ArmRequest | Json) -> Progress:
        world = self._world
        began = replace(progress, state=State.RUNNING, began=world.now())
        if not isinstance(request, ArmRequest):
            return replace(began, state=State.FAILED, ended=world.now(), error=request)
        try:
            with world.store.attempt():
                self._perform(request)
                return self._looked_at(began)
        except ArmError as error:
            told = _told(error)
        except Exception as error:  # noqa: BLE001 - it ends this step, and nothing else
            _log.exception("the step %s failed the sandbox", progress.id)
            told = _told(error)
        return replace(began, state=State.FAILED, ended=world.now(), error=told)

    def _looked_at(self, progress: Progress) -> Progress:
        world = self._world
        stored = world.store.resource(progress.id.lower())
        if stored is None:
            gone = _error("ResourceNotFound", f"The Resource '{progress.id}' was not found.")
            return replace(progress, state=State.FAILED, ended=world.now(), error=gone)
        match provisioning_state(stored):
            case "Succeeded":
                return replace(progress, state=State.SUCCEEDED, ended=world.now())
            case "Failed" | "Canceled":
                inner = stored.body["properties"].get("error")
                error = _error(
                    "ResourceDeploymentFailure",
                    "The resource operation completed with terminal provisioning state 'Failed'.",
                    *([inner] if inner else []),
                )
                return replace(progress, state=State.FAILED, ended=world.now(), error=error)
        return progress

    def _end(self, deployment: Deployment, template: Template) -> None:
        now = self._world.now()
        states = {one.state for one in deployment.steps}
        if State.FAILED in states:
            details = [one.error for one in deployment.steps if one.error is not None]
            ended = deployment.failed(now, _error("DeploymentFailed", _FAILED, *details))
        elif State.WAITING in states:
            message = "The dependsOn of the template's resources run in a circle."
            ended = deployment.failed(now, _error("InvalidTemplate", message))
        else:
            try:
                outputs = template.outputs(self._lookups(deployment, template))
                ended = replace(deployment, state=State.SUCCEEDED, ended=now, outputs=outputs)
            except (ArmError, TemplateError) as wrong:
                ended = deployment.failed(now, _error("DeploymentOutputEvaluationFailed", _told(wrong)["message"]))
        with self._world.store.transaction():
            if self._current(deployment.key, deployment.operation) is not None:
                self._save(ended)
        self._templates.pop(deployment.operation, None)

    def _save(self, deployment: Deployment) -> None:
        self._world.store.save(deployment.stored(self._world.store.resource(deployment.key)))

    def _lookups(self, deployment: Deployment, template: Template) -> Functions:
        """Return the template functions that look at resources, as whoever sent the template may."""

        def meant(function: str, asked: Any, version: Any) -> tuple[str, str]:
            """Return the id and the api-version of the resource that a function asks for."""
            step = template.step_of(str(asked))
            if step is None and not str(asked).startswith("/subscriptions/"):
                raise TemplateError(
                    f"The resource '{shortened(str(asked))}' that '{function}' asks for is not defined in the "
                    "template; give its whole id."
                )
            if step is None and version is None:
                raise TemplateError(
                    f"The template function '{function}' needs an api-version for '{shortened(str(asked))}', which is "
                    "not defined in the template."
                )
            return (str(asked), str(version)) if step is None else (step.id, str(version or step.api_version))

        def ask(method: str, path: str, version: str, body: Any = None) -> Json:
            query = {"api-version": version}
            with self._world.store.transaction():
                answer = self._perform(ArmRequest(method, path, query, body, caller=deployment.caller))
            return answer.body or {}

        def reference(asked: Any, version: Any = None, full: Any = None) -> Any:
            resource_id, used = meant("reference", asked, version)
            shown = ask("GET", resource_id, used)
            if str(full).lower() != "full":
                return shown.get("properties", {})
            place = ResourceId.parse(resource_id)
            return {
                **shown,
                "apiVersion": used,
                "resourceId": resource_id.split("/providers/", 1)[-1],
                "subscriptionId": place.subscription,
                "resourceGroupName": place.resource_group,
            }

        def listed(function: str, asked: Any, version: Any = None, body: Any = None) -> Any:
            resource_id, used = meant(function, asked, version)
            return ask("POST", f"{resource_id}/{function}", used, body)

        return {"reference": reference, "list*": listed}


def _ready(deployment: Deployment, steps: Mapping[str, Step]) -> list[Step]:
    """Return the steps that can begin: none once one has failed."""
    states = {one.id: one.state for one in deployment.steps}
    if State.FAILED in states.values():
        return []
    found = []
    for progress in deployment.steps:
        if progress.state is State.WAITING:
            step = steps.get(progress.id)
            if step is None:
                raise TemplateError(f"The template does not make '{progress.id}' any more.")
            if all(states.get(one, State.SUCCEEDED) is State.SUCCEEDED for one in step.depends_on):
                found.append(step)
    return found


def _ended_by(stored: StoredResource, error: Json) -> StoredResource:
    """Return what is filed of a deployment, ended by an error, whatever else is in it."""
    properties = stored.body.get("properties")
    kept = properties if isinstance(properties, dict) else {}
    return replace(stored, body={"properties": {**kept, "provisioningState": State.FAILED.value, "error": error}})


def _told(error: Exception) -> Json:
    """Return an exception as a deployment shows it."""
    match error:
        case ArmError():
            told: Json = error.body()["error"]
            return told
        case TemplateError():
            return _error(error.code, str(error))
    return _error(_BROKEN, "The sandbox failed on this deployment; `sandbox logs` says where. Deploy it again.")


def _error(code: str, message: str, *details: Json) -> Json:
    return {"code": code, "message": message, **({"details": list(details)} if details else {})}
