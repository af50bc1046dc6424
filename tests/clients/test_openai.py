"""The openai client, unmodified, against a deployed endpoint."""

import httpx2
import openai
import pytest

from sandbox.home import SandboxHome
from sandbox.process import trusting
from tests.support.arm import sign_in
from tests.support.estates import make_endpoint, make_project


@pytest.fixture(scope="module")
def endpoints(home: SandboxHome) -> dict[str, dict[str, str]]:
    with sign_in(home) as arm:
        make_project(arm, "rg-openai")
        return {name: make_endpoint(arm, "rg-openai", name) for name in ("llama-one", "llama-two")}


def client(home: SandboxHome, uri: str, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{uri}/v1", api_key=key, http_client=httpx2.Client(verify=trusting(home)))


def test_it_chats_over_tls(home: SandboxHome, endpoints: dict[str, dict[str, str]]) -> None:
    endpoint = endpoints["llama-one"]
    with client(home, endpoint["uri"], endpoint["primaryKey"]) as ai:
        completion = ai.chat.completions.create(
            model="", messages=[{"role": "user", "content": "Translate: I love programming."}], max_tokens=64
        )
    assert "I love programming." in (completion.choices[0].message.content or "")
    assert completion.usage is not None
    assert completion.usage.completion_tokens <= 64


def test_a_wrong_key_is_an_authentication_error(home: SandboxHome, endpoints: dict[str, dict[str, str]]) -> None:
    with (
        client(home, endpoints["llama-one"]["uri"], endpoints["llama-two"]["primaryKey"]) as ai,
        pytest.raises(openai.AuthenticationError),
    ):
        ai.chat.completions.create(model="", messages=[{"role": "user", "content": "Hello"}])
