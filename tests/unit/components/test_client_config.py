"""The subscription is asked for once, before the program has loaded, and its lack is told as the SDK tells it."""

from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2

from llama_azure import client_config
from llama_azure._azure_native import VERSION


class Monitor:
    """The connection of one program."""

    def __init__(self, invoke: Any) -> None:
        self.Invoke = invoke


class RefusedError(grpc.RpcError):
    """What gRPC raises where the plugin refuses."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return "no subscription is configured"


def asked_of(monitor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.runtime.settings.get_monitor", lambda: monitor)
    client_config.ask_early()


def test_the_answer_to_the_early_question_is_the_subscription(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def invoke(request: resource_pb2.ResourceInvokeRequest) -> provider_pb2.InvokeResponse:
        asked.append((request.tok, request.version))
        values = struct_pb2.Struct()
        values.update({"subscriptionId": "5ub"})
        answer = provider_pb2.InvokeResponse()
        getattr(answer, "return").CopyFrom(values)  # a Python keyword
        return answer

    asked_of(Monitor(invoke), monkeypatch)
    assert client_config.subscription_id() == "5ub"
    assert asked == [("azure-native:authorization:getClientConfig", VERSION)]


def test_a_refusal_is_told_in_the_plugins_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(request: resource_pb2.ResourceInvokeRequest) -> None:
        raise RefusedError

    asked_of(Monitor(invoke), monkeypatch)
    with pytest.raises(Exception, match=r"getClientConfig failed: .*no subscription is configured"):
        client_config.subscription_id()
