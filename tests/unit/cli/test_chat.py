"""The playground in a terminal: what is sent, what is kept, and what Ctrl-C and a bad answer do to it."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llama_azure_cli.conversation import AnswerError, Conversation
from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.snippets import Callee, Kind
from llama_azure_sandbox.home import PROJECT_ROOT

KEY = "a-key-that-nobody-prints"
PARTS = ["The ", "distance ", "is ", "384,400 km."]


@dataclass
class Server:
    """An endpoint that answers as the last message says; it keeps what it was sent."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def conversation(self, kind: Kind = Kind.CHAT, **parameters: Any) -> Conversation:
        api = Api.CHAT if kind is Kind.CHAT else Api.COMPLETIONS
        callee = Callee("answers", "dev", BackEnd.FOUNDRY, api, self.url, f"{self.url}/v1/", "m", True, False)
        return Conversation(callee, kind, KEY, "Be brief.", parameters)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.bodies.append(body)
            said = body["prompt"] if "prompt" in body else body["messages"][-1]["content"]
            if said.startswith("refuse "):
                answer = json.dumps({"error": {"code": "no", "message": "Azure's own words"}}).encode()
                self.send_response(int(said.removeprefix("refuse ")))
                self.send_header("x-should-retry", "false")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.stream(body, said)

        def stream(self, body: dict[str, Any], said: str) -> None:
            parts = [f"{n} " for n in range(200)] if said == "slow" else PARTS
            for part in parts:
                text: dict[str, Any] = {"text": part} if "prompt" in body else {"delta": {"content": part}}
                try:
                    self.event({"choices": [{"index": 0, **text}]})
                except OSError:
                    return
                if said == "break":
                    return
                time.sleep(0.05 if said == "slow" else 0)
            end = "content_filter" if said == "filter" else "stop"
            text = {"text": ""} if "prompt" in body else {"delta": {}}
            self.event({"choices": [{"index": 0, "finish_reason": end, **text}]})
            if body.get("stream_options", {}).get("include_usage") and said != "uncounted":
                self.event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}})
            self.wfile.write(b"data: [DONE]\n\n")

        def event(self, chunk: dict[str, Any]) -> None:
            self.wfile.write(f"data: {json.dumps({'id': 'x', 'object': 'c', 'model': 'm', **chunk})}\n\n".encode())
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Server(f"http://127.0.0.1:{http.server_port}")
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield found
    http.shutdown()
    http.server_close()
    thread.join()


def test_each_question_goes_with_what_was_said_before(server: Server) -> None:
    with server.conversation(temperature=0.2, ignore_eos=False) as talk:
        assert "".join(talk.ask("How far?")) == "".join(PARTS)
        list(talk.ask("And to the sun?"))
    body = server.bodies[-1]
    assert [one["content"] for one in body["messages"]] == ["Be brief.", "How far?", "".join(PARTS), "And to the sun?"]
    assert (body["temperature"], body["ignore_eos"], body["model"]) == (0.2, False, "m")
    assert (talk.last.prompt_tokens, talk.last.completion_tokens, talk.last.finish) == (7, 4, "stop")


def test_texts_to_complete_stand_alone(server: Server) -> None:
    with server.conversation(Kind.COMPLETIONS) as talk:
        list(talk.ask("The distance"))
        list(talk.ask("The sun"))
    assert server.bodies[-1]["prompt"] == "The sun"
    assert talk.messages == []


def test_an_answer_that_is_stopped_is_kept_as_far_as_it_came(server: Server) -> None:
    with server.conversation() as talk:
        parts = talk.ask("slow")
        came = next(parts) + next(parts)
        parts.close()
        assert talk.messages[-1] == {"role": "assistant", "content": came}
        assert "stopped" in talk.last.told()
        assert "".join(talk.ask("And now?")) == "".join(PARTS)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("refuse 401", "answers refuses with 401: Azure's own words → the key or the token"),
        ("refuse 429", "answers refuses with 429: Azure's own words → its limits are used up"),
        ("refuse 418", "answers refuses with 418: Azure's own words$"),
        ("break", "answers gave no whole answer: it breaks off in the middle"),
    ],
)
def test_a_refusal_is_told_with_what_helps_and_counts_as_not_asked(server: Server, asked: str, said: str) -> None:
    with server.conversation() as talk:
        with pytest.raises(AnswerError, match=said) as told:
            list(talk.ask(asked))
        assert KEY not in str(told.value)
        assert talk.messages == []


def test_an_answer_that_the_filter_cuts_says_so(server: Server) -> None:
    with server.conversation() as talk:
        list(talk.ask("filter"))
        assert talk.last.told().endswith("cut by the content filter")


