"""The SDK's debug messages are sent while the program goes on; what people must see is sent at once."""

import threading
from types import SimpleNamespace

import pytest
from pulumi.runtime.proto import engine_pb2

from llama_azure.estate.build import send_debug_messages_without_waiting


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
