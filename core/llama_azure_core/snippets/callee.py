"""What is asked, by what, and how the one who asks signs in."""

import json
import shlex
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from llama_azure_core.catalogue import Api, BackEnd
from llama_azure_core.foundry import account_facts
from llama_azure_core.plan.calling import ML_TOKEN_SCOPE

KEY_VARIABLE = "LLAMA_ENDPOINT_KEY"
QUESTION = "What is the distance to the moon?"
TEXT = "The distance to the moon is"
_MAX_TOKENS = 128


class SnippetError(ValueError):
    """No such code can be written; the message says what can be."""


class Client(StrEnum):
    """What asks."""

    CURL = "curl"
    OPENAI = "openai"
    LANGCHAIN = "langchain"
    LITELLM = "litellm"
    AZURE_AI_INFERENCE = "azure-ai-inference"
    JAVASCRIPT = "javascript"


class Kind(StrEnum):
    """What is asked for."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    SCORING = "scoring"


@dataclass(frozen=True, slots=True)
class Callee:
    """An endpoint, as its stack's outputs describe it."""

    name: str
    """What the outputs call it."""
    stack: str
    back_end: BackEnd
    api: Api | None
    """``None`` where it has no deployment yet."""
    uri: str
    base_url: str
    """For clients of OpenAI's API; it ends in a slash."""
    deployment: str
    takes_keys: bool
    takes_tokens: bool

    @property
    def token_scope(self) -> str:
        """What a token of Microsoft Entra ID is asked for."""
        return account_facts().token_scope if self.back_end is BackEnd.FOUNDRY else ML_TOKEN_SCOPE

    @property
    def inference_url(self) -> str:
        """The address below which the Azure AI Model Inference API is: ``chat/completions`` follows it."""
        if self.back_end is BackEnd.FOUNDRY:
            return f"{self.base_url.removesuffix(f'{account_facts().open_ai_path}/')}models"
        return self.base_url.removesuffix("/").removesuffix("/v1")

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What can be asked of it, the usual first; nothing while it has no deployment."""
        if self.api is None:
            return ()
        of_api = {Api.CHAT: (Kind.CHAT,), Api.COMPLETIONS: (Kind.COMPLETIONS,)}.get(self.api, ())
        return (*of_api, Kind.SCORING) if self.back_end is BackEnd.MANAGED else of_api


def default_request(callee: Callee, kind: Kind, question: str = "") -> dict[str, Any]:
    """Return a short request of a kind, in the shape of the endpoint's API, with a question or a usual one."""
    message = {"role": "user", "content": question or QUESTION}
    match kind:
        case Kind.CHAT:
            return {"messages": [message], "max_tokens": _MAX_TOKENS}
        case Kind.COMPLETIONS:
            return {"prompt": question or TEXT, "max_tokens": _MAX_TOKENS}
    # The shape of the models' cards (source S12).
    asked: list[Any] = [message] if callee.api is Api.CHAT else [question or TEXT]
    return {"input_data": {"input_string": asked, "parameters": {"max_new_tokens": _MAX_TOKENS}}}


def key_line(callee: Callee) -> str:
    """Return the shell's line that fills the variable with the endpoint's key."""
    read = f"import json, sys; print(json.load(sys.stdin)[{json.dumps(callee.name)}])"
    stack = shlex.quote(callee.stack)
    return (
        "# In the folder of the Pulumi project:\n"
        f"export {KEY_VARIABLE}=$(pulumi stack output endpointKeys --stack {stack} --json --show-secrets |\n"
        f"  python3 -c {shlex.quote(read)})"
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """What a program is written from."""

    callee: Callee
    body: dict[str, Any]
    by_token: bool

    @property
    def streams(self) -> bool:
        """Whether the answer comes in parts."""
        return self.body.get("stream") is True

    def sign_in_notes(self, mark: str) -> str:
        """Return as comments what comes before the program."""
        if self.by_token:
            return f"{mark} az login, as somebody who may call the endpoint"
        return "\n".join(f"{mark} {line.removeprefix('# ')}" for line in key_line(self.callee).splitlines())
