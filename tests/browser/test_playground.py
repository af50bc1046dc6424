"""The playground in a real Chromium, in front of an endpoint that answers as Azure's do."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.snippets import Callee
from llama_azure_page.asking import Askable
from llama_azure_page.build import make_page
from llama_azure_page.document import Page as Document
from llama_azure_page.server import new_pass, page_app
from tests.browser.test_estate_page import axe
from tests.support.page_estates import NOW, of_size

CREDENTIAL = "a-credential-of-nobody"
SAFE = {"hate": {"filtered": False, "severity": "safe"}, "violence": {"filtered": False, "severity": "low"}}
USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


@dataclass
class Azure:
    """An endpoint; what it was sent, and by whom."""

    url: str
    sent: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)


@contextmanager
def endpoint() -> Iterator[Azure]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.sent.append((self.path, body, self.headers["Authorization"]))
            chats = "messages" in body
            said = body["messages"][-1]["content"] if chats else body["prompt"]
            if said == "something hateful":
                result = {"hate": {"filtered": True, "severity": "high"}}
                error = {"code": "content_filter", "message": "The prompt was filtered."}
                error["innererror"] = {"content_filter_result": result}  # type: ignore[assignment]
                self.answer(400, "application/json", json.dumps({"error": error}))
            elif body.get("stream"):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for part in ("Far ", "away, ", "said ", "it."):
                    choice = {"index": 0, "finish_reason": None, **self.told(part, chats, "delta")}
                    self.event({"choices": [choice]})
                    time.sleep(30 if said == "wait" else 0.02)
                end = {"index": 0, "finish_reason": "stop", "content_filter_results": SAFE, "delta": {}}
                self.event({"choices": [end]})
                self.event({"choices": [], "usage": USAGE})
                self.wfile.write(b"data: [DONE]\n\n")
            else:
                choice = {"index": 0, "finish_reason": "length", **self.told("Far away.", chats, "message")}
                self.answer(200, "application/json", json.dumps({"choices": [choice], "usage": USAGE}))

        @staticmethod
        def told(text: str, chats: bool, where: str) -> dict[str, Any]:
            return {where: {"content": text}} if chats else {"text": text}

        def event(self, content: dict[str, Any]) -> None:
            self.wfile.write(f"data: {json.dumps(content)}\n\n".encode())
            self.wfile.flush()

        def answer(self, status: int, kind: str, content: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Azure(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class OneStack:
    """A stack whose endpoints are all that one server."""

    def __init__(self, url: str) -> None:
        self._page = make_page(of_size(1), NOW)
        chat = Callee("chat", "dev", BackEnd.FOUNDRY, Api.CHAT, url, f"{url}/openai/v1/", "chat-1", False, True)
        text = Callee("text", "dev", BackEnd.SERVERLESS, Api.COMPLETIONS, url, f"{url}/v1/", "m", True, False)
        self._askable = {
            "dev-chat": Askable("dev-chat", "dev", "Llama-3.3-70B-Instruct", chat),
            "dev-text": Askable("dev-text", "dev", "Meta-Llama-3-8B", text),
        }

    def version(self) -> str:
        return "1"

    def page(self) -> Document:
        return self._page

    def askable(self) -> Mapping[str, Askable]:
        return self._askable

    def credential(self, endpoint: Askable) -> str:
        return f"{CREDENTIAL}-{endpoint.callee.name}"

    def note(self) -> str:
        return "Nobody pays for this."

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()


@pytest.fixture(scope="module")
def azure() -> Iterator[Azure]:
    with endpoint() as found:
        yield found


@pytest.fixture(scope="module")
def address(azure: Azure) -> Iterator[str]:
    entry = new_pass()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        app = page_app(OneStack(azure.url), lambda: port, entry)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}/?pass={entry}"
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.fixture
def playground(chromium: Browser, address: str, azure: Azure) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    azure.sent.clear()
    page.goto(address)
    page.locator("#open-playground").click()
    yield page
    assert problems == []
    assert CREDENTIAL not in page.content()
    context.close()


def ask(page: Page, text: str) -> None:
    page.locator("#pg-question").fill(text)
    page.locator("#pg-send").click()


def test_a_conversation_streams_with_what_was_set_and_goes_on(playground: Page, azure: Azure) -> None:
    playground.locator("#pg-system").fill("Be brief.")
    playground.locator("#pg-p-temperature").fill("0.2")
    playground.locator("#pg-p-stop").fill("END, STOP")
    ask(playground, "How far?")
    expect(playground.locator(".turn.assistant p")).to_have_text("Far away, said it.")
    expect(playground.locator("#pg-used")).to_contain_text(
        "11 tokens read, 4 generated, 15 in all · finish reason stop"
    )
    expect(playground.locator("#pg-filter li")).to_have_text(["answer hate: safe", "answer violence: low"])
    ask(playground, "And back?")
    expect(playground.locator(".turn.assistant")).to_have_count(2)
    (path, first, signed), (_, second, _) = azure.sent
    assert path == "/openai/v1/chat/completions"
    assert signed == f"Bearer {CREDENTIAL}-chat"
    assert (first["model"], first["temperature"], first["stop"]) == ("chat-1", 0.2, ["END", "STOP"])
    assert [one["role"] for one in second["messages"]] == ["system", "user", "assistant", "user"]
    assert second["messages"][2]["content"] == "Far away, said it."
    assert axe(playground) == []


def test_a_text_is_completed_whole(playground: Page, azure: Azure) -> None:
    playground.locator("#pg-endpoint").select_option("dev-text")
    expect(playground.locator("#pg-system")).to_be_hidden()
    playground.locator("#pg-stream").uncheck()
    ask(playground, "Once upon")
    expect(playground.locator(".turn.assistant p")).to_have_text("Far away.")
    expect(playground.locator("#pg-used")).to_contain_text("finish reason length")
    ((path, body, signed),) = azure.sent
    assert (path, body["prompt"], "stream" in body) == ("/v1/completions", "Once upon", False)
    assert signed == f"Bearer {CREDENTIAL}-text"
    playground.locator("summary", has_text="Raw response").click()
    expect(playground.locator("#pg-response")).to_contain_text('"finish_reason": "length"')
    playground.locator("summary", has_text="View code").click()
    playground.locator("#pg-client").select_option("openai")
    expect(playground.locator("#pg-code")).to_contain_text("Once upon")
    expect(playground.locator("#pg-code")).to_contain_text("completions.create")
    playground.locator("[data-copy=pg-code]").click()
    expect(playground.locator("#copied")).to_have_text("Copied")
    playground.locator("#pg-question").fill("")
    playground.locator("#pg-question").focus()
    playground.keyboard.press("ControlOrMeta+v")
    expect(playground.locator("#pg-question")).to_have_value(playground.locator("#pg-code").inner_text())


def test_what_the_filter_refuses_is_said_with_its_categories(playground: Page) -> None:
    ask(playground, "something hateful")
    expect(playground.locator(".turn.problem p")).to_have_text("The prompt was filtered.")
    expect(playground.locator("#pg-filter li")).to_have_text("answer hate: high, filtered")


def test_an_answer_can_be_stopped(playground: Page) -> None:
    ask(playground, "wait")
    expect(playground.locator(".turn.assistant p")).to_have_text("Far ")
    playground.locator("#pg-stop").click()
    expect(playground.locator(".turn.problem")).to_contain_text("Stopped")
    expect(playground.locator("#pg-send")).to_be_visible()


def test_a_number_outside_of_its_range_is_not_sent(playground: Page, azure: Azure) -> None:
    playground.locator("#pg-p-temperature").fill("3")
    ask(playground, "How far?")
    assert playground.locator("#pg-p-temperature").evaluate("one => one.validity.rangeOverflow")
    assert azure.sent == []


def test_it_fits_a_phone(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    page.locator("#open-playground").click()
    expect(page.locator("#pg-question")).to_be_focused()
    wide = """one => [...one.querySelectorAll("*")]
        .filter((part) => part.getBoundingClientRect().right > one.getBoundingClientRect().right)
        .map((part) => part.id || part.className || part.tagName)"""
    assert page.locator("#playground").evaluate(wide) == []
    assert axe(page) == []
    context.close()
