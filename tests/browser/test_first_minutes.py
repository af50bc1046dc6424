"""A newcomer's first five minutes, in a real browser and a real shell: from `make up` to a second project."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from llama_azure_sandbox.home import PAGE_SECRET, PROJECT_ROOT, SandboxHome
from llama_azure_sandbox.process import stop

SCREENSHOTS = PROJECT_ROOT / "build" / "screenshots"
SECOND_PROJECT = """
    research:
      serverless:
        - model: Meta-Llama-3-8B-Instruct
          name: research-chat
"""
MAKE_SECONDS = 300
SHOWN_SECONDS = 15_000  # milliseconds, on a busy machine


@dataclass
class Checkout:
    """A checkout whose stack files may be changed, with a sandbox of its own."""

    folder: Path
    home: SandboxHome
    variables: dict[str, str]

    @property
    def stack_file(self) -> Path:
        return self.folder / "stacks" / "Pulumi.sandbox.yaml"

    def run(self, *command: str) -> str:
        answer = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=MAKE_SECONDS,
            check=False,
        )
        assert answer.returncode == 0, f"{' '.join(command)}:\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    folder = tmp_path / "checkout"
    folder.mkdir()
    for path in PROJECT_ROOT.iterdir():
        if path.name not in ("stacks", "build", ".git", ".sandbox", ".sandbox-today"):
            (folder / path.name).symlink_to(path)
    shutil.copytree(PROJECT_ROOT / "stacks", folder / "stacks")
    home = SandboxHome(tmp_path / "sandbox")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"SANDBOX_HOME": str(home.root), "SANDBOX_PORT": str(port), "SANDBOX_PROJECT": str(folder)}
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PULUMI_"))}
    try:
        yield Checkout(folder, home, variables | own)
    finally:
        stop(home)


@pytest.mark.feature("the estate page", "a newcomer's first five minutes in Chromium and a shell")
def test_a_newcomer_gets_from_nothing_to_a_second_project(checkout: Checkout, chromium: Browser) -> None:
    said = checkout.run("make", "up")
    (address,) = re.findall(r"http://127\.0\.0\.1:\d+/\?pass=\S+", said)
    context = chromium.new_context(viewport={"width": 1280, "height": 960})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    expect(page.locator("h1")).to_have_text(re.compile(r"^1 environment, 2 endpoints; "))
    expect(page.locator("details.endpoint")).to_have_count(2)
    _shot(page, "first-1-estate")

    code = _chat(page)
    # The code of the page, in a shell: the same question, answered by the same endpoint.
    answered = checkout.run(str(checkout.folder / ".venv/bin/sandbox"), "run", "--", "bash", "-ec", code)
    assert "assistant" in answered or "content" in answered
    assert "PLAYGROUND" in code

    page.locator("#pg-close").click()
    with checkout.stack_file.open(encoding="utf-8") as file:
        text = file.read()
    head, tail = text.split("encryptionsalt:", 1)
    checkout.stack_file.write_text(f"{head.rstrip()}{SECOND_PROJECT}encryptionsalt:{tail}", encoding="utf-8")
    expect(page.locator("h1")).to_contain_text("sandbox would gain 1 endpoint", timeout=SHOWN_SECONDS)
    new = page.locator("details.endpoint", has_text="research-chat")
    expect(new.locator(".name .mark")).to_have_text("new")
    expect(page.locator(".pending-cost")).to_contain_text("research-chat")
    _shot(page, "first-2-pending")

    checkout.run("make", "preview")
    expect(page.locator(".tile", has_text="Pending")).to_contain_text("a preview", timeout=SHOWN_SECONDS)
    expect(page.locator(".pending-cost")).to_contain_text("a month")
    expect(page.locator(".steps.ch-create summary")).to_contain_text("new")
    _shot(page, "first-3-previewed")

    checkout.run("make", "up")
    expect(page.locator("h1")).to_have_text(re.compile(r"^1 environment, 3 endpoints; "), timeout=SHOWN_SECONDS)
    expect(page.locator("h1")).not_to_contain_text("would")
    expect(new.locator(".name .mark")).to_have_count(0)
    _shot(page, "first-4-deployed")
    assert problems == []
    assert checkout.home.secret(PAGE_SECRET) not in page.content()
    context.close()


def _chat(page: Page) -> str:
    """Chat with an endpoint, streaming, and return the code that the page shows for exactly that request."""
    row = page.locator("details.endpoint", has_text="Meta-Llama-3-8B-Instruct")
    row.locator("summary").click()
    row.locator("[data-try]").click()
    expect(page.locator("#pg-endpoint")).to_have_value(row.get_attribute("id") or "")
    page.locator("#pg-system").fill("Answer in one sentence.")
    page.locator("#pg-p-temperature").fill("0.5")
    page.locator("#pg-question").fill("PLAYGROUND: how far is the moon?")
    page.locator("#pg-question").press("Enter")
    answer = page.locator(".turn.assistant p")
    expect(answer).not_to_be_empty()
    expect(page.locator("#pg-used")).to_contain_text("tokens read", timeout=SHOWN_SECONDS)
    expect(page.locator("#pg-response")).to_contain_text("data: [DONE]")
    expect(page.locator("#pg-request")).to_contain_text('"temperature": 0.5')
    page.locator("#pg-code-part summary").click()
    page.locator("#pg-client").select_option("curl")
    code = page.locator("#pg-code")
    expect(code).to_contain_text("curl")
    _shot(page, "first-chat")
    return code.inner_text()


def _shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
