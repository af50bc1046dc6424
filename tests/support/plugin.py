"""The stand-in plugin in this process, asked as the engine asks it, against a running sandbox."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from pulumi.runtime.proto import provider_pb2

from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.provider.servicer import AzureNativeServicer, to_json, to_struct
from llama_azure_sandbox.records import ServerRecord

SEED = bytes(range(32))


class PluginError(Exception):
    """What the plugin told the engine went wrong."""

    def __init__(self, message: str, metadata: tuple[tuple[str, Any], ...] = ()) -> None:
        super().__init__(message)
        self.metadata = dict(metadata)


class _Context:
    """The engine's end of a call."""

    metadata: tuple[tuple[str, Any], ...] = ()

    def set_trailing_metadata(self, metadata: tuple[tuple[str, Any], ...]) -> None:
        self.metadata = metadata

    def abort(self, _code: Any, message: str) -> NoReturn:
        raise PluginError(message, self.metadata)


class Plugin:
    """One plugin, configured once."""

    def __init__(self, **configuration: str) -> None:
        self.servicer = AzureNativeServicer()
        variables = {f"azure-native:config:{name}": value for name, value in configuration.items()}
        self.servicer.Configure(provider_pb2.ConfigureRequest(variables=variables), self._context())

    def check(
        self, token: str, inputs: dict[str, Any], old: dict[str, Any] | None = None, autonaming: Any = None
    ) -> tuple[dict[str, Any], list[str]]:
        """Return the inputs that the plugin makes of a program's, and what it refuses."""
        request = provider_pb2.CheckRequest(
            urn=urn(token), olds=to_struct(old or {}), news=to_struct(inputs), randomSeed=SEED, autonaming=autonaming
        )
        answer = self.servicer.Check(request, self._context())
        return to_json(answer.inputs), [failure.reason for failure in answer.failures]

    def diff(self, token: str, old: dict[str, Any], new: dict[str, Any], outputs: dict[str, Any] | None = None) -> Any:
        """Return the plugin's DiffResponse."""
        request = provider_pb2.DiffRequest(
            urn=urn(token), old_inputs=to_struct(old), news=to_struct(new), olds=to_struct(outputs or {})
        )
        return self.servicer.Diff(request, self._context())

    def create(self, token: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Make a resource and return its id and outputs."""
        request = provider_pb2.CreateRequest(urn=urn(token), properties=to_struct(inputs))
        answer = self.servicer.Create(request, self._context())
        return answer.id, to_json(answer.properties)

    def update(self, token: str, resource_id: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Change a resource and return its outputs."""
        request = provider_pb2.UpdateRequest(urn=urn(token), id=resource_id, news=to_struct(inputs))
        return to_json(self.servicer.Update(request, self._context()).properties)

    def read(self, token: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        """Return the inputs that a refresh makes of those of before."""
        request = provider_pb2.ReadRequest(
            urn=urn(token), id=resource_id, inputs=to_struct(inputs), properties=to_struct(outputs)
        )
        return to_json(self.servicer.Read(request, self._context()).inputs)

    def delete(self, token: str, resource_id: str) -> None:
        request = provider_pb2.DeleteRequest(urn=urn(token), id=resource_id)
        self.servicer.Delete(request, self._context())

    def invoke(self, token: str, **arguments: Any) -> dict[str, Any]:
        """Call a function."""
        answer = self.servicer.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments)), self._context())
        return to_json(getattr(answer, "return"))

    def schema(self) -> str:
        """Return the package's schema, as JSON."""
        return str(self.servicer.GetSchema(provider_pb2.GetSchemaRequest(), self._context()).schema)

    def mapping(self) -> bytes:
        """Return what `pulumi convert` is told of other tools' resources."""
        return bytes(self.servicer.GetMapping(provider_pb2.GetMappingRequest(), self._context()).data)

    def _context(self) -> Any:
        return _Context()


def urn(token: str, name: str = "it") -> str:
    return f"urn:pulumi:stack::project::{token}::{name}"


@contextmanager
def signed_in(home: SandboxHome, **variables: str) -> Iterator[None]:
    """Let this process's environment lead to a running sandbox, as `sandbox env` would."""
    record = ServerRecord.read(home.server_record)
    assert record is not None
    with mock.patch.dict(os.environ, client_environment(home, record, Path("/"), os.environ) | variables):
        yield
