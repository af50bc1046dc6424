"""A deployed stack behind LiteLLM proxies, and callers of them."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai

from llama_azure_core.plan.litellm import GatewayConfiguration, StackEndpoints, gateway_configuration
from llama_azure_core.settings.litellm import LiteLlmSettings
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.process import StartOptions
from scripts.gateway.local import Proxy
from tests.support.workbench import Workbench, open_workbench

STACK = "dev"
CHAT, LARGE, WORDS, BUSY = "Llama-3.2-1B-Instruct", "Llama-3.3-70B-Instruct", "Llama-3.2-1B", "Llama-3.2-3B-Instruct"
MESSAGES: Any = [{"role": "user", "content": "How far is the moon?"}]
ASKED: dict[str, Any] = {"model": CHAT, "messages": MESSAGES, "max_tokens": 8}


def describe(bench: Workbench, deployments: int, **capacity: int) -> None:
    """Write the stack's file: a model on so many deployments, two more on two each, and one that completes texts."""
    asked = {"requestsPerMinute": deployments * 1000, **capacity}
    endpoints = {
        "chat": {"model": CHAT, "backEnd": "serverless", "capacity": asked},
        "large": {"model": LARGE, "backEnd": "foundry", "alsoOn": ["serverless"]},
        "words": {"model": WORDS, "backEnd": "serverless"},
        "busy": {"model": BUSY, "backEnd": "serverless", "capacity": {"requestsPerMinute": 2000}},
    }
    settings = {"hub": {"name": "hub-llama-dev"}, "projects": {"assistants": {"endpoints": endpoints}}, "litellm": {}}
    bench.configure(STACK, **{f"llama-azure:{key}": value for key, value in settings.items()})


@contextmanager
def open_stack(folder: Path, deployments: int) -> Iterator[Workbench]:
    """Deploy it in a sandbox of today."""
    options = StartOptions(port=0, latency=Latency.NONE, as_of=dt.datetime.now(dt.UTC).date())
    with open_workbench(folder, options) as bench:
        bench.judged = False
        describe(bench, deployments)
        bench.select(STACK)
        bench.pulumi("up", "--stack", STACK, "--yes", "--skip-preview")
        yield bench


def configured(
    bench: Workbench, prices: Mapping[str, tuple[Decimal, Decimal]] | None = None, **options: Any
) -> tuple[GatewayConfiguration, dict[str, str]]:
    """Return a gateway's configuration of the stack's outputs, and the variables that it names."""
    outputs = bench.outputs(STACK)
    settings = LiteLlmSettings.model_validate(options)
    made = gateway_configuration([StackEndpoints(STACK, outputs["endpoints"], prices or {})], settings)
    keys = {name: outputs["endpointKeys"][endpoint] for name, (_, endpoint) in made.keys.items()}
    return made, {**bench.environment, **keys}


def client(proxy: Proxy, key: str | None = None, retries: int = 0) -> openai.OpenAI:
    """Return OpenAI's client of a proxy; it tries nothing again, so that what it sees is what the proxy answers."""
    return openai.OpenAI(base_url=f"{proxy.url}/v1", api_key=key or proxy.master_key, max_retries=retries, timeout=120)


def answers(bench: Workbench, since: int = 0) -> dict[str, Counter[int]]:
    """Return by endpoint the statuses of the calls that the sandbox's data plane got and its journal keeps."""
    return statuses(journal(bench.home, since))


def statuses(entries: Iterable[Mapping[str, Any]]) -> dict[str, Counter[int]]:
    """Return by endpoint the statuses of the calls among some entries of the journal."""
    found: dict[str, Counter[int]] = {}
    for entry in entries:
        path = str(entry["path"])
        if path.startswith(("/serverless/", "/foundry/")) and entry["method"] == "POST":
            found.setdefault(path.split("/")[3 if path.startswith("/serverless/") else 2], Counter())[
                entry["status"]
            ] += 1
    return found


def azure_name(bench: Workbench, key: str) -> str:
    """Return what Azure calls a serverless endpoint of the outputs."""
    return str(bench.outputs(STACK)["endpoints"][key]["uri"]).rstrip("/").rsplit("/", 1)[-1]


@dataclass
class Load:
    """Callers that ask a proxy one after the other until they are told to stop."""

    proxies: list[Proxy]
    asked: Mapping[str, Any] = field(default_factory=lambda: ASKED)
    callers: int = 4
    pause: float = 0.05
    retries: int = 0
    streams: bool = False
    answered: int = 0
    failed: list[str] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._go_on, args=(number,)) for number in range(self.callers)]
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Wait until so many more were answered."""
        until, enough = time.monotonic() + seconds, self.answered + more
        while self.answered < enough:
            assert time.monotonic() < until, f"{self.answered} of {enough} answered; failed: {self.failed[:3]}"
            time.sleep(0.05)

    def _go_on(self, number: int) -> None:
        proxy = self.proxies[number % len(self.proxies)]
        with client(proxy, retries=self.retries) as ai:
            while not self._stop.wait(self.pause):
                try:
                    problem = None if self._text(ai) else "an empty answer"
                except openai.OpenAIError as error:
                    problem = repr(error)[:400]
                with self._lock:
                    if problem is None:
                        self.answered += 1
                    else:
                        self.failed.append(problem)

    def _text(self, ai: openai.OpenAI) -> str | None:
        if not self.streams:
            whole: str | None = ai.chat.completions.create(**self.asked).choices[0].message.content
            return whole
        parts = ai.chat.completions.create(stream=True, **self.asked)
        return "".join(choice.delta.content or "" for part in parts for choice in part.choices)
