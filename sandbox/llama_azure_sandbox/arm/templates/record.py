"""A deployment as the sandbox keeps it: what was sent, by whom, and how far each of its steps is."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from llama_azure_core.resource_ids import ResourceId, name_of
from llama_azure_sandbox.arm.caller import Caller
from llama_azure_sandbox.arm.store import Json, StoredResource
from llama_azure_sandbox.arm.templates.functions import DeploymentScope
from llama_azure_sandbox.arm.templates.template import NESTED_TYPE


class State(StrEnum):
    """The states of a deployment and of a step."""

    WAITING = "Waiting"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def is_over(self) -> bool:
        """Whether nothing follows."""
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one step is. Times are seconds since the epoch."""

    id: str
    type: str
    state: State = State.WAITING
    began: float | None = None
    ended: float | None = None
    error: Json | None = None


_STEP = tuple(one.name for one in fields(Progress))


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a template to a resource group."""

    id: str
    source: Json
    """The template as it was sent."""
    given: Json
    """The values of its parameters, by name; those of defaults too, which may answer otherwise another time."""
    place: DeploymentScope
    caller: Caller
    state: State
    began: float
    """Seconds since the epoch."""
    steps: tuple[Progress, ...]
    operation: str
    """The id under which the deployment is watched."""
    ended: float | None = None
    error: Json | None = None
    outputs: Json = field(default_factory=dict)
    parameters: Json = field(default_factory=dict)
    """The parameters as everyone may see them."""

    @property
    def key(self) -> str:
        """The id in lower case."""
        return self.id.lower()

    @property
    def name(self) -> str:
        """The deployment's own name."""
        return name_of(self.id)

    def with_steps(self, changed: Mapping[str, Progress]) -> "Deployment":
        """Return the deployment with the progress of some steps changed, given by their ids."""
        return replace(self, steps=tuple(changed.get(step.id, step) for step in self.steps))

    def failed(self, now: float, error: Json) -> "Deployment":
        """Return the deployment ended by an error."""
        return replace(self, state=State.FAILED, ended=now, error=error)

    def stored(self, before: StoredResource | None) -> StoredResource:
        """Return what is filed: what everyone may see, and, apart from it, the whole."""
        # asdict would copy the template and every step of it, each time that one of them begins or ends.
        steps = [{name: getattr(step, name) for name in _STEP} for step in self.steps]
        shallow = {one.name: getattr(self, one.name) for one in fields(self)}
        whole = json.dumps({**shallow, "steps": steps, "place": asdict(self.place), "caller": asdict(self.caller)})
        instance = str(uuid.uuid4()) if before is None else before.instance
        return StoredResource(
            self.key,
            self.id,
            NESTED_TYPE,
            ResourceId.parse(self.id).parent_key,
            instance,
            {"properties": self.properties()},
            {"whole": whole},
        )

    def properties(self) -> Json:
        """Return the deployment's properties as ARM shows them; of the template nothing, of secure parameters only
        that they are there."""
        shown: Json = {
            "mode": "Incremental",
            "provisioningState": self.state.value,
            "timestamp": iso(self.ended or self.began),
            "duration": duration(self.began, self.ended or self.began),
            "correlationId": self.operation,
            "parameters": self.parameters,
            "providers": [],
            "dependencies": [],
            "outputResources": [{"id": step.id} for step in self.steps if step.state is State.SUCCEEDED],
            "outputs": self.outputs,
        }
        return shown if self.error is None else {**shown, "error": self.error}

    def operations(self) -> list[Json]:
        """Return what was done so far, one entry a resource, as ARM lists it."""
        return [_operation(self, step) for step in self.steps if step.began is not None]


def read(stored: StoredResource) -> Deployment:
    """Return a deployment from what was filed."""
    whole: dict[str, Any] = json.loads(stored.secrets["whole"])
    steps = tuple(Progress(**{**one, "state": State(one["state"])}) for one in whole.pop("steps"))
    place, caller, state = whole.pop("place"), whole.pop("caller"), whole.pop("state")
    return Deployment(**whole, steps=steps, place=DeploymentScope(**place), caller=Caller(**caller), state=State(state))


def iso(moment: float) -> str:
    """Return a moment in seconds since the epoch as ISO 8601."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).isoformat()


def duration(began: float, ended: float) -> str:
    """Return a time span as ISO 8601 writes it."""
    return f"PT{max(ended - began, 0):.7f}S"


def _operation(deployment: Deployment, step: Progress) -> Json:
    operation_id = uuid.uuid5(uuid.UUID(deployment.operation), step.id).hex.upper()
    began, ended = step.began or deployment.began, step.ended or step.began or deployment.began
    code = {State.SUCCEEDED: "OK", State.FAILED: "Conflict"}.get(step.state, "Accepted")
    shown: Json = {
        "provisioningOperation": "Create",
        "provisioningState": step.state.value,
        "timestamp": iso(ended),
        "duration": duration(began, ended),
        "trackingId": str(uuid.uuid5(uuid.UUID(deployment.operation), f"tracking {step.id}")),
        "serviceRequestId": str(uuid.uuid5(uuid.UUID(deployment.operation), f"request {step.id}")),
        "statusCode": code,
        "targetResource": {
            "id": step.id,
            "resourceType": step.type,
            "resourceName": "/".join(ResourceId.parse(step.id).names),
        },
    }
    if step.error is not None:
        shown["statusMessage"] = {"status": "Failed", "error": step.error}
    return {"id": f"{deployment.id}/operations/{operation_id}", "operationId": operation_id, "properties": shown}


def deployment_id(resource_id: ResourceId) -> str:
    """Return a deployment's id in the spelling that clients compare with."""
    return f"{resource_id.scope}/providers/{NESTED_TYPE}/{resource_id.name}"
