"""The clients that users bring, each unmodified, over TLS and in its own process: what they make of an endpoint."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from llama_azure_sandbox.client.faults import add_fault, clear_faults
from llama_azure_sandbox.client.journal import journal
from llama_azure_sandbox.home import SandboxHome
from tests.support.arm import sign_in
from tests.support.data_plane import calling, deploy
from tests.support.estates import make_project
from tests.support.foreign import run_client

PROGRAMS = Path(__file__).with_name("programs")
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How far is the moon?"}]
ASKED = {"messages": MESSAGES, "max_tokens": 24}


@pytest.fixture(scope="module")
def endpoint(home: SandboxHome) -> dict[str, str]:
    with sign_in(home) as arm:
        make_project(arm, "rg-clients")
        return deploy(arm, "rg-clients", "chatty", "Meta-Llama-3-8B-Instruct")


@pytest.fixture(scope="module")
def said(home: SandboxHome, endpoint: dict[str, str]) -> str:
    """What the endpoint answers to what every client asks."""
    with calling(home, endpoint["uri"], endpoint["primaryKey"]) as caller:
        return str(caller.post("/v1/chat/completions", ASKED).json()["choices"][0]["message"]["content"])


def seen_by(home: SandboxHome, endpoint: dict[str, str], client: str) -> dict[str, Any]:
    done = run_client(home, PROGRAMS / f"data_plane_{client}.py", endpoint)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@pytest.mark.client("azure-ai-inference", "chat whole and streamed, extra parameters, model information, errors")
def test_azure_ai_inference(home: SandboxHome, endpoint: dict[str, str], said: str) -> None:
    # The SDK tries again by itself: one answer of 429 is not seen by its user.
    add_fault(home, "throttle", plane="data", count=1)
    assert seen_by(home, endpoint, "azure_ai_inference") == {
        "text": said,
        "finish_reason": "length",
        "tokens": [9, 24, 33],
        "streamed": said,
        "passed_through": 2,
        "info": ["Meta-Llama-3-8B-Instruct", "chat-completions", "Meta"],
        "wrong_key": [401, "Unauthorized"],
        "filtered": [400, "content_filter"],
        "out_of_range": [422, "parameter_not_supported"],
        "json_mode": [422, "parameter_not_supported"],
    }
    clear_faults(home)


@pytest.mark.client("langchain-openai", "chat in a chain, whole and streamed; its own max_tokens is refused")
@pytest.mark.client("langchain-azure-ai", "chat in a chain, whole and streamed")
def test_langchain_openai_and_langchain_azure_ai(home: SandboxHome, endpoint: dict[str, str], said: str) -> None:
    add_fault(home, "throttle", plane="data", count=1)
    seen = seen_by(home, endpoint, "langchain")
    clear_faults(home)
    assert seen.pop("wrong_key").endswith("AuthenticationError")
    assert seen == {
        "text": said,
        "tokens": 24,
        "streamed": said,
        "azure": said,
        "azure_streamed": said,
        "out_of_range": "UnprocessableEntityError",
        # It goes out as max_completion_tokens, which the document's API does not have.
        "own_max_tokens": "UnprocessableEntityError",
    }


@pytest.mark.client("cohere", "chat of both API versions, whole and streamed, errors")
def test_cohere(home: SandboxHome, endpoint: dict[str, str], said: str) -> None:
    assert seen_by(home, endpoint, "cohere") == {
        "text": said,
        "finish_reason": "MAX_TOKENS",
        "tokens": [9, 24],
        "streamed": said,
        "last": "MAX_TOKENS",
        "v1": said,
        "wrong_key": 401,
        "filtered": 400,
        "out_of_range": 422,
    }


@pytest.mark.client(
    "litellm", "providers azure_ai and openai, whole and streamed, errors; drops stream_options when they are refused"
)
def test_litellm(home: SandboxHome, endpoint: dict[str, str], said: str) -> None:
    """It knows Azure's refusal of extra parameters by its words, leaves out what that names, and tries again."""
    seen = seen_by(home, endpoint, "litellm")
    assert seen == {
        "text": said,
        "finish_reason": "length",
        "tokens": 24,
        "streamed": said,
        "openai": said,
        "openai_streamed": said,
        "wrong_key": ["AuthenticationError", 401],
        "filtered": ["BadRequestError", 400],
        "out_of_range": ["BadRequestError", 422],
        "usage_wanted": said,
        "usage_passed_through": said,
    }
    answered = [entry["status"] for entry in journal(home) if entry["path"].endswith("/chatty/chat/completions")]
    assert (400, 200) in itertools.pairwise(answered)
