"""The Pulumi plugin protocol, answered with ARM calls."""

import os
import threading
import urllib.parse
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
from azure.core.exceptions import AzureError
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider.arm_client import ArmClient, ArmRequestError, CancelledError
from sandbox.provider.bodies import arm_body, imported_inputs, is_satisfied, outputs, present_inputs
from sandbox.provider.changes import ChangeKind, changes
from sandbox.provider.previews import previewed_creation, previewed_update
from sandbox.provider.shapes import ShapesError
from sandbox.provider.types import AutomaticName, Json, ResourceRow, UnknownTypeError, function_row, resource_row

_CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
_KINDS = {
    (ChangeKind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (ChangeKind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (ChangeKind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (ChangeKind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (ChangeKind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (ChangeKind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class ConfigurationError(Exception):
    """The plugin's environment does not lead to a sandbox; the message says what to do."""


class AzureNativeServicer(provider_pb2_grpc.ResourceProviderServicer):
    """azure-native for the types of the table, against a sandbox."""

    def __init__(self) -> None:
        self._location: str | None = None
        self._client_made: ArmClient | None = None
        self._client_lock = threading.Lock()

    # -- the plugin itself -----------------------------------------------------------------------

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=version("pulumi-azure-native"))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._location = to_json(request.args).get("location")
        return provider_pb2.ConfigureResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self._client_made is not None:
            self._client_made.cancel()
        return empty_pb2.Empty()

    # -- resources -------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            inputs = to_json(request.news)
            if self._location and "location" not in inputs and _takes_location(row):
                inputs["location"] = self._location
            if row.name_parameter not in inputs:
                old = to_json(request.olds).get(row.name_parameter)
                inputs[row.name_parameter] = old or _automatic_name(row, request)
            return provider_pb2.CheckResponse(inputs=to_struct(inputs))

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            found = changes(row, to_json(request.old_inputs), to_json(request.news), to_json(request.olds))
            replaces = sorted({change.path for change in found if change.replaces})
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
                replaces=replaces,
                # A resource of the same name cannot stand beside the old one.
                deleteBeforeReplace=bool(replaces),
                diffs=sorted({change.name for change in found}),
                detailedDiff={
                    change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
                    for change in found
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            inputs = to_json(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=to_struct(previewed_creation(row, inputs)))
            client = self._client()
            resource_id = row.resource_id(inputs, client.subscription_id)
            wanted = arm_body(row, inputs)
            # Like the official plugin: what is there already is somebody's, and is not taken over.
            # Unless it is just what is wanted: then an earlier run made it and died before it was filed.
            # What comes with its parent can only be there.
            shown = client.get(resource_id, row.api_version) if row.default_body is None else None
            if shown is not None and not is_satisfied(wanted, shown):
                raise ArmRequestError(f"cannot create already existing resource '{resource_id}'")
            self._put(client, row, resource_id, inputs, context)
            return provider_pb2.CreateResponse(id=resource_id, properties=_current(client, row, resource_id))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            inputs = to_json(request.news)
            if request.preview:
                previewed = previewed_update(row, to_json(request.olds), inputs)
                return provider_pb2.UpdateResponse(properties=to_struct(previewed))
            client = self._client()
            self._put(client, row, request.id, inputs, context)
            return provider_pb2.UpdateResponse(properties=_current(client, row, request.id))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            shown = self._client().get(request.id, row.api_version)
            if shown is None:
                return provider_pb2.ReadResponse()
            present = outputs(row, shown)
            if request.HasField("inputs"):
                inputs = present_inputs(row, to_json(request.inputs), to_json(request.properties), present)
            else:
                inputs = imported_inputs(row, request.id, shown)
            return provider_pb2.ReadResponse(id=request.id, properties=to_struct(present), inputs=to_struct(inputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            row = resource_row(_type_of(request.urn))
            if row.default_body is None:
                self._client().delete(request.id, row.api_version)
            else:
                self._client().put(request.id, row.api_version, row.default_body)
            return empty_pb2.Empty()

    def _put(
        self, client: ArmClient, row: ResourceRow, resource_id: str, inputs: Json, context: grpc.ServicerContext
    ) -> None:
        """PUT a resource. Where that fails and the resource is there all the same, the engine is told of it."""
        try:
            client.put(resource_id, row.api_version, arm_body(row, inputs))
        except (ArmRequestError, CancelledError) as error:
            shown = client.get(resource_id, row.api_version)
            if shown is None:
                raise
            _abort_half_done(context, resource_id, outputs(row, shown), inputs, str(error))

    # -- functions -------------------------------------------------------------------------------

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _spoken_errors(context):
            result = self._invoke(request.tok, to_json(request.args))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(to_struct(result))  # a Python keyword
            return response

    def _invoke(self, token: str, arguments: Json) -> Json:
        client = self._client()
        if token == _CLIENT_CONFIG:
            claims = client.claims()
            return {
                "clientId": claims["appid"],
                "objectId": claims["oid"],
                "subscriptionId": client.subscription_id,
                "tenantId": claims["tid"],
            }
        function = function_row(token)
        row = resource_row(function.resource)
        resource_id = row.resource_id(arguments, client.subscription_id)
        if function.action is not None:
            return client.post(resource_id, function.action, row.api_version)
        shown = client.get(resource_id, row.api_version)
        if shown is None:
            raise ArmRequestError(f"'{resource_id}' is not there")
        return {**outputs(row, shown), "id": shown["id"]}

    def _client(self) -> ArmClient:
        with self._client_lock:
            if self._client_made is None:
                # Imported here: a preview that asks Azure nothing does without its 12 MiB.
                from azure.identity import DefaultAzureCredential

                self._client_made = ArmClient(
                    sandbox_url(os.environ.get("SANDBOX_ARM_URL")),
                    os.environ["ARM_SUBSCRIPTION_ID"],
                    DefaultAzureCredential(),
                )
            return self._client_made


def _current(client: ArmClient, row: ResourceRow, resource_id: str) -> struct_pb2.Struct:
    """Return the outputs of a resource that was just put."""
    shown = client.get(resource_id, row.api_version)
    if shown is None:
        raise ArmRequestError(f"'{resource_id}' was put, but is not there")
    return to_struct(outputs(row, shown))


def sandbox_url(url: str | None) -> str:
    """Return the sandbox's address, if it is one.

    Raises:
        ConfigurationError: there is none, or it is not on this machine.
    """
    if not url:
        raise ConfigurationError(
            "this azure-native plugin is the sandbox's stand-in and works against a sandbox only; "
            'run `eval "$(sandbox env)"` first, or use the official plugin for Azure'
        )
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ConfigurationError(f"SANDBOX_ARM_URL is {url}: a sandbox has an https address on this machine only")
    return url


def to_json(struct: struct_pb2.Struct) -> Json:
    """Return a protobuf struct as JSON; whole numbers become integers again."""
    return {name: _from_value(value) for name, value in struct.fields.items()}


def to_struct(values: Json) -> struct_pb2.Struct:
    """Return JSON as a protobuf struct."""
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return to_json(value.struct_value)
        case "list_value":
            return [_from_value(member) for member in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "string_value":
            return value.string_value
    return None


def _type_of(urn: str) -> str:
    """Return the type token of a URN, without the types of its parents."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _takes_location(row: ResourceRow) -> bool:
    return "location" in row.replace_on


def _automatic_name(row: ResourceRow, request: Any) -> str:
    """Name a resource that the program does not name: its logical name and eight random digits, or a UUID."""
    if row.automatic_name is AutomaticName.UUID:
        return str(uuid.UUID(bytes=request.randomSeed[:16].ljust(16, b"\0"), version=4))
    logical_name: str = request.urn.rsplit("::", 1)[-1]
    return f"{logical_name}{request.randomSeed.hex()[:8]}"


@contextmanager
def _spoken_errors(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn what can go wrong into a message for the user; a traceback would only hide it."""
    try:
        yield
    except CancelledError as error:
        context.abort(grpc.StatusCode.CANCELLED, str(error))
    except (ArmRequestError, AzureError, UnknownTypeError, ConfigurationError, ShapesError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _abort_half_done(
    context: grpc.ServicerContext, resource_id: str, state: Json, inputs: Json, reason: str
) -> NoReturn:
    """Fail, and hand the engine the resource that Azure has all the same, so that it is not lost."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=resource_id, properties=to_struct(state), inputs=to_struct(inputs), reasons=[reason]
        )
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, reason)
