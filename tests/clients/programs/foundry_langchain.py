"""What LangChain and azure-ai-projects see of a Foundry resource, as JSON."""

import json
import os
import sys

import openai
from azure.ai.projects import AIProjectClient  # type: ignore[import-untyped]
from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_openai import AzureChatOpenAI, ChatOpenAI

URI, KEY, NAME, PROJECT = (os.environ[f"FOUNDRY_{one}"] for one in ("URI", "KEY", "DEPLOYMENT", "PROJECT"))
QUESTION = "How far is the moon?"
ASKED = {"max_tokens": 24}
credential = DefaultAzureCredential()
token = get_bearer_token_provider(credential, "https://cognitiveservices.azure.com/.default")

plain = ChatOpenAI(base_url=f"{URI}/openai/v1", api_key=KEY, model=NAME, **ASKED)
keyless = AzureChatOpenAI(
    azure_endpoint=URI, azure_deployment=NAME, api_version="2024-10-21", azure_ad_token_provider=token, **ASKED
)
azure = AzureAIOpenAIApiChatModel(
    endpoint=f"{URI}/openai/v1", credential=KEY, model=NAME, use_responses_api=False, **ASKED
)


def refusal() -> str:
    try:
        ChatOpenAI(base_url=f"{URI}/openai/v1", api_key=KEY, model="nobody").invoke(QUESTION)
    except openai.APIStatusError as error:
        return type(error).__name__
    return "no refusal"


with AIProjectClient(endpoint=PROJECT, credential=credential) as project, project.get_openai_client() as client:
    of_project = client.chat.completions.create(
        model=NAME, messages=[{"role": "user", "content": QUESTION}], max_tokens=24
    )

answer = plain.invoke(QUESTION)
json.dump(
    {
        "text": answer.content,
        "tokens": answer.usage_metadata["output_tokens"],
        "streamed": "".join(part.content for part in plain.stream(QUESTION)),
        "keyless": keyless.invoke(QUESTION).content,
        "keyless_streamed": "".join(part.content for part in keyless.stream(QUESTION)),
        "azure": azure.invoke(QUESTION).content,
        "project": of_project.choices[0].message.content,
        "missing": refusal(),
    },
    sys.stdout,
)
