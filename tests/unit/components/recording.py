"""Running a component against mocks that record what it registers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2, source_pb2

ADDRESSES = {"Azure AI Model Inference API": "https://ai-llama.example/"}
SUBSCRIPTION = "00000000-0000-0000-0000-00000000abcd"


@dataclass
class Registration:
    """One resource as the engine would see it."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    aliases: list[Any]
    protect: bool
    custom: bool
    depends_on: frozenset[str]
    """The names of the resources that it waits for."""
    ignored: list[str]
    """The inputs whose changes are ignored."""


@dataclass
class Recorder(mocks.Mocks):
    """Answers like Azure would, and keeps every call."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        outputs = dict(args.inputs)
        if args.typ == "azure-native:machinelearningservices:ServerlessEndpoint":
            outputs["properties"] = {
                **args.inputs["properties"],
                "inferenceEndpoint": {"uri": f"https://{args.inputs['name']}.example"},
            }
        if args.typ == "azure-native:machinelearningservices:OnlineEndpoint":
            outputs["properties"] = {
                **args.inputs.get("properties", {}),
                "scoringUri": f"https://{args.name}.example/score",
            }
        if args.typ == "azure-native:cognitiveservices:Account":
            outputs["properties"] = {**args.inputs.get("properties", {}), "endpoints": ADDRESSES}
        if args.typ == "azure-native:managedidentity:UserAssignedIdentity":
            outputs |= {"principalId": "principal", "clientId": "client"}
        if args.typ == "azure-native:dbforpostgresql:Server":
            server = str(args.resource_id or args.name).rpartition("/")[2]
            outputs["fullyQualifiedDomainName"] = f"{server}.postgres.example"
        if args.typ == "azure-native:app:ContainerApp":
            ingress = {**args.inputs["configuration"]["ingress"], "fqdn": "gateway.example"}
            outputs["configuration"] = {**args.inputs["configuration"], "ingress": ingress}
        if args.typ == "pulumi-python:dynamic/llama-azure:VaultKey":
            outputs["secret_uri"] = f"https://vault.example/secrets/{args.inputs['secret_name']}"
        if args.typ == "azure-native:keyvault:Secret":
            uri = f"https://{args.inputs['vaultName']}.vault.example/secrets/{args.inputs['secretName']}"
            outputs["properties"] = {**rpc.unwrap_rpc_secret(args.inputs["properties"]), "secretUri": uri}
        if "identity" in outputs:
            identity = {**outputs["identity"], "principalId": "principal", "tenantId": "tenant"}
            listed = identity.pop("userAssignedIdentities", [])
            outputs["identity"] = {**identity, "userAssignedIdentities": {one: {} for one in listed}}
        outputs.setdefault("name", args.name)
        return f"/{args.name}", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        self.calls.append((args.token, args.args))
        if args.token.endswith(":getClientConfig"):
            return {"clientId": "c", "objectId": "o", "subscriptionId": SUBSCRIPTION, "tenantId": "t"}, []
        if args.token.endswith(":getAccount"):
            return {"properties": {"provisioningState": "Succeeded", "endpoints": ADDRESSES}}, []
        if args.token.endswith(":getApiManagementService"):
            return {"identity": {"principalId": "principal"}, "gatewayUrl": "https://apim.example"}, []
        if args.token.endswith(":listAccountKeys"):
            return {"key1": "KEY-IN-CLEAR", "key2": "OTHER-KEY"}, []
        return {"primaryKey": "KEY-IN-CLEAR", "secondaryKey": "OTHER-KEY"}, []


class RecordingMonitor(mocks.MockMonitor):
    """A monitor that also sees what Mocks do not: parents, aliases and other options."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self.registrations: list[Registration] = []
        self.requests: list[resource_pb2.RegisterResourceRequest] = []
        self.outputs: dict[str, dict[str, Any]] = {}

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> Any:
        self.requests.append(request)
        if request.type != "pulumi:pulumi:Stack":
            self.registrations.append(
                Registration(
                    type=request.type,
                    name=request.name,
                    inputs=rpc.deserialize_properties(request.object),
                    parent=request.parent.rsplit("::", 1)[-1],
                    aliases=[*request.aliases, *request.aliasURNs],
                    protect=request.protect,
                    custom=request.custom,
                    depends_on=frozenset(urn.rsplit("::", 1)[-1] for urn in request.dependencies),
                    ignored=list(request.ignoreChanges),
                )
            )
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> Any:
        self.outputs[request.urn.rsplit("::", 1)[-1]] = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)

    def one(self, kind: str) -> Registration:
        """Return the only registration whose type ends so."""
        found = [one for one in self.registrations if one.custom and one.type.endswith(f":{kind}")]
        assert len(found) == 1, f"{len(found)} of {kind}"
        return found[0]


def record(
    build: Callable[[], object],
    recorder: Recorder | None = None,
    *,
    preview: bool = False,
    traces: Callable[[], source_pb2.StackTrace] = source_pb2.StackTrace,
) -> tuple[RecordingMonitor, Recorder]:
    """Run ``build`` and return what was registered, once everything has been."""
    recorder = recorder or Recorder()
    monitor = RecordingMonitor(recorder)
    mocks.set_mocks(recorder, project="llama-azure", stack="test", monitor=monitor, preview=preview)

    @pulumi.runtime.test
    def run() -> None:
        build()

    # Where in the test's own frames a resource was declared is a third of the time, and nobody asks.
    with mock.patch("pulumi.runtime.resource._get_stack_trace", traces):
        run()
    return monitor, recorder
