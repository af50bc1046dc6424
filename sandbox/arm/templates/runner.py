"""Carrying a deployment on: each look at the sandbox begins what can begin and notes what has ended.

There is no background work: a deployment goes on when somebody asks for anything, as operations do.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.arm.errors import ArmError
from sandbox.arm.messages import ArmAnswer, ArmRequest
from sandbox.arm.providers import resource_type
from sandbox.arm.resource_type import provisioning_state
from sandbox.arm.store import Json
from sandbox.arm.templates.expressions import Functions, TemplateError, Thunk
from sandbox.arm.templates.record import Deployment, Progress, State, read
from sandbox.arm.templates.template import NESTED_TYPE, Step
from sandbox.arm.world import World

Perform = Callable[[ArmRequest], ArmAnswer]
"""Answers a request like any other: it is authorized, checked and carried out."""

_FAILED = "At least one resource deployment operation failed. Please list deployment operations for details."


def carry_on(world: World, perform: Perform) -> None:
    """Carry on every deployment that runs, as far as it goes now."""
    goes_on = True
    while goes_on:  # one deployment may begin another, or wait for it
        goes_on = False
        for stored in world.store.in_state(NESTED_TYPE, State.RUNNING):
            before = read(stored)
            after = _advanced(world, before, perform)
            if after != before:
                save(world, after)
                goes_on = True


def save(world: World, deployment: Deployment) -> None:
    """File a deployment."""
    world.store.save(deployment.stored(world.store.resource(deployment.key)))


def _advanced(world: World, deployment: Deployment, perform: Perform) -> Deployment:
    steps = {step.id: step for step in deployment.template.steps()}
    while True:
        before = deployment
        for progress in deployment.steps:
            if progress.state is State.RUNNING:
                deployment = deployment.with_step(_looked_at(world, progress))
            elif progress.state is State.WAITING and _may_begin(deployment, steps[progress.id]):
                deployment = deployment.with_step(_begun(world, deployment, steps[progress.id], progress, perform))
        if deployment == before:
            return _ended(world, deployment)


def _may_begin(deployment: Deployment, step: Step) -> bool:
    states = {one.id: one.state for one in deployment.steps}
    failed = State.FAILED in states.values()
    return not failed and all(states.get(one, State.SUCCEEDED) is State.SUCCEEDED for one in step.depends_on)


def _begun(world: World, deployment: Deployment, step: Step, progress: Progress, perform: Perform) -> Progress:
    began = replace(progress, state=State.RUNNING, began=world.now())
    try:
        with world.store.attempt():
            body = deployment.template.body(step, _lookups(world))
            query = {"api-version": step.api_version}
            perform(ArmRequest("PUT", step.id, query, body, caller=deployment.caller))
    except ArmError as error:
        return replace(began, state=State.FAILED, ended=world.now(), error=error.body()["error"])
    except TemplateError as error:
        return replace(began, state=State.FAILED, ended=world.now(), error=_error("InvalidTemplate", str(error)))
    return _looked_at(world, began)


def _looked_at(world: World, progress: Progress) -> Progress:
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


def _ended(world: World, deployment: Deployment) -> Deployment:
    states = {one.state for one in deployment.steps}
    if State.RUNNING in states:
        return deployment
    if State.FAILED in states:
        details = [one.error for one in deployment.steps if one.error is not None]
        error = _error("DeploymentFailed", _FAILED, *details)
        return replace(deployment, state=State.FAILED, ended=world.now(), error=error)
    if State.WAITING in states:
        error = _error("InvalidTemplate", "The dependsOn of the template's resources run in a circle.")
        return replace(deployment, state=State.FAILED, ended=world.now(), error=error)
    try:
        outputs = deployment.template.outputs(_lookups(world))
    except TemplateError as wrong:
        error = _error("DeploymentOutputEvaluationFailed", str(wrong))
        return replace(deployment, state=State.FAILED, ended=world.now(), error=error)
    return replace(deployment, state=State.SUCCEEDED, ended=world.now(), outputs=outputs)


def _lookups(world: World) -> Functions:
    """Return the template functions that look at resources."""

    def reference(resource_id: Thunk, _version: Thunk | None = None, full: Thunk | None = None) -> Any:
        wanted = str(resource_id())
        stored = world.store.resource(wanted.lower())
        if stored is None:
            raise TemplateError(f"The resource '{wanted}' that 'reference' asks for is not there; give its whole id.")
        shown = resource_type(stored.type).present(stored, world)
        return shown if full is not None and str(full()).lower() == "full" else shown["properties"]

    return {"reference": reference}


def _error(code: str, message: str, *details: Json) -> Json:
    return {"code": code, "message": message, **({"details": list(details)} if details else {})}
