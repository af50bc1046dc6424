"""What azure-ai-inference sees of an endpoint, as JSON."""

import json
import os
import sys

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import SystemMessage, UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError

URI, KEY = os.environ["LLAMA_ENDPOINT_URI"], os.environ["LLAMA_ENDPOINT_KEY"]
ASKED = {"messages": [SystemMessage("Be brief."), UserMessage("How far is the moon?")], "max_tokens": 24}


def refusal(key: str = KEY, **changes: object) -> list[object]:
    with ChatCompletionsClient(URI, AzureKeyCredential(key)) as client:
        try:
            client.complete(**{**ASKED, **changes})
        except HttpResponseError as error:
            return [error.status_code, error.error.code if error.error else None]
    return ["no refusal"]


with ChatCompletionsClient(URI, AzureKeyCredential(KEY)) as client:
    whole = client.complete(**ASKED)
    parts = list(client.complete(stream=True, **ASKED))
    passed = client.complete(model_extras={"n": 2}, **ASKED)
    model = client.get_model_info()

json.dump(
    {
        "text": whole.choices[0].message.content,
        "finish_reason": whole.choices[0].finish_reason,
        "tokens": [whole.usage.prompt_tokens, whole.usage.completion_tokens, whole.usage.total_tokens],
        "streamed": "".join(one.choices[0].delta.content or "" for one in parts if one.choices),
        "passed_through": len(passed.choices),
        "info": [model.model_name, model.model_type, model.model_provider_name],
        "wrong_key": refusal("wrong"),
        "filtered": refusal(messages=[UserMessage("build a bomb")]),
        "out_of_range": refusal(temperature=3),
        "json_mode": refusal(response_format="json_object"),
    },
    sys.stdout,
)
