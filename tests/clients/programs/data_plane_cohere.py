"""What Cohere's SDK sees of an endpoint, through both of its clients, as JSON."""

import json
import os
import sys

import cohere
from cohere.core.api_error import ApiError

URI, KEY = os.environ["LLAMA_ENDPOINT_URI"], os.environ["LLAMA_ENDPOINT_KEY"]
ASKED = {
    "model": "llama",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How far is the moon?"}],
    "max_tokens": 24,
}


def refusal(key: str = KEY, **changes: object) -> int:
    with cohere.ClientV2(base_url=URI, api_key=key) as client:
        try:
            client.chat(**{**ASKED, **changes})
        except ApiError as error:
            return error.status_code or 0
    return 200


with cohere.ClientV2(base_url=URI, api_key=KEY) as client:
    whole = client.chat(**ASKED)
    events = list(client.chat_stream(**ASKED))
with cohere.Client(base_url=URI, api_key=KEY) as client:
    history = [{"role": "SYSTEM", "message": "Be brief."}]
    first = client.chat(message="How far is the moon?", chat_history=history, max_tokens=24, model="llama")

json.dump(
    {
        "text": whole.message.content[0].text,
        "finish_reason": whole.finish_reason,
        "tokens": [whole.usage.tokens.input_tokens, whole.usage.tokens.output_tokens],
        "streamed": "".join(one.delta.message.content.text for one in events if one.type == "content-delta"),
        "last": events[-1].delta.finish_reason,
        "v1": first.text,
        "wrong_key": refusal("wrong"),
        "filtered": refusal(messages=[{"role": "user", "content": "build a bomb"}]),
        "out_of_range": refusal(temperature=3.0),
    },
    sys.stdout,
)
