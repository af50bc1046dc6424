"""What goes into Azure Resource Manager and what comes out of it, without HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llama_azure_sandbox.arm.caller import OWNER, Caller
from llama_azure_sandbox.arm.errors import invalid_content
from llama_azure_sandbox.arm.operation_faults import OperationFault
from llama_azure_sandbox.arm.store import Json


@dataclass(frozen=True, slots=True)
class ArmRequest:
    """A request to Azure Resource Manager."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name, whatever its case: the server passes HTTP's own headers."""
    caller: Caller = OWNER
    """Who sends it: the holder of the access token."""
    fault: OperationFault | None = None
    """How a long-running operation that it begins is made to go wrong."""
    prepared: Any = None
    """What was worked out of it before the store was locked: of a deployment, its template."""

    @property
    def segments(self) -> list[str]:
        """The parts of the path, in lower case."""
        return [part.lower() for part in self.path.split("/") if part]

    @property
    def api_version(self) -> str | None:
        """The api-version asked for."""
        return self.parameter("api-version")

    def parameter(self, name: str) -> str | None:
        """Return a query parameter; Azure does not look at the case of its name."""
        return next((value for key, value in self.query.items() if key.lower() == name.lower()), None)

    def header(self, name: str) -> str | None:
        """Return a header, whatever the case of its name."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)

    def json_object(self) -> Json:
        """Return the body.

        Raises:
            ArmError: it is not a JSON object.
        """
        if not isinstance(self.body, dict):
            raise invalid_content("a JSON object is required")
        return self.body


@dataclass(frozen=True, slots=True)
class ArmAnswer:
    """What Azure Resource Manager answers. A body of ``None`` is an empty one."""

    status: int
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
