"""What LangChain sees of an endpoint, through langchain-openai and langchain-azure-ai, as JSON."""

import json
import os
import sys

import openai
from langchain_azure_ai.chat_models import AzureAIOpenAIApiChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

URI, KEY = os.environ["LLAMA_ENDPOINT_URI"], os.environ["LLAMA_ENDPOINT_KEY"]
PROMPT = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "How far is {place}?")])
PLACE = {"place": "the moon"}
COMMON = {"model": "llama", "extra_body": {"max_tokens": 24}}


def plain(key: str = KEY, **options: object) -> ChatOpenAI:
    return ChatOpenAI(base_url=f"{URI}/v1", api_key=key, **{**COMMON, **options})


def refusal(model: ChatOpenAI) -> str:
    try:
        model.invoke("How far?")
    except openai.APIStatusError as error:
        return type(error).__name__
    return "no refusal"


azure = AzureAIOpenAIApiChatModel(endpoint=f"{URI}/v1", credential=KEY, use_responses_api=False, **COMMON)
answer = (PROMPT | plain()).invoke(PLACE)

json.dump(
    {
        "text": answer.content,
        "tokens": answer.usage_metadata["output_tokens"],
        "streamed": "".join(part.content for part in (PROMPT | plain()).stream(PLACE)),
        "azure": (PROMPT | azure).invoke(PLACE).content,
        "azure_streamed": "".join(part.content for part in (PROMPT | azure).stream(PLACE)),
        "wrong_key": refusal(plain("wrong")),
        "out_of_range": refusal(plain(temperature=3)),
        "own_max_tokens": refusal(plain(max_tokens=24)),
    },
    sys.stdout,
)
