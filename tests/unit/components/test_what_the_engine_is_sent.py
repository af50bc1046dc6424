"""What a program sends to the engine beside its resources costs it neither time nor state."""

import threading
from types import SimpleNamespace

import pytest
from pulumi.runtime.proto import engine_pb2, resource_pb2, source_pb2

from llama_azure.estate.build import keep_stack_traces_out_of_the_state, send_debug_messages_without_waiting


def test_only_debug_messages_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    held, sent = threading.Event(), []

    def send(request: engine_pb2.LogRequest) -> None:
        if request.severity == engine_pb2.DEBUG:
            assert held.wait(10)
        sent.append(request.message)

    engine = SimpleNamespace(Log=send)
    monkeypatch.setattr("pulumi.runtime.settings.get_engine", lambda: engine)
    send_debug_messages_without_waiting()
    pending = [
        engine.Log(engine_pb2.LogRequest(severity=engine_pb2.DEBUG, message=words)) for words in ("first", "second")
    ]
    engine.Log(engine_pb2.LogRequest(severity=engine_pb2.WARNING, message="look"))
    assert sent == ["look"]
    held.set()
    for one in pending:
        one.result(10)
    assert sent == ["look", "first", "second"]


def test_a_resource_is_registered_with_its_line_and_without_what_led_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[resource_pb2.RegisterResourceRequest] = []
    monitor = SimpleNamespace(RegisterResource=sent.append)
    monkeypatch.setattr("pulumi.runtime.settings.get_monitor", lambda: monitor)
    keep_stack_traces_out_of_the_state()
    line = source_pb2.SourcePosition(uri="file:///program.py", line=3)
    trace = source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=line)])
    request = resource_pb2.RegisterResourceRequest(name="hub", sourcePosition=line, stackTrace=trace)
    monitor.RegisterResource(request)
    assert (sent[0].name, sent[0].sourcePosition) == ("hub", line)
    assert not sent[0].HasField("stackTrace")
