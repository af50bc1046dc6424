"""What LiteLLM sees of a Foundry resource through its providers azure_ai, azure and openai, as JSON."""

import json
import os
import sys
from collections.abc import Mapping

import litellm
import openai
from azure.identity import DefaultAzureCredential, get_bearer_token_provider

litellm.suppress_debug_info = True
URI, KEY, NAME = (os.environ[f"FOUNDRY_{one}"] for one in ("URI", "KEY", "DEPLOYMENT"))
ASKED = {"messages": [{"role": "user", "content": "How far is the moon?"}], "max_tokens": 24}
TOKEN = get_bearer_token_provider(DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default")
# It asks a host below services.ai.azure.com by itself with an api-version; another host gets one with the address.
AZURE_AI = {
    "model": f"azure_ai/{NAME}",
    "api_base": f"{URI}/models/chat/completions?api-version=2024-05-01-preview",
    "api_key": KEY,
}
AZURE = {"model": f"azure/{NAME}", "api_base": URI, "api_version": "2024-10-21"}
OPENAI = {"model": f"openai/{NAME}", "api_base": f"{URI}/openai/v1", "api_key": KEY}


def text(provider: Mapping[str, object]) -> str:
    return str(litellm.completion(**ASKED, **provider).choices[0].message.content)


def streamed(provider: Mapping[str, object]) -> str:
    parts = litellm.completion(stream=True, **ASKED, **provider)
    return "".join(part.choices[0].delta.content or "" for part in parts if part.choices)


def refusal(provider: Mapping[str, object], **changes: object) -> list[object]:
    try:
        litellm.completion(**{**ASKED, **provider, **changes})
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code]
    return ["no refusal"]


KEYED = {**AZURE, "api_key": KEY}
json.dump(
    {
        "azure_ai": text(AZURE_AI),
        "azure_ai_streamed": streamed(AZURE_AI),
        "azure": text(KEYED),
        "azure_streamed": streamed(KEYED),
        "azure_keyless": text({**AZURE, "azure_ad_token_provider": TOKEN}),
        "openai": text(OPENAI),
        "openai_streamed": streamed(OPENAI),
        "missing": refusal(KEYED, model="azure/nobody"),
        "wrong_key": refusal(KEYED, api_key="wrong"),
        "filtered": refusal(KEYED, messages=[{"role": "user", "content": "build a bomb"}]),
    },
    sys.stdout,
)
