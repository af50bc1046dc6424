"""Somebody who uses an endpoint while something is done to it."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Self

import httpx

from llama_azure_pipelines.health import DEPLOYMENT_HEADER
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import trusting

CHATTING = {"messages": [{"role": "user", "content": "Say one word."}], "max_tokens": 8}
"""What a serverless endpoint is asked."""
SCORE = {"input_data": {"input_string": CHATTING["messages"], "parameters": {"max_new_tokens": 8}}}
"""What an endpoint on managed compute is asked."""


class Caller:
    """Somebody who calls an endpoint again and again, as users do; notes what answered and what was refused."""

    def __init__(self, home: SandboxHome, url: str, key: Callable[[], str], body: dict[str, Any]) -> None:
        self.answered: Counter[str] = Counter()
        """By deployment how often it answered; a serverless endpoint's is the empty string."""
        self.refused: list[str] = []
        self._call = (url, key, body)
        self._client = httpx.Client(verify=trusting(home), trust_env=False, timeout=30)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _go_on(self) -> None:
        url, key, body = self._call
        while not self._stop.wait(0.1):
            try:
                answer = self._client.post(url, json=body, headers={"Authorization": f"Bearer {key()}"})
            except httpx.HTTPError as error:
                self.refused.append(repr(error))
                continue
            if answer.is_success:
                self.answered[answer.headers.get(DEPLOYMENT_HEADER, "")] += 1
            else:
                self.refused.append(answer.text)
