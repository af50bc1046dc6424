"""What a program sends to the engine beside its resources costs it neither time nor state."""

import threading
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from grpc import aio
from pulumi.runtime import resource
from pulumi.runtime.proto import engine_pb2, resource_pb2, source_pb2

from llama_azure.estate import build_estate, engine_calls
from llama_azure.estate.engine_calls import (
    keep_outputs_of_components_out_of_the_state,
    keep_stack_traces_out_of_the_state,
    send_debug_messages_without_waiting,
)
from llama_azure_core.settings import parse_settings
from tests.support.whole_stack import config_of, shared_stack
from tests.unit.components.recording import record


def test_only_debug_messages_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    held, sent = threading.Event(), []

    def send(request: engine_pb2.LogRequest) -> None:
        if request.severity == engine_pb2.DEBUG:
            assert held.wait(10)
        sent.append((request.urn, request.message))

    def debug(words: str, urn: str = "") -> Any:
        return engine.Log(engine_pb2.LogRequest(severity=engine_pb2.DEBUG, message=words, urn=urn))

    engine = SimpleNamespace(Log=send)
    monkeypatch.setattr("pulumi.runtime.settings.get_engine", lambda: engine)
    send_debug_messages_without_waiting()
    pending = [debug("first"), debug("second", "hub"), debug("third", "hub"), debug("fourth")]
    engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message="look"))
    assert sent == [("", "look")]
    held.set()
    for one in pending:
        one.result(10)
    lines = [(urn, line) for urn, message in sent[1:] for line in message.splitlines()]
    assert lines == [("", "first"), ("hub", "second"), ("hub", "third"), ("", "fourth")]
    assert sent[-2:] == [("hub", "second\nthird"), ("", "fourth")]


def test_the_line_that_declares_a_resource_is_the_one_that_the_sdk_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    the_sdks = resource._get_stack_trace
    found: list[source_pb2.SourcePosition] = []

    def both() -> source_pb2.StackTrace:
        ours, theirs = engine_calls.line_that_declares(), the_sdks()
        assert ours.frames[0] == theirs.frames[0]
        found.append(ours.frames[0].pc)
        return ours

    monkeypatch.setattr(resource, "_get_stack_trace", both)
    with mock.patch.object(engine_calls, "keep_stack_traces_out_of_the_state"):
        build = lambda: build_estate(parse_settings(config_of(shared_stack()), "f"))  # noqa: E731
        monitor, _ = record(build, traces=both)
    components = [one for one in found if one.uri.endswith("/components/llama_azure/ai_hub.py")]
    assert components, "the line of the component, and not one of the class that is made from a table"
    assert len(monitor.requests) > 10


def test_one_server_answers_for_all_transforms() -> None:
    with mock.patch.object(aio, "server", wraps=aio.server) as made:
        monitor, _ = record(lambda: build_estate(parse_settings(config_of(shared_stack()), "f")))
    assert made.call_count == 1
    assert len({one.target for request in monitor.requests for one in request.transforms}) == 1


COMPONENT = "urn:pulumi:s::p::llama-azure:index:AiHub"
CHILD = f"{COMPONENT}$azure-native:storage:StorageAccount::store"
Request = resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest


class Monitor:
    """An engine that keeps what it is sent."""

    def __init__(self) -> None:
        self.registered: list[Request] = []
        self.told: dict[str, list[str]] = {}

    def RegisterResource(self, request: Request) -> None:
        self.registered.append(request)

    ReadResource = RegisterResource

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> None:
        self.told[request.urn] = list(request.outputs.fields)


@pytest.fixture
def monitor(monkeypatch: pytest.MonkeyPatch) -> Monitor:
    monitor = Monitor()
    monkeypatch.setattr("pulumi.runtime.settings.get_monitor", lambda: monitor)
    monkeypatch.setattr(resource, "_get_stack_trace", resource._get_stack_trace)  # and puts it back
    return monitor


@pytest.mark.parametrize("kind", [resource_pb2.RegisterResourceRequest, resource_pb2.ReadResourceRequest])
def test_a_resource_is_sent_with_its_line_and_without_what_led_to_it(monitor: Monitor, kind: type[Request]) -> None:
    keep_stack_traces_out_of_the_state()
    line = source_pb2.SourcePosition(uri="file:///program.py", line=3)
    trace = source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=line)])
    request = kind(name="hub", sourcePosition=line, stackTrace=trace)
    send = monitor.RegisterResource if kind is resource_pb2.RegisterResourceRequest else monitor.ReadResource
    send(request)
    assert (monitor.registered[0].name, monitor.registered[0].sourcePosition) == ("hub", line)
    assert not monitor.registered[0].HasField("stackTrace")


def test_the_state_keeps_no_outputs_of_components(monitor: Monitor) -> None:
    keep_outputs_of_components_out_of_the_state()
    stack = "urn:pulumi:s::p::pulumi:pulumi:Stack::p-s"
    for urn in (f"{COMPONENT}::hub", CHILD, stack):
        request = resource_pb2.RegisterResourceOutputsRequest(urn=urn)
        request.outputs["primary_key"] = "a key"
        monitor.RegisterResourceOutputs(request)
    assert monitor.told == {f"{COMPONENT}::hub": [], CHILD: ["primary_key"], stack: ["primary_key"]}
