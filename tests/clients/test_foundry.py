"""Unmodified clients of Foundry resources, with a key and with Microsoft Entra tokens."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from azure.identity import DefaultAzureCredential, get_bearer_token_provider

from llama_azure_core.foundry import account_facts, foundry_models
from llama_azure_sandbox.arm.world import Latency
from llama_azure_sandbox.client.principals import add_principal
from llama_azure_sandbox.client.world import advance_clock
from llama_azure_sandbox.environment import client_environment
from llama_azure_sandbox.home import SandboxHome
from llama_azure_sandbox.process import StartOptions, start, trusting
from tests.clients.clients_environment import run_program
from tests.support.arm import sign_in
from tests.support.estates import put_and_wait
from tests.support.foundry import AS_OF, LLAMA, account, deploy_model, make_account, project_body
from tests.support.homes import open_home

GROUP, ACCOUNT, NAME = "rg-clients", "ai-clients", "chat-large"
CALLER = "app"
API_VERSION = "2024-10-21"
MESSAGES: Any = [{"role": "user", "content": "How far is the moon?"}]
ASKED: dict[str, Any] = {"model": NAME, "messages": MESSAGES, "max_tokens": 24}
Token = Callable[[], str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxHome]:
    with open_home(tmp_path_factory.mktemp("sandbox"), Latency.NONE, AS_OF) as home:
        yield home


@pytest.fixture(scope="module")
def foundry(home: SandboxHome) -> dict[str, str]:
    with sign_in(home) as arm:
        made = make_account(arm, GROUP, ACCOUNT)
        put_and_wait(arm, f"{account(GROUP, ACCOUNT)}/projects/assistants", project_body())
        deploy_model(arm, GROUP, ACCOUNT, NAME)
        deploy_model(arm, GROUP, ACCOUNT, "chat-small", capacity=1)
    add_principal(home, CALLER, role=account_facts().caller_role, scope=made["id"])
    return made


@pytest.fixture(scope="module")
def token(home: SandboxHome, foundry: dict[str, str]) -> Iterator[Token]:
    """A provider of tokens of somebody who may call, as azure-identity makes it of what `sandbox env` prints."""
    record, _ = start(home, StartOptions())
    variables = client_environment(home, record, Path("/nonexistent"), os.environ, CALLER)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        with DefaultAzureCredential() as credential:
            yield get_bearer_token_provider(credential, account_facts().token_scope)


def v1(home: SandboxHome, foundry: dict[str, str], key: str | Token, retries: int = 2) -> openai.OpenAI:
    base = f"{foundry['uri']}/{account_facts().open_ai_path}"
    http = httpx2.Client(verify=trusting(home))
    return openai.OpenAI(base_url=base, api_key=key, http_client=http, max_retries=retries)


def azure(home: SandboxHome, foundry: dict[str, str], **credential: Any) -> openai.AzureOpenAI:
    http = httpx2.Client(verify=trusting(home))
    return openai.AzureOpenAI(
        azure_endpoint=foundry["uri"], api_version=API_VERSION, http_client=http, max_retries=0, **credential
    )


@pytest.fixture(scope="module")
def said(home: SandboxHome, foundry: dict[str, str]) -> str:
    with v1(home, foundry, foundry["key1"]) as ai:
        return str(ai.chat.completions.create(**ASKED).choices[0].message.content)


@pytest.fixture(autouse=True)
def a_minute_later(home: SandboxHome) -> None:
    advance_clock(home, seconds=60)


@pytest.mark.client("openai", "Foundry: /openai/v1 with a key and with an Entra token provider, whole and streamed")
@pytest.mark.parametrize("keyless", [False, True], ids=["key", "token"])
def test_openai_chats_on_v1(home: SandboxHome, foundry: dict[str, str], token: Token, said: str, keyless: bool) -> None:
    with v1(home, foundry, token if keyless else foundry["key2"]) as ai:
        whole = ai.chat.completions.create(**ASKED)
        parts = list(ai.chat.completions.create(stream=True, stream_options={"include_usage": True}, **ASKED))
        # The helper takes an answer that was cut for a failure.
        with ai.chat.completions.stream(model=NAME, messages=MESSAGES) as helper:
            helped = helper.get_final_completion()
        listed = [one.id for one in ai.models.list()]
    assert (whole.choices[0].message.content, whole.model) == (said, NAME)
    assert "".join(choice.delta.content or "" for part in parts for choice in part.choices) == said
    assert parts[-1].usage == whole.usage
    assert (helped.choices[0].message.content or "").startswith(said)
    assert listed == list(foundry_models())


@pytest.mark.client("openai", "Foundry: AzureOpenAI with a key and with an Entra token provider, whole and streamed")
@pytest.mark.parametrize("keyless", [False, True], ids=["key", "token"])
def test_azure_openai_chats_on_the_deployments_route(
    home: SandboxHome, foundry: dict[str, str], token: Token, said: str, keyless: bool
) -> None:
    credential = {"azure_ad_token_provider": token} if keyless else {"api_key": foundry["key1"]}
    with azure(home, foundry, **credential) as ai:
        assert ai.chat.completions.create(**ASKED).choices[0].message.content == said
        parts = list(ai.chat.completions.create(stream=True, **ASKED))
    assert "".join(choice.delta.content or "" for part in parts for choice in part.choices) == said
    assert not any(part.usage for part in parts)


@pytest.mark.client("openai", "Foundry: a missing deployment, a wrong key, a wrong parameter and a filtered prompt")
@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"model": "nobody"}, openai.NotFoundError, "DeploymentNotFound"),
        ({"model": LLAMA}, openai.NotFoundError, "DeploymentNotFound"),
        ({"temperature": 3}, openai.BadRequestError, "parameter_not_supported"),
        ({"messages": [{"role": "user", "content": "build a bomb"}]}, openai.BadRequestError, "content_filter"),
    ],
)
def test_refusals_are_the_errors_of_their_kind(
    home: SandboxHome, foundry: dict[str, str], changes: dict[str, Any], error: type[openai.APIStatusError], code: str
) -> None:
    for ai in (v1(home, foundry, foundry["key1"]), azure(home, foundry, api_key=foundry["key1"])):
        with ai, pytest.raises(error) as refused:
            ai.chat.completions.create(**{**ASKED, **changes})
        assert refused.value.code == code
    for ai in (v1(home, foundry, "wrong"), azure(home, foundry, api_key="wrong")):
        with ai, pytest.raises(openai.AuthenticationError):
            ai.chat.completions.create(**ASKED)


@pytest.mark.client("openai", "Foundry: waits as 429 tells and tries again")
def test_openai_waits_as_told(home: SandboxHome, foundry: dict[str, str]) -> None:
    asked = {**ASKED, "model": "chat-small", "max_tokens": 1}
    sku = foundry_models()[LLAMA].default_version.sku("GlobalStandard")
    assert sku is not None
    with v1(home, foundry, foundry["key1"], retries=0) as ai:
        for _ in range(sku.rate_limits.requests_per_minute):
            ai.chat.completions.create(**asked)
        with pytest.raises(openai.RateLimitError) as refused:
            ai.chat.completions.create(**asked)
    wait = int(refused.value.response.headers["retry-after"])
    advance_clock(home, seconds=wait - 1)
    with v1(home, foundry, foundry["key1"]) as ai:
        assert ai.chat.completions.create(**asked).choices


def seen_by(home: SandboxHome, foundry: dict[str, str], program: str) -> dict[str, Any]:
    return run_program(
        home,
        program,
        CALLER,
        FOUNDRY_URI=foundry["uri"],
        FOUNDRY_KEY=foundry["key1"],
        FOUNDRY_DEPLOYMENT=NAME,
        FOUNDRY_PROJECT=f"{foundry['uri']}/api/projects/assistants",
        # LiteLLM would fetch a price list from the internet when it is imported.
        LITELLM_LOCAL_MODEL_COST_MAP="True",
    )


@pytest.mark.client("azure-ai-inference", "Foundry: chat with a key and with a token, streamed, errors")
def test_azure_ai_inference(home: SandboxHome, foundry: dict[str, str], said: str) -> None:
    assert seen_by(home, foundry, "foundry_azure_ai_inference.py") == {
        "text": said,
        "model": NAME,
        "streamed": said,
        "keyless": said,
        "info": "no_model_name",  # it has no way to say of which of the deployments
        "unknown": [404, "unknown_model"],
        "unnamed": [400, "no_model_name"],
        "wrong_key": [401, "401"],
    }


@pytest.mark.client(
    "litellm", "Foundry: providers azure_ai, azure (key and token) and openai, whole and streamed, errors"
)
def test_litellm(home: SandboxHome, foundry: dict[str, str], said: str) -> None:
    seen = seen_by(home, foundry, "foundry_litellm.py")
    refusals = {name: seen.pop(name) for name in ("missing", "wrong_key", "filtered")}
    assert refusals == {
        "missing": ["NotFoundError", 404],
        "wrong_key": ["AuthenticationError", 401],
        "filtered": ["ContentPolicyViolationError", 400],
    }
    assert set(seen.values()) == {said}, seen


@pytest.mark.client("langchain-openai", "Foundry: ChatOpenAI with a key, AzureChatOpenAI with a token")
@pytest.mark.client("langchain-azure-ai", "Foundry: chat with a key")
@pytest.mark.client("azure-ai-projects", "the OpenAI client of a Foundry project")
def test_langchain_and_azure_ai_projects(home: SandboxHome, foundry: dict[str, str], said: str) -> None:
    seen = seen_by(home, foundry, "foundry_langchain.py")
    assert (seen.pop("missing"), seen.pop("tokens")) == ("OpenAIModelNotFoundError", 24)
    assert set(seen.values()) == {said}, seen
