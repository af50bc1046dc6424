"""What azure-ai-inference sees of a Foundry resource, with a key and with a token, as JSON."""

import json
import os
import sys

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential

URI, KEY, NAME = (os.environ[f"FOUNDRY_{one}"] for one in ("URI", "KEY", "DEPLOYMENT"))
ASKED = {"messages": [UserMessage("How far is the moon?")], "max_tokens": 24}
SCOPES = ["https://cognitiveservices.azure.com/.default"]


def client(credential: object = None, **options: object) -> ChatCompletionsClient:
    return ChatCompletionsClient(f"{URI}/models", credential or AzureKeyCredential(KEY), **{"model": NAME, **options})


def refusal(**options: object) -> list[object]:
    with client(**options) as here:
        try:
            here.complete(**ASKED)
        except HttpResponseError as error:
            return [error.status_code, error.error.code if error.error else None]
    return ["no refusal"]


with client() as here:
    whole = here.complete(**ASKED)
    parts = list(here.complete(stream=True, **ASKED))
    try:
        info = here.get_model_info().model_name
    except HttpResponseError as error:
        info = error.error.code if error.error else ""
with DefaultAzureCredential() as credential, client(credential, credential_scopes=SCOPES) as here:
    keyless = here.complete(**ASKED)

json.dump(
    {
        "text": whole.choices[0].message.content,
        "model": whole.model,
        "streamed": "".join(one.choices[0].delta.content or "" for one in parts if one.choices),
        "keyless": keyless.choices[0].message.content,
        "info": info,
        "unknown": refusal(model="nobody"),
        "unnamed": refusal(model=None),
        "wrong_key": refusal(credential=AzureKeyCredential("wrong")),
    },
    sys.stdout,
)
