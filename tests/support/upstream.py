"""A small server that speaks the OpenAI API, as llama.cpp or Ollama would: what an upstream is tried with."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_LONGEST_SECONDS = 50


@dataclass
class FakeUpstream:
    """What the server says, and what it was asked."""

    url: str
    text: str = "It really answers."
    status: int = 200
    seconds: float = 0.0
    breaks_off: bool = False
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Whether it answers what it was asked."""
    asked: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)


@contextmanager
def upstream() -> Iterator[FakeUpstream]:
    """Run the server for a while."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    state = FakeUpstream(f"http://127.0.0.1:{server.server_port}")
    state.may_answer.set()
    server.state = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        state: FakeUpstream = self.server.state  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state.asked.append((self.path, body, self.headers["Authorization"]))
        time.sleep(state.seconds)
        assert state.may_answer.wait(_LONGEST_SECONDS), "nobody let it answer"
        if state.status != 200:
            self._send(state.status, "application/json", json.dumps({"error": {"message": "no such model"}}))
        elif body.get("stream"):
            self._send(200, "text/event-stream", "".join(self._events(state, body)))
        else:
            choice = {"index": 0, "finish_reason": "stop", **self._said(body, "message", state.text)}
            usage = {"prompt_tokens": 5, "completion_tokens": 3}
            self._send(200, "application/json", json.dumps({"choices": [choice], "usage": usage}))

    def _events(self, state: FakeUpstream, body: dict[str, Any]) -> Iterator[str]:
        for start in range(0, len(state.text), 4):
            part = self._said(body, "delta", state.text[start : start + 4])
            yield f"data: {json.dumps({'choices': [{'index': 0, 'finish_reason': None, **part}]})}\n\n"
        if not state.breaks_off:
            end = {"index": 0, "finish_reason": "stop", **self._said(body, "delta", "")}
            yield f"data: {json.dumps({'choices': [end]})}\n\ndata: [DONE]\n\n"

    @staticmethod
    def _said(body: dict[str, Any], where: str, text: str) -> dict[str, Any]:
        return {where: {"content": text}} if "messages" in body else {"text": text}

    def _send(self, status: int, kind: str, content: str) -> None:
        data = content.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
