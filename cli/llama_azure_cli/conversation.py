"""A conversation with an endpoint: what was said, what is sent, and what comes back."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import openai

from llama_azure_access import AccessError
from llama_azure_core.snippets import Callee, Kind

_SECONDS = 120.0
"""How long to wait for the next part of an answer."""
_REMEDIES = {
    400: "see /show for what is sent, or leave a parameter out",
    401: "the key or the token is not, or no longer, this endpoint's: deploy the stack again, or sign in again",
    403: "whoever is signed in lacks a role to call the endpoint, or this machine is outside of its network",
    404: "the endpoint is not there any more, or serves no such model: see `llama-azure endpoints`",
    429: "its limits are used up: wait a minute, or ask for fewer tokens; `llama-azure endpoints` has them",
}


class AnswerError(Exception):
    """The endpoint does not answer; the message has its words and what helps."""


@dataclass(slots=True)
class Answer:
    """What came back to one question."""

    text: str = ""
    finish: str | None = None
    """Why it ends: ``stop``, ``length``, ``content_filter``, …; ``None`` where it was stopped here."""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    seconds_to_first: float | None = None
    """Until its first part came."""

    def told(self) -> str:
        """Return in one line what it took."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            counts = "tokens not told"
        else:
            speed = self.completion_tokens / self.seconds if self.seconds else 0.0
            counts = f"{self.prompt_tokens} + {self.completion_tokens} tokens, {speed:,.0f} a second"
        ends = {
            "length": "cut at max_tokens",
            "content_filter": "cut by the content filter",
            None: "stopped",
        }
        end = ends.get(self.finish, "")
        first = "" if self.seconds_to_first is None else f", the first after {self.seconds_to_first:.1f} s"
        return "; ".join(filter(None, [f"{counts}{first}", end]))

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "text": self.text,
            "finishReason": self.finish,
            "promptTokens": self.prompt_tokens,
            "completionTokens": self.completion_tokens,
            "seconds": round(self.seconds, 3),
        }


class Conversation:
    """Questions to one endpoint, each with all that was said before; texts to complete stand alone."""

    def __init__(
        self,
        callee: Callee,
        kind: Kind,
        key_or_token: str | Callable[[], str],
        system: str | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        self.callee = callee
        self.kind = kind
        self.system = system
        self.parameters = dict(parameters or {})
        self.messages: list[dict[str, str]] = []
        """What was said, without the system prompt."""
        self.last = Answer()
        """The answer to the last question, as far as it came."""
        self.sent: dict[str, Any] | None = None
        """The body of the last request, without ``model``."""
        self._client = openai.OpenAI(base_url=callee.base_url, api_key=key_or_token, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._client.close()

    def request(self, text: str) -> dict[str, Any]:
        """Return the body of the request that asks a question now, without ``model``."""
        body = {**self.parameters, "stream": True}
        if self.kind is Kind.COMPLETIONS:
            return {"prompt": text, **body}
        first = [{"role": "system", "content": self.system}] if self.system else []
        return {"messages": [*first, *self.messages, {"role": "user", "content": text}], **body}

    def ask(self, text: str) -> Generator[str]:
        """Ask, and yield the parts of the answer as they come. Closing it stops the answer and keeps what came.

        Raises:
            AnswerError: the endpoint refuses, or breaks off; the question then counts as not asked.
        """
        answer = self.last = Answer()
        begun = time.monotonic()
        fails = False
        try:
            self.sent = self.request(text)
            for part in self._parts(self.sent, answer):
                if answer.seconds_to_first is None:
                    answer.seconds_to_first = time.monotonic() - begun
                answer.text += part
                yield part
        except (openai.OpenAIError, AccessError, ValueError) as error:
            fails = True
            raise AnswerError(f"{self.callee.name} {_told(error)}") from None
        finally:
            answer.seconds = time.monotonic() - begun
            if not fails and self.kind is Kind.CHAT:
                self.messages += [{"role": "user", "content": text}, {"role": "assistant", "content": answer.text}]

    def _parts(self, body: dict[str, Any], answer: Answer) -> Iterator[str]:
        """Send a request, yield the texts that come back, and note the rest; a ValueError tells what is no answer."""
        model = self.callee.deployment
        more = {name: value for name, value in body.items() if name not in ("messages", "prompt", "stream")}
        stream: Any
        if self.kind is Kind.COMPLETIONS:
            stream = self._client.completions.create(
                model=model, prompt=body["prompt"], stream=True, stream_options={"include_usage": True}, extra_body=more
            )
        else:
            stream = self._client.chat.completions.create(
                model=model,
                messages=body["messages"],
                stream=True,
                stream_options={"include_usage": True},
                extra_body=more,
            )
        with stream:
            for chunk in stream:
                if chunk.usage is not None:
                    answer.prompt_tokens = chunk.usage.prompt_tokens
                    answer.completion_tokens = chunk.usage.completion_tokens
                for choice in chunk.choices[:1]:
                    answer.finish = choice.finish_reason or answer.finish
                    yield (choice.text if self.kind is Kind.COMPLETIONS else choice.delta.content) or ""
        if answer.finish is None:
            raise ValueError("it breaks off in the middle")

    def undo(self) -> None:
        """Forget the last question and its answer."""
        del self.messages[-2:]

    def clear(self) -> None:
        """Forget everything that was said."""
        self.messages.clear()


def _told(error: Exception) -> str:
    """Return the end of a sentence about what went wrong, with what helps."""
    match error:
        case openai.APITimeoutError():
            return f"did not go on answering for {_SECONDS:.0f} seconds"
        case openai.APIConnectionError():
            return f"cannot be reached: {error.__cause__ or error}; is this machine in its network?"
        case openai.APIStatusError():
            remedy = _REMEDIES.get(error.status_code, "")
            return f"refuses with {error.status_code}: {_words(error)}{f' → {remedy}' if remedy else ''}"
        case openai.APIError() | AccessError():
            return f"did not answer: {error}"
    return f"gave no whole answer: {error}"


def _words(error: openai.APIStatusError) -> str:
    """Return Azure's own message of an error, without the JSON around it."""
    body = error.body if isinstance(error.body, dict) else {}
    within = body.get("error")
    found = body.get("message") or (within.get("message") if isinstance(within, dict) else within)
    return str(found or error.message).strip()