def test_an_endpoint_that_counts_no_tokens_is_no_error(server: Server) -> None:
    with server.conversation() as talk:
        list(talk.ask("uncounted"))
        assert talk.last.told().startswith("tokens not told")


def test_an_endpoint_that_is_not_there_is_told_in_a_sentence() -> None:
    with Server("http://127.0.0.1:9").conversation() as talk, pytest.raises(AnswerError, match="cannot be reached"):
        list(talk.ask("Hello?"))


PROGRAM = """
import sys
from llama_azure_cli.conversation import Conversation
from llama_azure_cli.deployed import DeployedEndpoint
from llama_azure_cli.playground import play
from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.snippets import Callee, Kind
url = sys.argv[1]
callee = Callee("answers", "dev", BackEnd.FOUNDRY, Api.CHAT, url, url + "/v1/", "m", True, False)
endpoint = DeployedEndpoint(callee, "Llama", "p", "eastus2", "key", {}, {}, None)
with Conversation(callee, Kind.CHAT, "a-key-that-nobody-prints", None, {"max_tokens": 9}) as conversation:
    play(conversation, endpoint)
print("ended well")
"""


class Terminal:
    """Somebody at a terminal, in which the playground runs."""

    def __init__(self, url: str) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url],
            cwd=PROJECT_ROOT / "cli",
            env=os.environ | {"TERM": "dumb", "COLUMNS": "120"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_the_terminal,
        )
        os.close(slave)
        self.shown = ""
        """What was shown and not waited for yet."""

    def type(self, text: str, until: str) -> str:
        """Type, and return what is shown until something is."""
        os.write(self.master, text.encode())
        return self.wait(until)

    def press_ctrl_c_at_the_prompt(self, until: str) -> str:
        """Press it, and again where it came just before readline began to wait, which then sees it with the next."""
        for _ in range(15):
            os.write(self.master, b"\x03")
            with contextlib.suppress(AssertionError):
                return self.wait(until, seconds=4)
        raise AssertionError(f"not shown: {until}\n{self.shown}")

    def wait(self, until: str, seconds: float = 60) -> str:
        """Return what is shown up to a text; what comes after it is waited for next."""
        deadline = time.monotonic() + seconds
        while until not in self.shown and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.shown += os.read(self.master, 4096).decode(errors="replace")
                except OSError:  # the other side is closed
                    break
        assert until in self.shown, f"not shown: {until}\n{self.shown}"
        before, _, self.shown = self.shown.partition(until)
        return before + until


def _take_the_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which a shell has its background jobs ignore, and all below them


@pytest.fixture
def terminal(server: Server) -> Iterator[Terminal]:
    found = Terminal(server.url)
    found.wait("> ")
    yield found
    found.process.kill()
    found.process.wait()
    os.close(found.master)


def test_a_session_at_a_terminal(server: Server, terminal: Terminal) -> None:
    assert "".join(PARTS) in terminal.type("How far?\n", "tokens")
    terminal.wait("\n> ")
    for line in ("/system Say it in verse.", "/set top_p 0.5"):
        terminal.type(f"{line}\n", "\n> ")
    terminal.type("/shw\n", "There is no /shw; did you mean show")
    terminal.wait("\n> ")
    terminal.type("And\\\n", "\n. ")
    terminal.type("the sun?\n", "tokens")
    terminal.wait("\n> ")
    body = server.bodies[-1]
    assert body["messages"][0]["content"] == "Say it in verse."
    assert body["messages"][-1]["content"] == "And\nthe sun?"
    assert body["top_p"] == 0.5
    terminal.type("refuse 401\n", "refuses with 401")
    terminal.wait("\n> ")
    code = terminal.type("/code curl\n", "\nJSON\r\n")
    assert KEY not in code
    assert "LLAMA_ENDPOINT_KEY" in code
    terminal.wait("> ")
    terminal.type("/quit\n", "ended well")
    assert terminal.process.wait(10) == 0


def test_ctrl_c_stops_an_answer_and_keeps_the_session(server: Server, terminal: Terminal) -> None:
    terminal.type("slow\n", "5 6 7")
    assert "Traceback" not in terminal.type("\x03", "stopped")
    terminal.wait("\n> ")
    assert "user: slow" in terminal.type("/history\n", "\n> ")
    terminal.press_ctrl_c_at_the_prompt("Ctrl-D or /quit ends")
    terminal.wait("\n> ")
    assert "".join(PARTS) in terminal.type("Again?\n", "tokens")
    terminal.wait("\n> ")
    kept = server.bodies[-1]["messages"][1]["content"]
    assert kept.startswith("0 1 2 3 4 5 6 7")
    assert "199" not in kept
    terminal.type("\x04", "ended well")
