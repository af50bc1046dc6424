"""The site of the docs in a real Chromium: built strictly, searched, its commands copied, and nobody else is asked."""

import functools
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from llama_azure_sandbox.home import PROJECT_ROOT
from scripts.site import lay_out

SHOWN_MILLISECONDS = 15_000
COMMANDS = (PROJECT_ROOT / "docs" / "index.md").read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    lay_out(folder)
    command: list[str | Path] = [PROJECT_ROOT / ".venv-site" / "bin" / "zensical", "build", "--strict", "--config-file"]
    built = subprocess.run([*command, folder / "zensical.toml"], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder / "html")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def page(chromium: Browser, site: str) -> Iterator[Page]:
    """The first page; whatever is asked for must be the site's own."""
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened = context.new_page()
    opened.set_default_timeout(SHOWN_MILLISECONDS)
    opened.goto(f"{site}/")
    yield opened
    context.close()
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []


def test_the_site_is_searched_and_its_commands_are_copied(page: Page) -> None:
    picture = page.get_by_role("img", name="From a stack's file to an endpoint that answers")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    page.locator("button[title*='Copy'], .md-clipboard").first.click()
    assert page.evaluate("navigator.clipboard.readText()").strip() == COMMANDS.strip()
    page.keyboard.press("Control+k")
    page.keyboard.type("one-serverless-deployment-per-model")
    page.get_by_text("LLA-MOD-001").filter(visible=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("LLA-MOD-001")


def test_every_group_opens_at_phone_width_in_the_dark(chromium: Browser, site: str) -> None:
    phone = chromium.new_page(color_scheme="dark", viewport={"width": 390, "height": 844})
    for place in ("", "start/", "capacity/", "components/", "rules/", "preflight/", "runbook/", "adr/", "changelog/"):
        answer = phone.goto(f"{site}/{place}")
        assert answer is not None, place
        assert answer.ok, place
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, place
    background = phone.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(one) for one in background.removeprefix("rgb(").removesuffix(")").split(",")[:3]) < 64
    phone.close()
