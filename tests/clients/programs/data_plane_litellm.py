"""What LiteLLM sees of an endpoint, through its providers azure_ai and openai, as JSON."""

import json
import os
import sys
from collections.abc import Mapping

import litellm
import openai

litellm.suppress_debug_info = True
URI, KEY = os.environ["LLAMA_ENDPOINT_URI"], os.environ["LLAMA_ENDPOINT_KEY"]
ASKED = {
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How far is the moon?"}],
    "max_tokens": 24,
}
AZURE = {"model": "azure_ai/llama", "api_base": URI, "api_key": KEY}
USAGE = {"stream_options": {"include_usage": True}}
PASSING = {"extra_headers": {"extra-parameters": "pass-through"}}
OPENAI = {"model": "openai/llama", "api_base": f"{URI}/v1", "api_key": KEY}


def refusal(**changes: object) -> list[object]:
    try:
        litellm.completion(**{**ASKED, **AZURE, **changes})
    except openai.APIStatusError as error:
        return [type(error).__name__, error.status_code]
    return ["no refusal"]


def streamed(provider: Mapping[str, object]) -> str:
    parts = litellm.completion(stream=True, **ASKED, **provider)
    return "".join(part.choices[0].delta.content or "" for part in parts if part.choices)


whole = litellm.completion(**ASKED, **AZURE)
json.dump(
    {
        "text": whole.choices[0].message.content,
        "finish_reason": whole.choices[0].finish_reason,
        "tokens": whole.usage.completion_tokens,
        "streamed": streamed(AZURE),
        "openai": litellm.completion(**ASKED, **OPENAI).choices[0].message.content,
        "openai_streamed": streamed(OPENAI),
        "wrong_key": refusal(api_key="wrong"),
        "filtered": refusal(messages=[{"role": "user", "content": "build a bomb"}]),
        "out_of_range": refusal(temperature=3),
        "usage_wanted": streamed({**AZURE, **USAGE}),
        "usage_passed_through": streamed({**AZURE, **USAGE, **PASSING}),
    },
    sys.stdout,
)
