"""The Pulumi plugin protocol, answered with ARM calls."""

import os
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NoReturn

import grpc
from azure.core.exceptions import AzureError
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from llama_azure_sandbox.provider.arm_client import ArmClient, ArmRequestError, CancelledError, HalfDoneError, Patience
from llama_azure_sandbox.provider.bodies import (
    arm_body,
    imported_inputs,
    outputs,
    present_inputs,
    previewed_creation,
    previewed_update,
    without_nulls,
)
from llama_azure_sandbox.provider.changes import ChangeKind, changes
from llama_azure_sandbox.provider.checks import CREATE_BEFORE_DELETE, failures, with_defaults
from llama_azure_sandbox.provider.shapes import ShapesError, package_schema
from llama_azure_sandbox.provider.types import (
    FUNCTIONS_WITHOUT_A_RESOURCE,
    UNKNOWN,
    Json,
    ResourceRow,
    UnknownTypeError,
    function_row,
    resource_row,
)

_CLIENT_CONFIG, _CLIENT_TOKEN = FUNCTIONS_WITHOUT_A_RESOURCE
_KINDS = {
    (ChangeKind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (ChangeKind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (ChangeKind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (ChangeKind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (ChangeKind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (ChangeKind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class ConfigurationError(Exception):
    """The plugin's configuration or environment does not lead to a sandbox; the message says what to do."""


class AzureNativeServicer(provider_pb2_grpc.ResourceProviderServicer):
    """azure-native for the types of the table, against a sandbox."""

    def __init__(self) -> None:
        self._configuration: dict[str, str] = {}
        self._client_made: ArmClient | None = None
        self._client_lock = threading.Lock()
        self._group_locations: dict[str, str] = {}

    # -- the plugin itself -----------------------------------------------------------------------

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=version("pulumi-azure-native"))

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
            return provider_pb2.GetSchemaResponse(schema=package_schema())

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetMappingResponse()

    def GetMappings(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.GetMappingsResponse()

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        # By these, secrets come in clear, and everything as text.
        self._configuration = {name.replace(":config:", ":"): value for name, value in request.variables.items()}
        return provider_pb2.ConfigureResponse(supportsPreview=True, supports_autonaming_configuration=True)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self._client_made is not None:
            self._client_made.cancel()
        return empty_pb2.Empty()

    # -- resources -------------------------------------------------------------------------------

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
            row = resource_row(_type_of(request.urn))
            old = to_json(request.olds)
            inputs = with_defaults(row, request, old, without_nulls(to_json(request.news)), self._location)
            reasons = failures(row, inputs)
            return provider_pb2.CheckResponse(
                inputs=to_struct(inputs), failures=[provider_pb2.CheckFailure(reason=reason) for reason in reasons]
            )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
            row = resource_row(_type_of(request.urn))
            old, old_outputs = to_json(request.old_inputs), to_json(request.olds)
            # State of before the api-version was an input has it among its outputs.
            if "azureApiVersion" in old_outputs:
                old.setdefault("azureApiVersion", old_outputs["azureApiVersion"])
            found = changes(row, old, to_json(request.news), old_outputs)
            replaces = sorted({change.path for change in found if change.replaces})
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
                replaces=replaces,
                # A resource of the same name cannot stand beside the old one; one with a random name can.
                deleteBeforeReplace=bool(replaces) and old.get(CREATE_BEFORE_DELETE) is not True,
                diffs=sorted({change.name for change in found}),
                detailedDiff={
                    change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
                    for change in found
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
            row = resource_row(_type_of(request.urn))
            inputs = to_json(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=to_struct(previewed_creation(row, inputs)))
            client = self._client()
            resource_id = row.resource_id(inputs, client.subscription_id)
            # What is there already is somebody's, and is not taken over. What comes with its parent can only be there.
            if row.default_body is None and client.get(resource_id, row.api_version) is not None:
                raise ArmRequestError(f"cannot create already existing resource '{resource_id}'")
            nothing: Json = {row.renames.get(name, name): [] for name in row.maintained}
            made = self._put(client, row, resource_id, inputs, nothing, context)
            return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(made))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
            row = resource_row(_type_of(request.urn))
            inputs = to_json(request.news)
            if request.preview:
                previewed = previewed_update(row, to_json(request.olds), inputs)
                return provider_pb2.UpdateResponse(properties=to_struct(previewed))
            client = self._client()
            there: Json = {}
            if any(inputs.get(name) is None for name in row.maintained):
                there = (client.get(request.id, row.api_version) or {}).get("properties", {})
            made = self._put(client, row, request.id, inputs, there, context)
            return provider_pb2.UpdateResponse(properties=to_struct(made))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
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
        with _errors_in_words(context):
            row = resource_row(_type_of(request.urn))
            if row.default_body is None:
                self._client().delete(request.id, row.api_version)
            else:
                self._client().put(request.id, row.api_version, row.default_body)
            return empty_pb2.Empty()

    def _put(
        self,
        client: ArmClient,
        row: ResourceRow,
        resource_id: str,
        inputs: Json,
        maintained: Json,
        context: grpc.ServicerContext,
    ) -> Json:
        """PUT a resource and return its outputs; the engine is told what is there if it fails after Azure took it."""
        body = arm_body(row, inputs)
        for name in row.maintained:
            arm_name = row.renames.get(name, name)
            if inputs.get(name) is None and arm_name in maintained:
                body["properties"][arm_name] = maintained[arm_name]
        try:
            done = client.put(resource_id, row.api_version, body)
        except HalfDoneError as error:
            shown = _shown(client, row, resource_id)
            _abort_half_done(context, resource_id, outputs(row, shown or {}), inputs, str(error))
        # What a later refresh would see, and not the answer of the PUT, which can be shaped otherwise.
        return outputs(row, _shown(client, row, resource_id) or done)

    # -- functions -------------------------------------------------------------------------------

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        with _errors_in_words(context):
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
        if token == _CLIENT_TOKEN:
            endpoint = str(arguments.get("endpoint") or "https://management.azure.com/")
            return {"token": client.token(f"{endpoint.removesuffix('/')}/.default")}
        function = function_row(token)
        row = resource_row(function.resource)
        missing = [name for name in row.path_parameters if not arguments.get(name)]
        if missing:
            raise ArmRequestError(f"{token}: missing required property '{missing[0]}'")
        resource_id = row.resource_id(arguments, client.subscription_id)
        if function.action is not None:
            body = {name: value for name, value in arguments.items() if name not in row.path_parameters}
            answer = client.post(resource_id, function.action, row.api_version, body)
            return answer if isinstance(answer, dict) else {"value": answer}
        shown = client.read(resource_id, row.api_version)
        return {**outputs(row, shown), "id": shown["id"]}

    def _location(self, group: str) -> str | None:
        """Return the location of the configuration, or else of a resource group, as far as it can be known."""
        configured = self._configuration.get("azure-native:location")
        if configured or not group:
            return configured or None
        if group == UNKNOWN:
            return UNKNOWN
        if group not in self._group_locations:
            client = self._client()
            row = resource_row("azure-native:resources:ResourceGroup")
            shown = client.get(row.resource_id({"resourceGroupName": group}, client.subscription_id), row.api_version)
            if shown is None:
                return None
            self._group_locations[group] = shown["location"]
        return self._group_locations[group]

    def _client(self) -> ArmClient:
        with self._client_lock:
            if self._client_made is None:
                # Imported here: a preview that asks Azure nothing does without its 12 MiB.
                from llama_azure_access import AccessError, sign_in

                url = sandbox_url(os.environ.get("SANDBOX_ARM_URL"))
                try:
                    account = sign_in(os.environ, self._configuration)
                except AccessError as error:
                    raise ConfigurationError(str(error)) from None
                if account.cloud.resource_manager != url:
                    raise ConfigurationError(
                        f"what is configured leads to {account.cloud.resource_manager}, and the sandbox is {url}"
                    )
                if not account.subscription_id:
                    raise ConfigurationError("no subscription is configured: set azure-native:subscriptionId")
                self._client_made = ArmClient(
                    url, account.subscription_id, account.credential, Patience.of_environment()
                )
            return self._client_made


def _shown(client: ArmClient, row: ResourceRow, resource_id: str) -> Json | None:
    """Return what Azure shows of a resource that was just written, if it can be seen."""
    try:
        return client.get(resource_id, row.api_version)
    except (ArmRequestError, CancelledError):
        return None


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


@contextmanager
def _errors_in_words(context: grpc.ServicerContext) -> Iterator[None]:
    """Turn what can go wrong into a message for the user; a traceback would only hide it."""
    try:
        yield
    except CancelledError as error:
        context.abort(grpc.StatusCode.CANCELLED, str(error))
    except (ArmRequestError, HalfDoneError, AzureError, UnknownTypeError, ConfigurationError, ShapesError) as error:
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
